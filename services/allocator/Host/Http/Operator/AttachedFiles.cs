using V1 = Bourse.MesosV1;

namespace Bourse.Allocator.Host.Http.Operator;

/// <summary>
/// The files that may be listed and read from outside, each under a virtual path. As in Mesos this is the master's own log, and only
/// when it is told where that is (<c>Bourse__Log</c>).
/// </summary>
internal sealed class AttachedFiles(IConfiguration configuration)
{
    /// <summary>Where the log is found.</summary>
    public const string Log = "/master/log";

    /// <summary>At most this much is read at once, as in Mesos.</summary>
    private const int LargestRead = 16 * 4096;

    private readonly string? log = configuration["Bourse:Log"] is { Length: > 0 } path ? Path.GetFullPath(path) : null;

    /// <summary>Virtual path to real path.</summary>
    public IReadOnlyDictionary<string, string> Attached => log is null ? new Dictionary<string, string>() : new() { [Log] = log };

    /// <summary>What is at the path: a file is listed as itself. Null when there is nothing.</summary>
    public IReadOnlyList<V1.FileInfo>? List(string path) => Find(path) is { Exists: true } file ? [Info(file)] : null;

    /// <summary>A piece of the file and its whole size; null when there is none.</summary>
    public (long Size, byte[] Data)? Read(string path, long offset, long? length)
    {
        if (Find(path) is not { Exists: true } file)
            return null;
        using var stream = new FileStream(file.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var size = stream.Length;
        var data = new byte[Math.Clamp(Math.Min(length ?? LargestRead, size - offset), 0, LargestRead)];
        if (data.Length > 0)
        {
            stream.Position = offset;
            data = data[..stream.ReadAtLeast(data, data.Length, throwOnEndOfStream: false)];
        }
        return (size, data);
    }

    /// <summary>The real file for the whole of it; null when there is none.</summary>
    public FileInfo? Find(string path) => path.TrimEnd('/') is var bare && (bare == Log || bare == Log[1..]) && log is not null ? new(log) : null;

    private static V1.FileInfo Info(FileInfo file) => new()
    {
        Path = Log,
        Nlink = 1,
        Size = (ulong)file.Length,
        Mtime = new() { Nanoseconds = (file.LastWriteTimeUtc - DateTime.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick },
        // S_IFREG and the permissions.
        Mode = 0x8000 | (OperatingSystem.IsWindows() ? 0b110_100_100u : (uint)file.UnixFileMode),
        Uid = Environment.UserName,
        Gid = Environment.UserName,
    };
}
