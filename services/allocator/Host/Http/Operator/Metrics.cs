using System.Globalization;
using Bourse.Allocator.Host.Http.Mapping;
using Bourse.Contracts;

namespace Bourse.Allocator.Host.Http.Operator;

/// <summary>The numbers of GET_METRICS and <c>/metrics/snapshot</c>, under the names that Mesos gives them.</summary>
internal static class Metrics
{
    private static readonly string[] Names = ["cpus", "gpus", "mem", "disk"];
    private static readonly TaskState[] Ends = [.. Enum.GetValues<TaskState>().Where(TaskStates.IsTerminal)];
    private static readonly TaskState[] Living = [TaskState.Staging, TaskState.Starting, TaskState.Running, TaskState.Killing, TaskState.Unreachable];

    /// <summary>All metrics, sorted by name.</summary>
    public static SortedDictionary<string, double> Of(ClusterView view, MasterRecord record, DateTimeOffset now)
    {
        var all = new SortedDictionary<string, double>(StringComparer.Ordinal)
        {
            ["master/uptime_secs"] = (now - record.StartedAt).TotalSeconds,
            ["master/elected"] = record.ElectedAt is null ? 0 : 1,
            ["system/cpus_total"] = Environment.ProcessorCount,
            ["allocator/mesos/allocation_runs"] = view.Cycle,
        };
        Machine(all);
        Agents(all, view);
        Frameworks(all, view, record);
        Tasks(all, view, record);
        return all;
    }

    private static void Machine(SortedDictionary<string, double> all)
    {
        var memory = GC.GetGCMemoryInfo();
        all["system/mem_total_bytes"] = memory.TotalAvailableMemoryBytes;
        all["system/mem_free_bytes"] = Math.Max(0, memory.TotalAvailableMemoryBytes - memory.MemoryLoadBytes);
        if (!File.Exists("/proc/loadavg"))
            return;
        var load = File.ReadAllText("/proc/loadavg").Split(' ');
        foreach (var (name, value) in ((string[])["system/load_1min", "system/load_5min", "system/load_15min"]).Zip(load))
            all[name] = double.Parse(value, CultureInfo.InvariantCulture);
    }

    private static void Agents(SortedDictionary<string, double> all, ClusterView view)
    {
        var active = view.Agents.Where(agent => agent.Active).ToList();
        all["master/slaves_active"] = all["master/slaves_connected"] = active.Count;
        all["master/slaves_inactive"] = all["master/slaves_disconnected"] = 0;
        all["master/slaves_unreachable"] = view.Agents.Count(agent => !agent.Reachable);
        foreach (var name in Names)
        {
            double Sum(Func<ClusterView.AgentView, Resources> of) => active.Sum(agent => of(agent).Total(name).Thousandths) / 1000d;
            var (total, used) = (Sum(agent => agent.Description.Total), Sum(agent => agent.Used));
            all[$"master/{name}_total"] = all[$"allocator/mesos/resources/{name}/total"] = total;
            all[$"master/{name}_used"] = used;
            all[$"master/{name}_percent"] = total == 0 ? 0 : used / total;
            all[$"allocator/mesos/resources/{name}/offered_or_allocated"] = used + Sum(agent => agent.Offered);
        }
    }

    private static void Frameworks(SortedDictionary<string, double> all, ClusterView view, MasterRecord record)
    {
        var connected = view.Frameworks.Count(framework => framework.Connected);
        all["master/frameworks_connected"] = all["master/frameworks_active"] = connected;
        all["master/frameworks_disconnected"] = view.Frameworks.Count - connected;
        all["master/frameworks_inactive"] = view.Frameworks.Count - connected;
        all["master/outstanding_offers"] = view.Frameworks.Sum(framework => framework.Offers.Count);
        foreach (var role in view.Frameworks.SelectMany(framework => framework.Filtered).GroupBy(role => role, StringComparer.Ordinal))
            all[$"allocator/mesos/offer_filters/roles/{role.Key}/active"] = role.Count();
        foreach (var framework in view.Frameworks)
        {
            var prefix = $"master/frameworks/{Uri.EscapeDataString(framework.Description.Name)}.{framework.Id.Value}/";
            all[prefix + "subscribed"] = framework.Connected ? 1 : 0;
            foreach (var state in framework.Tasks.Where(task => !task.State.IsTerminal()).GroupBy(task => task.State))
                all[$"{prefix}tasks/active/{EnumNames.Of(TaskStatusMapping.State(state.Key)).ToLowerInvariant()}"] = state.Count();
            foreach (var (name, count) in record.Frameworks.Of(framework.Id))
                all[prefix + name] = count;
        }
    }

    private static void Tasks(SortedDictionary<string, double> all, ClusterView view, MasterRecord record)
    {
        var tasks = view.Frameworks.Concat(view.Completed).SelectMany(framework => framework.Tasks).ToLookup(task => task.State);
        foreach (var state in Living)
            all[Name(state)] = tasks[state].Count();
        foreach (var state in Ends)
            all[Name(state)] = record.Ended(state);
    }

    // TASK_GONE_BY_OPERATOR counts as master/tasks_gone_by_operator.
    private static string Name(TaskState state) =>
        "master/tasks_" + EnumNames.Of(TaskStatusMapping.State(state))["TASK_".Length..].ToLowerInvariant();
}
