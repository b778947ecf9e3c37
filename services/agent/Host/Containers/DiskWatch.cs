using System.Threading.Channels;
using Bourse.Agent.Host.Sandboxes;

namespace Bourse.Agent.Host.Containers;

/// <summary>Measures the sandboxes of running tasks every so often, and tells of those that take more than they hold.</summary>
internal sealed class DiskWatch(WorkDirectory work, Containment containers, Inbox inbox, TimeSpan? every, TimeProvider clock)
{
    // One round at a time: a slow disk makes rounds rarer, never longer.
    private readonly Channel<IReadOnlyList<AgentTask>> rounds = Channel.CreateBounded<IReadOnlyList<AgentTask>>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private long looked = clock.GetTimestamp();

    /// <summary>Begins a round when it is due. Called from the loop.</summary>
    public void WhenDue(AgentState state)
    {
        if (every is not { } wait || clock.GetElapsedTime(looked) < wait)
            return;
        looked = clock.GetTimestamp();
        var limited = state.Tasks.Where(task => task.Phase == Phase.Running && LimitOf(task) > 0).ToList();
        if (limited.Count > 0)
            rounds.Writer.TryWrite(limited);
    }

    public async Task Run(CancellationToken stopping)
    {
        await foreach (var round in rounds.Reader.ReadAllAsync(stopping))
        {
            foreach (var task in round)
            {
                var used = Used(task);
                if (used > LimitOf(task))
                    inbox.Post((now, seed) => new SeeLimitExceeded(task.Run, Limitation.OfDisk(task.Spec.Resources.Total("disk"), used), now, seed));
            }
        }
    }

    /// <summary>Bytes that a task takes on the disk.</summary>
    public long Used(AgentTask task) =>
        containers.Writable(task.Run).Append(work.Sandbox(task.Key)).Sum(DiskUse.Of);

    private static long LimitOf(AgentTask task) => (long)(task.Spec.Resources.Total("disk").ToDouble() * (1 << 20));
}
