using System.Globalization;
using Bourse.Agent.Host.Processes;

namespace Bourse.Agent.Host.Containers;

/// <summary>What the processes of a run use that no control group counts: the living ones, as <c>/proc</c> shows them.</summary>
internal static class ProcessUse
{
    private const double TicksPerSecond = 100;   // USER_HZ, the same on every Linux that .NET runs on

    public static ContainerUse Of(ProcessIdentity supervisor) => Of(supervisor, ProcessTable.All().ToList());

    private static ContainerUse Of(ProcessIdentity supervisor, List<ProcessTable.Entry> all)
    {
        var (cpu, memory, count) = (0d, 0L, 0L);
        foreach (var process in ProcessTable.OfRun(supervisor.Pid, all.ToLookup(entry => entry.Parent), all.ToLookup(entry => entry.Session)))
        {
            if (Stat(process.Identity.Pid) is not { } fields)
                continue;
            // Fields 14 to 17 of stat(5): user and system time, own and of children that were waited for; 24: resident pages.
            cpu += fields[11..15].Sum(each => long.Parse(each, CultureInfo.InvariantCulture)) / TicksPerSecond;
            memory += long.Parse(fields[21], CultureInfo.InvariantCulture) * Environment.SystemPageSize;
            count++;
        }
        return new(cpu, memory, MemoryLimitBytes: null, count);
    }

    private static string[]? Stat(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat.Length == 0 ? null : stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (Exception e) when (ProcessTable.IsGone(e))
        {
            return null;
        }
    }
}
