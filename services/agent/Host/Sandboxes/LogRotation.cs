using System.Globalization;
using Bourse.Agent.Host.Processes;
using Microsoft.Win32.SafeHandles;

namespace Bourse.Agent.Host.Sandboxes;

/// <summary>
/// Keeps a running task's output within bounds: what is over the limit goes to <c>stdout.1</c> and so on, the oldest away. The task
/// goes on writing to the same file, so what it writes at the very moment of the cut may be lost.
/// </summary>
internal static class LogRotation
{
    private const int OpenBothWays = 0x2;

    /// <summary>Rotates both outputs of a sandbox, where it is due.</summary>
    /// <param name="sandbox">The sandbox.</param>
    /// <param name="limit">Bytes from which on a file is rotated.</param>
    /// <param name="kept">So many older ones are kept.</param>
    public static void Rotate(string sandbox, long limit, int kept)
    {
        foreach (var name in (string[])["stdout", "stderr"])
        {
            // Never through a link: the task can put one there.
            var opened = Native.Open(Native.HereIfRelative, Path.Combine(sandbox, name), Native.OpenOnlyFile | OpenBothWays);
            if (opened < 0)
                continue;
            using var file = new SafeFileHandle(opened, ownsHandle: true);
            if (RandomAccess.GetLength(file) <= limit)
                continue;
            try
            {
                Shift(Path.Combine(sandbox, name), kept);
                Copy(file, Number(Path.Combine(sandbox, name), 1), limit);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The task made something else of the names: then there is no history, but there is a bound.
            }
            RandomAccess.SetLength(file, 0);
        }
    }

    private static void Shift(string path, int kept)
    {
        File.Delete(Number(path, kept));
        for (var n = kept - 1; n > 0; n--)
            if (File.Exists(Number(path, n)))
                File.Move(Number(path, n), Number(path, n + 1), overwrite: true);
    }

    // Of an outburst that was larger than the limit only the end: together they must stay within bounds.
    private static void Copy(SafeFileHandle from, string to, long limit)
    {
        using var target = new FileStream(to, FileMode.CreateNew, FileAccess.Write);
        var buffer = new byte[128 * 1024];
        var end = RandomAccess.GetLength(from);
        for (var at = Math.Max(0, end - limit); at < end;)
        {
            var read = RandomAccess.Read(from, buffer, at);
            if (read == 0)
                return;
            target.Write(buffer.AsSpan(0, read));
            at += read;
        }
    }

    private static string Number(string path, int n) => string.Create(CultureInfo.InvariantCulture, $"{path}.{n}");
}
