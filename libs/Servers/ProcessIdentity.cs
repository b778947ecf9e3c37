using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Bourse.Servers;

/// <summary>One process of this machine and no other: a number alone is used again, so its start belongs to it.</summary>
/// <param name="Pid">Process id.</param>
/// <param name="StartTicks">Field 22 of <c>/proc/PID/stat</c>: clock ticks from boot to its start.</param>
public sealed partial record ProcessIdentity(int Pid, long StartTicks)
{
    private const int Terminate = 15;
    private const int KillNow = 9;
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(50);

    /// <summary>True while it runs; false for a zombie, whose work is over.</summary>
    public bool IsRunning => Look(Pid) is { } seen && seen.StartTicks == StartTicks;

    /// <summary>The process that now has this id; null when there is none.</summary>
    public static ProcessIdentity? Of(int pid) => Look(pid);

    /// <summary>Asks it to end (SIGTERM).</summary>
    public void Term() => Signal(Terminate);

    /// <summary>Ends it at once (SIGKILL).</summary>
    public void Kill() => Signal(KillNow);

    /// <summary>Waits until it is gone.</summary>
    /// <returns>False when it still runs after <paramref name="patience"/>.</returns>
    public async Task<bool> WaitForEnd(TimeSpan patience, CancellationToken cancellationToken)
    {
        for (var since = Stopwatch.GetTimestamp(); IsRunning; await Task.Delay(Glance, cancellationToken).ConfigureAwait(false))
        {
            if (Stopwatch.GetElapsedTime(since) > patience)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>TERM, and KILL for what is still there after <paramref name="patience"/>; returns when it is gone.</summary>
    public async Task End(TimeSpan patience, CancellationToken cancellationToken)
    {
        Term();
        if (!await WaitForEnd(patience, cancellationToken).ConfigureAwait(false))
        {
            Kill();
            await WaitForEnd(TimeSpan.FromSeconds(10), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Writes it where the next starter finds it.</summary>
    public void Save(string path) => File.WriteAllText(path, JsonSerializer.Serialize(this));

    /// <summary>The running process recorded at <paramref name="path"/>; null when there is none.</summary>
    public static ProcessIdentity? Saved(string path)
    {
        if (!File.Exists(path) || new FileInfo(path).Length == 0)
        {
            return null;
        }

        return JsonSerializer.Deserialize<ProcessIdentity>(File.ReadAllText(path)) is { IsRunning: true } saved ? saved : null;
    }

    private void Signal(int signal)
    {
        if (IsRunning)
        {
            // It may end between the look and the signal; then there is nothing left to ask for.
            _ = SendSignal(Pid, signal);
        }
    }

    private static ProcessIdentity? Look(int pid)
    {
        string stat;
        try
        {
            stat = File.ReadAllText($"/proc/{pid}/stat");
        }
        catch (IOException)
        {
            return null; // gone
        }

        // The name stands in parentheses and may hold anything; the fields count from behind it.
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return fields[0] is "Z" or "X" ? null : new ProcessIdentity(pid, long.Parse(fields[19], CultureInfo.InvariantCulture));
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SendSignal(int pid, int signal);
}
