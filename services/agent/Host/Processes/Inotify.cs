using System.Buffers.Binary;
using System.ComponentModel;
using System.Runtime.InteropServices;
using System.Text;

namespace Bourse.Agent.Host.Processes;

/// <summary>
/// Tells when files change or are closed. One kernel instance for the whole agent: instances are few per user, watches are many.
/// (FileSystemWatcher takes an instance each, and does not know "closed after writing".)
/// </summary>
internal sealed class Inotify : IDisposable
{
    private const int HeaderBytes = 16;
    private const int Interrupted = 4;

    private readonly int handle;
    private readonly int wake;
    private readonly Lock gate = new();
    private readonly Dictionary<int, List<Action<string>>> watches = [];
    private readonly Thread reader;
    private volatile bool closing;

    public Inotify()
    {
        handle = Checked(Native.InotifyOpen(Native.InotifyCloseOnExec), "inotify_init1");
        wake = Checked(Native.InotifyAdd(handle, "/", Native.DeletedItself), "inotify_add_watch /");
        reader = new Thread(Run) { IsBackground = true, Name = "inotify" };
        reader.Start();
    }

    /// <summary>Watches a file or directory until the result is disposed.</summary>
    /// <param name="path">What to watch.</param>
    /// <param name="mask">Which events.</param>
    /// <param name="happened">Gets the name inside a directory; empty for a file, and whenever something may have been missed. Must not block.</param>
    public IDisposable Watch(string path, uint mask, Action<string> happened)
    {
        lock (gate)
        {
            // The kernel gives the same number for the same file again.
            var watch = Checked(Native.InotifyAdd(handle, path, mask), $"inotify_add_watch {path}");
            if (!watches.TryGetValue(watch, out var listeners))
                watches[watch] = listeners = [];
            listeners.Add(happened);
            return new Ending(() => Remove(watch, happened));
        }
    }

    public void Dispose()
    {
        if (closing)
            return;
        closing = true;
        // Removing a watch is an event of its own, which ends the read in progress.
        Checked(Native.InotifyRemove(handle, wake), "inotify_rm_watch");
        reader.Join();
        Checked(Native.Close(handle), "close");
    }

    private void Remove(int watch, Action<string> happened)
    {
        lock (gate)
        {
            if (!watches.TryGetValue(watch, out var listeners) || !listeners.Remove(happened) || listeners.Count > 0)
                return;
            watches.Remove(watch);
            if (!closing)
                Native.InotifyRemove(handle, watch);   // fails when the file is gone, and the watch with it
        }
    }

    private void Run()
    {
        var buffer = new byte[64 * 1024];
        while (!closing)
        {
            var length = (int)Native.Read(handle, buffer, (nuint)buffer.Length);
            if (length < 0 && Marshal.GetLastPInvokeError() == Interrupted)
                continue;
            Checked(length, "reading inotify");
            for (var at = 0; at < length;)
                at += Dispatch(buffer.AsSpan(at, length - at));
        }
    }

    private int Dispatch(ReadOnlySpan<byte> events)
    {
        var watch = BinaryPrimitives.ReadInt32LittleEndian(events);
        var mask = BinaryPrimitives.ReadUInt32LittleEndian(events[4..]);
        var bytes = (int)BinaryPrimitives.ReadUInt32LittleEndian(events[12..]);
        var name = Encoding.UTF8.GetString(events.Slice(HeaderBytes, bytes).TrimEnd((byte)0));

        Action<string>[] listeners;
        lock (gate)
        {
            listeners = (mask & Native.Overflowed) != 0
                ? [.. watches.Values.SelectMany(each => each)]
                : [.. watches.GetValueOrDefault(watch) ?? []];
            if ((mask & Native.Ignored) != 0)
                watches.Remove(watch);
        }
        foreach (var listener in listeners)
            listener(name);
        return HeaderBytes + bytes;
    }

    private static int Checked(int result, string what) =>
        result >= 0 ? result : throw new Win32Exception(Marshal.GetLastPInvokeError(), $"{what}: {Marshal.GetLastPInvokeErrorMessage()}");

    private sealed class Ending(Action end) : IDisposable
    {
        public void Dispose() => end();
    }
}
