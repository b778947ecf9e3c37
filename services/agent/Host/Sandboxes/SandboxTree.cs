using System.Globalization;
using Bourse.Agent.Host.Processes;
using Microsoft.Win32.SafeHandles;
using V1 = Bourse.MesosV1;

namespace Bourse.Agent.Host.Sandboxes;

/// <summary>Everything in sandboxes, listed and read without ever following a link: a task may have made any.</summary>
internal static class SandboxTree
{
    /// <summary>At most this much is read at once, as in Mesos.</summary>
    private const int LargestRead = 16 * 4096;

    /// <summary>What a directory holds, or the file itself; null when there is nothing.</summary>
    /// <param name="root">The sandbox.</param>
    /// <param name="inside">The path inside it; empty for itself.</param>
    /// <param name="shown">What the path is called outside.</param>
    public static IReadOnlyList<V1.FileInfo>? List(string root, string inside, string shown)
    {
        if (Open(root, inside, Native.OpenOnlyDirectory) is { } directory)
        {
            using (directory)
                // By way of the open directory: whatever becomes of the path meanwhile, this is the one.
                return [.. new DirectoryInfo($"/proc/self/fd/{directory.DangerousGetHandle().ToInt64().ToString(CultureInfo.InvariantCulture)}")
                    .EnumerateFileSystemInfos().OrderBy(entry => entry.Name, StringComparer.Ordinal)
                    .Select(entry => Info(entry, $"{shown.TrimEnd('/')}/{entry.Name}"))];
        }
        using var file = OpenFile(root, inside);
        return file is null ? null : [Info(new FileInfo(Path.Combine(root, inside)), shown)];
    }

    /// <summary>A piece of a file and its whole size; null when there is none.</summary>
    public static (long Size, byte[] Data)? Read(string root, string inside, long offset, long? length)
    {
        using var handle = OpenFile(root, inside);
        if (handle is null)
            return null;
        var size = RandomAccess.GetLength(handle);
        var data = new byte[Math.Clamp(Math.Min(length ?? LargestRead, size - offset), 0, LargestRead)];
        return (size, data.Length == 0 ? data : data[..RandomAccess.Read(handle, data, offset)]);
    }

    /// <summary>Opens a file; null when there is none.</summary>
    public static SafeFileHandle? OpenFile(string root, string inside) =>
        inside.Length > 0 && Open(root, inside, Native.OpenOnlyFile) is { } handle
            // A directory opens like a file as well.
            ? Directory.Exists($"/proc/self/fd/{handle.DangerousGetHandle()}") ? Close(handle) : handle
            : null;

    private static SafeFileHandle? Open(string root, string inside, int how)
    {
        var segments = inside.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (Array.Exists(segments, segment => segment is "." or "..") || inside.Contains('\0', StringComparison.Ordinal))
            return null;
        var handle = Native.Open(Native.HereIfRelative, root, Native.OpenOnlyDirectory);
        for (var n = 0; n < segments.Length && handle >= 0; n++)
        {
            var next = Native.Open(handle, segments[n], n < segments.Length - 1 ? Native.OpenOnlyDirectory : how);
            _ = Native.Close(handle);
            handle = next;
        }
        return handle < 0 ? null : new SafeFileHandle(handle, ownsHandle: true);
    }

    private static SafeFileHandle? Close(SafeFileHandle handle)
    {
        handle.Dispose();
        return null;
    }

    private static V1.FileInfo Info(FileSystemInfo entry, string path) => new()
    {
        Path = path,
        Nlink = 1,
        Size = entry is FileInfo { LinkTarget: null } file ? (ulong)file.Length : 4096,
        Mtime = new() { Nanoseconds = (entry.LastWriteTimeUtc - DateTime.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick },
        // S_IFLNK, S_IFDIR or S_IFREG, and the permissions.
        Mode = (entry.LinkTarget is not null ? 0xA000u : entry is DirectoryInfo ? 0x4000u : 0x8000u) | (uint)(entry.LinkTarget is null ? entry.UnixFileMode : 0),
        Uid = Environment.UserName,
        Gid = Environment.UserName,
    };
}
