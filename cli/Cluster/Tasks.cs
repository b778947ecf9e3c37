using Bourse.Servers;

namespace Bourse.Cli.Cluster;

/// <summary>
/// The processes of tasks. They outlive their agent on purpose, so taking a cluster down for good has to end them itself. Known
/// by where they run: a task's working directory is its sandbox, below the agents' directory.
/// </summary>
internal static class Tasks
{
    /// <summary>Kills them all; returns how many sandboxes had a process running.</summary>
    public static async Task<int> End(Home home, CancellationToken cancellationToken)
    {
        var ended = new HashSet<string>();

        // A process may fork while it is looked for; nothing is left only when a whole look finds nothing.
        while (Running(home) is { Count: > 0 } found)
        {
            foreach (var (process, sandbox) in found)
            {
                process.Kill();
                ended.Add(sandbox);
            }

            await Task.WhenAll(found.Select(one => one.Process.WaitForEnd(TimeSpan.FromSeconds(5), cancellationToken)));
        }

        return ended.Count;
    }

    private static List<(ProcessIdentity Process, string Sandbox)> Running(Home home)
    {
        var below = new DirectoryInfo(home.Agents).FullName + "/";
        List<(ProcessIdentity, string)> found = [];
        foreach (var entry in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(entry), out var pid)
                && WorkingDirectory(entry) is { } directory && directory.StartsWith(below, StringComparison.Ordinal)
                && ProcessIdentity.Of(pid) is { } process)
            {
                found.Add((process, directory));
            }
        }

        return found;
    }

    private static string? WorkingDirectory(string entry)
    {
        try
        {
            return new FileInfo(Path.Combine(entry, "cwd")).LinkTarget;
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null; // it ended, or it is somebody else's
        }
    }
}
