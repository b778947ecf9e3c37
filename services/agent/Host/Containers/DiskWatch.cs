using System.Collections.Concurrent;
using System.Threading.Channels;
using Bourse.Agent.Host.Sandboxes;

namespace Bourse.Agent.Host.Containers;

/// <summary>Measures the sandboxes of running tasks every so often, and tells of those that take more than they hold.</summary>
internal sealed class DiskWatch(WorkDirectory work, Containment containers, Inbox inbox, TimeSpan? every, TimeProvider clock)
{
    // One round at a time: a slow disk makes rounds rarer, never longer.
    private readonly Channel<IReadOnlyList<AgentTask>> rounds = Channel.CreateBounded<IReadOnlyList<AgentTask>>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private readonly ConcurrentDictionary<long, long> used = new();
    private long looked = clock.GetTimestamp();

    /// <summary>Begins a round when it is due. Called from the loop.</summary>
    public void WhenDue(AgentState state)
    {
        if (every is not { } wait || clock.GetElapsedTime(looked) < wait)
            return;
        looked = clock.GetTimestamp();
        rounds.Writer.TryWrite([.. state.Tasks.Where(task => task.Phase == Phase.Running)]);
    }

    public async Task Run(CancellationToken stopping)
    {
        await foreach (var round in rounds.Reader.ReadAllAsync(stopping))
        {
            foreach (var gone in used.Keys.Except(round.Select(task => task.Run)).ToList())
                used.TryRemove(gone, out _);
            foreach (var task in round)
            {
                var bytes = used[task.Run] = containers.Writable(task.Run).Append(work.Sandbox(task)).Sum(DiskUse.Of);
                if (LimitOf(task) is var limit and > 0 && bytes > limit)
                    inbox.Post((now, seed) => new SeeLimitExceeded(task.Run, Limitation.OfDisk(task.Spec.Resources.Total("disk"), bytes), now, seed));
            }
        }
    }

    /// <summary>Bytes that a run took on the disk when it was last measured; null before that.</summary>
    public long? Used(long run) => used.TryGetValue(run, out var bytes) ? bytes : null;

    private static long LimitOf(AgentTask task) => (long)(task.Spec.Resources.Total("disk").ToDouble() * (1 << 20));
}
