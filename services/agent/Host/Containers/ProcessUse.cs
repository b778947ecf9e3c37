using System.Globalization;
using Bourse.Agent.Host.Processes;

namespace Bourse.Agent.Host.Containers;

/// <summary>What the processes of a run use that no control group counts: the living ones, as <c>/proc</c> shows them.</summary>
internal sealed class ProcessUse
{
    private const double TicksPerSecond = 100;   // USER_HZ, the same on every Linux that .NET runs on

    private readonly ILookup<int, ProcessTable.Entry> byParent;
    private readonly ILookup<int, ProcessTable.Entry> bySession;

    private ProcessUse(List<ProcessTable.Entry> all) =>
        (byParent, bySession) = (all.ToLookup(entry => entry.Parent), all.ToLookup(entry => entry.Session));

    /// <summary>The processes as they are now.</summary>
    public static ProcessUse Look() => new(ProcessTable.All().ToList());

    /// <summary>What the processes of a run use.</summary>
    public ContainerUse Of(ProcessIdentity supervisor)
    {
        var (user, system, memory, count) = (0d, 0d, 0L, 0L);
        foreach (var process in ProcessTable.OfRun(supervisor.Pid, byParent, bySession))
        {
            if (Stat(process.Identity.Pid) is not { } fields)
                continue;
            // Fields 14 to 17 of stat(5): user and system time, own and of children that were waited for; 24: resident pages.
            user += (Number(fields[11]) + Number(fields[13])) / TicksPerSecond;
            system += (Number(fields[12]) + Number(fields[14])) / TicksPerSecond;
            memory += Number(fields[21]) * Environment.SystemPageSize;
            count++;
        }
        return new(user, system, memory, MemoryLimitBytes: null, count);

        static long Number(string field) => long.Parse(field, CultureInfo.InvariantCulture);
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
