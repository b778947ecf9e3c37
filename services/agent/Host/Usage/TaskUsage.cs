using System.Text.Json.Nodes;
using Bourse.Agent.Host.Containers;
using Bourse.Agent.Host.Containers.Networks;
using Bourse.Agent.Host.Processes;

namespace Bourse.Agent.Host.Usage;

/// <summary>What one running task holds and uses.</summary>
/// <param name="Task">The task.</param>
/// <param name="Use">CPU and memory.</param>
/// <param name="DiskBytes">What it takes on the disk, as last measured; null before that.</param>
/// <param name="At">UTC instant of the measurement.</param>
internal sealed record TaskUsage(AgentTask Task, ContainerUse Use, long? DiskBytes, DateTimeOffset At)
{
    /// <summary>Measures all running tasks.</summary>
    public static IReadOnlyList<TaskUsage> OfAll(AgentRuntime agent, TimeProvider clock)
    {
        var found = new List<TaskUsage>();
        var containers = agent.Containers;
        var plain = new Lazy<ProcessUse>(ProcessUse.Look);
        foreach (var task in agent.Tasks.Running)
        {
            // One look at the process table serves all that have no group of their own.
            var use = containers.Holds(task.Run) ? containers.Measure(task.Run, task.Supervisor!) : plain.Value.Of(task.Supervisor!);
            if (use is not null)
                found.Add(new(task, use, agent.DiskUsed(task.Run), clock.GetUtcNow()));
        }
        return found;
    }

    /// <summary>The id of its container: of its own, or made of the agent's and the run's.</summary>
    public string ContainerId(Contracts.AgentId agent) => Task.Container?.Id ?? $"{agent}-{Task.Run}";

    /// <summary>Mesos v1 <c>ResourceStatistics</c>, as its JSON.</summary>
    public JsonObject Statistics()
    {
        var statistics = new JsonObject
        {
            ["timestamp"] = (At - DateTimeOffset.UnixEpoch).TotalSeconds,
            ["processes"] = Use.Processes,
            ["cpus_limit"] = (Task.Spec.Limits.FirstOrDefault(limit => limit.Name == "cpus")?.Amount ?? Task.Spec.Resources.Total("cpus")).ToDouble(),
            ["cpus_user_time_secs"] = Use.CpuUserSeconds,
            ["cpus_system_time_secs"] = Use.CpuSystemSeconds,
            ["mem_total_bytes"] = Use.MemoryBytes,
            ["mem_limit_bytes"] = Use.MemoryLimitBytes ?? (long)(Task.Spec.Resources.Total("mem").ToDouble() * (1 << 20)),
        };
        // Of processes it is what is resident; of a container it is all that its group is charged for.
        if (Task.Container is null)
            statistics["mem_rss_bytes"] = Use.MemoryBytes;
        if (DiskBytes is { } disk)
        {
            statistics["disk_limit_bytes"] = (long)(Task.Spec.Resources.Total("disk").ToDouble() * (1 << 20));
            statistics["disk_used_bytes"] = disk;
        }
        if (Use.Network is { } network)
        {
            foreach (var (way, traffic) in ((string, Traffic)[])[("rx", network.Received), ("tx", network.Sent)])
            {
                statistics[$"net_{way}_bytes"] = traffic.Bytes;
                statistics[$"net_{way}_packets"] = traffic.Packets;
                statistics[$"net_{way}_errors"] = traffic.Errors;
                statistics[$"net_{way}_dropped"] = traffic.Dropped;
            }
        }
        return statistics;
    }
}
