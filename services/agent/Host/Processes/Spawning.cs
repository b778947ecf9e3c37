using System.Collections.Concurrent;
using System.ComponentModel;

namespace Bourse.Agent.Host.Processes;

/// <summary>
/// Processes that lead sessions of their own, by <c>posix_spawn</c>: what <see cref="System.Diagnostics.Process"/> cannot, and
/// would need another program in between for. They are this process's children, so it must also take note of their ends.
/// </summary>
internal sealed class Spawning
{
    private readonly ConcurrentDictionary<long, int> running = new();
    private readonly ConcurrentQueue<int> ending = new();

    /// <summary>Starts the process of a run.</summary>
    /// <param name="run">The run.</param>
    /// <param name="directory">Where it works.</param>
    /// <param name="arguments">The program's absolute path, and its arguments.</param>
    /// <param name="environment">All it gets of an environment.</param>
    /// <returns>Its pid.</returns>
    /// <exception cref="Win32Exception">There is no such directory, or the system does not start it.</exception>
    public int Start(long run, string directory, IEnumerable<string> arguments, IEnumerable<KeyValuePair<string, string>> environment)
    {
        string?[] argv = [.. arguments, null];
        string?[] envp = [.. environment.Select(variable => $"{variable.Key}={variable.Value}"), null];
        var pid = Native.SpawnSession(directory, argv, envp);
        running[run] = pid;
        return pid;
    }

    /// <summary>The process of a run has ended, or does so at this moment: the system forgets it, now or with the next.</summary>
    public void Ended(long run)
    {
        if (running.TryRemove(run, out var pid))
            ending.Enqueue(pid);
        for (var n = ending.Count; n > 0 && ending.TryDequeue(out var next); n--)
        {
            if (Native.HasNotEnded(next))
                ending.Enqueue(next);
        }
    }
}
