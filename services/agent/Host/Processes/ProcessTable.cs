using System.Globalization;

namespace Bourse.Agent.Host.Processes;

/// <summary>The processes of this machine, as <c>/proc</c> shows them.</summary>
internal static class ProcessTable
{
    /// <summary>A process as it is right now.</summary>
    /// <param name="Identity">Which.</param>
    /// <param name="Parent">Its parent's pid.</param>
    /// <param name="Session">Its session.</param>
    /// <param name="Dead">It has ended and only waits to be taken note of.</param>
    /// <param name="Name">Its name: the first letters of its program's, as a rule.</param>
    public sealed record Entry(ProcessIdentity Identity, int Parent, int Session, bool Dead, string Name);

    /// <summary>The process of that pid, or null.</summary>
    public static Entry? Look(int pid)
    {
        string stat;
        try
        {
            stat = File.ReadAllText($"/proc/{pid}/stat");
        }
        catch (Exception e) when (IsGone(e))
        {
            return null;
        }
        if (stat.Length == 0)
            return null;
        // The name, in parentheses, may contain anything; field 3 is the first behind it.
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return new(new(pid, long.Parse(fields[19], CultureInfo.InvariantCulture)),
            int.Parse(fields[1], CultureInfo.InvariantCulture), int.Parse(fields[3], CultureInfo.InvariantCulture), fields[0] is "Z" or "X",
            stat[(stat.IndexOf('(', StringComparison.Ordinal) + 1)..stat.LastIndexOf(')')]);
    }

    /// <summary>Whether a process ended before or while it was looked at (the latter is ESRCH).</summary>
    public static bool IsGone(Exception e) => e is FileNotFoundException or DirectoryNotFoundException or IOException { HResult: 3 };

    /// <summary>Whether it still runs, and not another process under its pid.</summary>
    public static bool Lives(ProcessIdentity process) => Look(process.Pid) is { Dead: false } found && found.Identity == process;

    /// <summary>The process of that pid if it has a file open as that descriptor, else null.</summary>
    /// <param name="pid">Its pid.</param>
    /// <param name="descriptor">Its descriptor.</param>
    /// <param name="file">The same file, opened here.</param>
    public static ProcessIdentity? Holding(int pid, int descriptor, FileStream file)
    {
        var found = Look(pid)?.Identity;
        return found is not null && Open(pid, descriptor) is { } path && path == Open(Environment.ProcessId, (int)file.SafeFileHandle.DangerousGetHandle())
            ? found
            : null;
    }

    /// <summary>Every process.</summary>
    public static IEnumerable<Entry> All()
    {
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && Look(pid) is { } entry)
                yield return entry;
        }
    }

    /// <summary>
    /// The processes of a run, its supervisor excepted: its session, and whatever descends from it into other sessions.
    /// </summary>
    public static IEnumerable<Entry> OfRun(int supervisor, ILookup<int, Entry> byParent, ILookup<int, Entry> bySession)
    {
        var found = new Dictionary<int, Entry>();
        var open = new Stack<Entry>(bySession[supervisor].Concat(byParent[supervisor]));
        while (open.TryPop(out var next))
        {
            if (next.Identity.Pid == supervisor || next.Dead || !found.TryAdd(next.Identity.Pid, next))
                continue;
            foreach (var child in byParent[next.Identity.Pid])
                open.Push(child);
        }
        return found.Values;
    }

    private static string? Open(int pid, int descriptor) => new FileInfo($"/proc/{pid}/fd/{descriptor}").LinkTarget;
}
