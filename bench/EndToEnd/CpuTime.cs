using System.Globalization;
using System.Text.Json.Nodes;

namespace Bourse.Bench.EndToEnd;

/// <summary>CPU time by who used it, in milliseconds.</summary>
internal sealed class CpuTime
{
    private const double MsPerTick = 10; // USER_HZ is 100 on every architecture of .NET
    private static readonly string? Group = OwnGroup();

    /// <summary>Whether all of it is that of this program and what it started, or that of the whole machine.</summary>
    /// <remarks>The group holds what is started after this is first asked.</remarks>
    public static string Of => Group is null ? "the machine" : "cluster, client and tasks";

    public static double Total()
    {
        if (Group is { } group)
        {
            return File.Exists(Path.Combine(group, "cpuacct.usage"))
                ? long.Parse(File.ReadAllText(Path.Combine(group, "cpuacct.usage")), CultureInfo.InvariantCulture) / 1e6
                : long.Parse(File.ReadLines(Path.Combine(group, "cpu.stat")).First(line => line.StartsWith("usage_usec ", StringComparison.Ordinal))[11..], CultureInfo.InvariantCulture) / 1e3;
        }
        var fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return new[] { 1, 2, 3, 6, 7 }.Sum(field => long.Parse(fields[field], CultureInfo.InvariantCulture)) * MsPerTick;
    }

    /// <summary>That of each process of the cluster and its children, and of this client.</summary>
    /// <param name="status">What <c>bourse status --output json</c> prints.</param>
    public static Dictionary<string, double> ByProcess(JsonNode status)
    {
        var all = Directory.EnumerateDirectories("/proc").Where(path => char.IsDigit(Path.GetFileName(path)[0])).Select(Stat).OfType<(int Pid, int Parent, double Ms)>().ToList();
        var children = all.ToLookup(one => one.Parent);
        var own = all.ToDictionary(one => one.Pid);
        var found = status["processes"]!.AsArray().ToDictionary(process => (string)process!["name"]!, process => Tree((int)process!["pid"]!));
        found["client"] = own[Environment.ProcessId].Ms;
        return found;

        double Tree(int pid) => own.TryGetValue(pid, out var one) ? one.Ms + children[pid].Sum(child => Tree(child.Pid)) : 0;
    }

    private static (int, int, double)? Stat(string path)
    {
        try
        {
            var text = File.ReadAllText(Path.Combine(path, "stat"));
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return (int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture), int.Parse(fields[1], CultureInfo.InvariantCulture),
                fields[11..15].Sum(ticks => long.Parse(ticks, CultureInfo.InvariantCulture)) * MsPerTick);
        }
        catch (IOException)
        {
            return null; // it has ended meanwhile
        }
    }

    // A group of its own tells our time from that of whoever else uses the machine; it takes root to make one.
    private static string? OwnGroup()
    {
        var root = new[] { "/sys/fs/cgroup/cpuacct", "/sys/fs/cgroup" }.FirstOrDefault(path => File.Exists(Path.Combine(path, "cgroup.procs")));
        if (root is null || !Environment.IsPrivilegedProcess)
            return null;
        var group = Path.Combine(root, $"bourse-bench-{Environment.ProcessId}");
        Directory.CreateDirectory(group);
        File.WriteAllText(Path.Combine(group, "cgroup.procs"), Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            File.WriteAllText(Path.Combine(root, "cgroup.procs"), Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            Directory.Delete(group);
        };
        return group;
    }
}
