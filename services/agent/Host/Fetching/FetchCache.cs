using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Bourse.Agent.Host.Fetching;

/// <summary>
/// What was fetched for one task and may serve another. Each is downloaded once, however many wait for it; when there is too much,
/// what was used longest ago goes, unless it is in use.
/// </summary>
internal sealed class FetchCache
{
    private readonly string directory;
    private readonly long capacity;
    private readonly ConcurrentDictionary<string, SemaphoreSlim> locks = new(StringComparer.Ordinal);

    public FetchCache(string directory, long capacity)
    {
        (this.directory, this.capacity) = (directory, capacity);
        Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        foreach (var unfinished in Directory.EnumerateFiles(directory, "*.part"))
            File.Delete(unfinished);
    }

    /// <summary>A file that stays until it is disposed of.</summary>
    public sealed class Kept(string path, SemaphoreSlim held) : IDisposable
    {
        public string Path { get; } = path;

        public void Dispose() => held.Release();
    }

    /// <summary>The file of a key, downloaded when it is not there.</summary>
    public async Task<Kept> Take(string key, Func<string, CancellationToken, Task> download, CancellationToken cancelled)
    {
        var name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(key)));
        var held = locks.GetOrAdd(name, _ => new SemaphoreSlim(1, 1));
        await held.WaitAsync(cancelled);
        try
        {
            var path = Path.Combine(directory, name);
            if (!File.Exists(path))
            {
                await download($"{path}.part", cancelled);
                File.Move($"{path}.part", path);
                MakeRoom(except: name);
            }
            File.SetLastWriteTimeUtc(path, DateTime.UtcNow);
            return new(path, held);
        }
        catch
        {
            held.Release();
            throw;
        }
    }

    private void MakeRoom(string except)
    {
        var files = new DirectoryInfo(directory).EnumerateFiles().Where(file => file.Extension != ".part").OrderBy(file => file.LastWriteTimeUtc).ToList();
        var total = files.Sum(file => file.Length);
        foreach (var file in files.TakeWhile(_ => total > capacity))
        {
            var held = locks.GetOrAdd(file.Name, _ => new SemaphoreSlim(1, 1));
            if (file.Name == except || !held.Wait(0))
                continue;
            total -= file.Length;
            file.Delete();
            held.Release();
        }
    }
}
