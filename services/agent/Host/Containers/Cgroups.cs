using System.Globalization;

namespace Bourse.Agent.Host.Containers;

/// <summary>What the kernel counted for one container.</summary>
/// <param name="CpuUserSeconds">CPU time used.</param>
/// <param name="CpuSystemSeconds">CPU time of the kernel on its behalf.</param>
/// <param name="MemoryBytes">Memory used now.</param>
/// <param name="MemoryPeakBytes">The most it ever used; 0 when the kernel does not say.</param>
/// <param name="MemoryLimitBytes">What it may use; null for no limit.</param>
/// <param name="OomKills">Processes killed for memory.</param>
/// <param name="Pids">Processes and threads now.</param>
internal sealed record CgroupCounters(
    double CpuUserSeconds, double CpuSystemSeconds, long MemoryBytes, long MemoryPeakBytes, long? MemoryLimitBytes, long OomKills, long Pids);

/// <summary>Where control groups are on this machine, version 1 and 2, and what they say.</summary>
internal sealed partial class Cgroups
{
    private const double NanosecondsPerSecond = 1e9;
    private const double MicrosecondsPerSecond = 1e6;
    private static readonly string[] Wanted = ["cpu", "cpuacct", "memory", "pids"];

    // Of version 1 by controller; in version 2 there is one tree.
    private readonly Dictionary<string, string> mounts = new(StringComparer.Ordinal);
    private readonly string? unified;

    public Cgroups(IEnumerable<string> mountinfo)
    {
        foreach (var line in mountinfo)
        {
            // ID PARENT MAJOR:MINOR ROOT MOUNT-POINT OPTIONS [FIELDS] - TYPE SOURCE SUPER-OPTIONS
            var fields = line.Split(' ');
            var dash = Array.IndexOf(fields, "-");
            if (dash < 0 || dash + 3 >= fields.Length)
                continue;
            if (fields[dash + 1] == "cgroup2" && ControllersIn(fields[4]).Contains("memory"))
                unified = fields[4];
            else if (fields[dash + 1] == "cgroup")
            {
                foreach (var controller in fields[dash + 3].Split(',').Intersect(Wanted))
                    mounts[controller] = fields[4];
            }
        }
    }

    /// <summary>1 or 2; 0 when there are none.</summary>
    public int Version => unified is not null ? 2 : mounts.ContainsKey("memory") ? 1 : 0;

    /// <summary>Which of cpu, memory and pids this process cannot limit, each with the reason.</summary>
    public IEnumerable<(string Controller, string Why)> Missing()
    {
        foreach (var controller in Wanted.Where(each => each != "cpuacct"))
        {
            if (Tree(controller) is not { } tree)
                yield return (controller, "the kernel has no such controller mounted");
            else if (Processes.Native.Access(tree, Processes.Native.MayWrite) != 0)
                yield return (controller, $"{tree} cannot be written");
        }
    }

    /// <summary>What was counted for a group; null when there is no such group.</summary>
    public CgroupCounters? Read(string group)
    {
        try
        {
            return unified is not null ? ReadSecond(unified + group) : ReadFirst(group);
        }
        catch (Exception e) when (IsGone(e))
        {
            return null;
        }
    }

    /// <summary>Groups directly below a group.</summary>
    public IEnumerable<string> Below(string group) =>
        Trees().Where(tree => Directory.Exists(tree + group)).SelectMany(tree => Directory.EnumerateDirectories(tree + group))
            .Select(path => Path.GetFileName(path)!).Distinct(StringComparer.Ordinal);

    /// <summary>Removes empty groups; those with processes stay.</summary>
    public void Remove(string group)
    {
        foreach (var path in Trees().Select(tree => tree + group).Where(Directory.Exists))
            _ = Processes.Native.RemoveDirectory(path);
    }

    /// <summary>Every process in a group and below.</summary>
    public IEnumerable<int> ProcessesIn(string group) =>
        Trees().Select(tree => $"{tree}{group}/cgroup.procs").Where(File.Exists).SelectMany(Lines).Select(line => int.Parse(line, CultureInfo.InvariantCulture)).Distinct();

    // A file that was opened before its group went away says ENODEV.
    private static bool IsGone(Exception e) => Processes.ProcessTable.IsGone(e) || e is IOException { HResult: 19 };

    private static string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception e) when (IsGone(e))
        {
            return [];
        }
    }

    private IEnumerable<string> Trees() =>
        unified is not null ? [unified] : Directory.Exists("/sys/fs/cgroup") ? mounts.Values.Concat(Others()).Distinct(StringComparer.Ordinal) : [];

    // The runtime makes its groups in every hierarchy there is.
    private static IEnumerable<string> Others() => Directory.EnumerateDirectories("/sys/fs/cgroup");

    private string? Tree(string controller) =>
        unified is null ? mounts.GetValueOrDefault(controller) : ControllersIn(unified).Contains(controller) ? unified : null;

    private static string[] ControllersIn(string mount) =>
        File.Exists($"{mount}/cgroup.controllers") ? File.ReadAllText($"{mount}/cgroup.controllers").Trim().Split(' ') : [];

    private CgroupCounters? ReadFirst(string group)
    {
        if (!mounts.TryGetValue("memory", out var tree) || !Directory.Exists(tree + group))
            return null;
        var memory = tree + group;
        var limit = Number($"{memory}/memory.limit_in_bytes");
        var (user, system) = mounts.TryGetValue("cpuacct", out var cpu)
            ? (Number($"{cpu}{group}/cpuacct.usage_user") / NanosecondsPerSecond, Number($"{cpu}{group}/cpuacct.usage_sys") / NanosecondsPerSecond)
            : (0, 0);
        return new(
            user,
            system,
            Number($"{memory}/memory.usage_in_bytes"),
            Number($"{memory}/memory.max_usage_in_bytes"),
            // No limit is a number near the largest there is.
            limit < long.MaxValue / 2 ? limit : null,
            Keyed($"{memory}/memory.oom_control", "oom_kill"),
            mounts.TryGetValue("pids", out var pids) ? Number($"{pids}{group}/pids.current") : 0);
    }

    private static CgroupCounters? ReadSecond(string path) => !Directory.Exists(path) ? null : new(
        Keyed($"{path}/cpu.stat", "user_usec") / MicrosecondsPerSecond,
        Keyed($"{path}/cpu.stat", "system_usec") / MicrosecondsPerSecond,
        Number($"{path}/memory.current"),
        File.Exists($"{path}/memory.peak") ? Number($"{path}/memory.peak") : 0,
        File.ReadAllText($"{path}/memory.max").Trim() is not "max" and var limit ? long.Parse(limit, CultureInfo.InvariantCulture) : null,
        Keyed($"{path}/memory.events", "oom_kill"),
        Number($"{path}/pids.current"));

    private static long Number(string path) => long.Parse(File.ReadAllText(path), CultureInfo.InvariantCulture);

    private static long Keyed(string path, string key) =>
        File.ReadLines(path).Select(line => line.Split(' ')).Where(words => words is [var name, _] && name == key)
            .Select(words => long.Parse(words[1], CultureInfo.InvariantCulture)).FirstOrDefault();
}
