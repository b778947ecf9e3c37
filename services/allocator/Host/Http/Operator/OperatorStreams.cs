using Bourse.Allocator.Host.Http.Streams;
using Bourse.Contracts;
using Bourse.Journal;

namespace Bourse.Allocator.Host.Http.Operator;

/// <summary>
/// Turns what is committed into what subscribed operators are told. It runs on the loop, so that a stream goes on exactly where its
/// snapshot ends. Copies are taken once a commit, whatever the number of streams, and none when nobody listens.
/// </summary>
internal sealed class OperatorStreams : ICommitListener<AllocatorState>
{
    /// <summary>Beyond this many the oldest stream is ended, as in Mesos.</summary>
    public const int MaxSubscribers = 1000;

    private readonly LinkedList<OperatorStream> streams = [];
    private readonly Lock gate = new();

    /// <summary>Begins a stream with a snapshot. Call it on the loop, within a read.</summary>
    public OperatorStream Open(AllocatorState state)
    {
        var stream = new OperatorStream();
        stream.Post(new OperatorItem.Snapshot(ClusterView.Of(state)));
        OperatorStream? oldest = null;
        lock (gate)
        {
            streams.AddLast(stream);
            if (streams.Count > MaxSubscribers)
            {
                oldest = streams.First!.Value;
                streams.RemoveFirst();
            }
        }
        oldest?.Close(error: null);
        return stream;
    }

    /// <summary>The stream has ended.</summary>
    public void Remove(OperatorStream stream)
    {
        lock (gate)
            streams.Remove(stream);
    }

    public void Leading(AllocatorState state, long epoch)
    {
        // What was told before may never have happened for the new leadership; whoever listens subscribes again.
        foreach (var stream in Current())
            stream.Close(error: null);
    }

    public void Committed(AllocatorState state, IReadOnlyList<Recorded> events)
    {
        var listening = Current();
        if (listening.Length == 0)
            return;
        foreach (var recorded in events)
            if (Item(state, recorded.Fact) is { } item)
                foreach (var stream in listening)
                    stream.Post(item);
    }

    private OperatorStream[] Current()
    {
        lock (gate)
            return [.. streams];
    }

    private static OperatorItem? Item(AllocatorState state, IFact fact) => fact switch
    {
        TaskLaunched f when Find(state, f.FrameworkId) is { } framework && framework.Find(f.Spec.Id) is { } task =>
            new OperatorItem.TaskAdded(ClusterView.View(framework, task) with { State = TaskState.Staging, Statuses = [], Unacknowledged = null }),
        TaskStatusChanged f => Updated(state, f),
        CapacityAdded f => new OperatorItem.AgentAdded(ClusterView.View(state.Agents[f.Description.Id])),
        CapacityResumed f => new OperatorItem.AgentAdded(ClusterView.View(state.Agents[f.AgentId])),
        // Mesos says nothing of those that are unreachable or gone for ever, and leaves its operators with agents that are not there.
        CapacityRemoved f => new OperatorItem.AgentRemoved(f.AgentId),
        CapacitySuspended f => new OperatorItem.AgentRemoved(f.AgentId),
        FrameworkSubscribed f when Find(state, f.FrameworkId) is { } framework => f.Session == 1
            ? new OperatorItem.FrameworkAdded(ClusterView.View(state, framework))
            : new OperatorItem.FrameworkUpdated(ClusterView.View(state, framework)),
        FrameworkUpdated f when Find(state, f.FrameworkId) is { } framework =>
            new OperatorItem.FrameworkUpdated(ClusterView.View(state, framework)),
        FrameworkDisconnected f when Find(state, f.FrameworkId) is { } framework =>
            new OperatorItem.FrameworkUpdated(ClusterView.View(state, framework)),
        FrameworkRemoved f when Find(state, f.FrameworkId) is { } framework => new OperatorItem.FrameworkRemoved(framework.Id, framework.Description),
        _ => null,
    };

    private static OperatorItem.TaskUpdated Updated(AllocatorState state, TaskStatusChanged f)
    {
        var task = Find(state, f.FrameworkId)?.Find(f.TaskId);
        var delivered = task is { Unacknowledged.Count: > 0 } ? task.Unacknowledged[0] : f.Update;
        return new(f.FrameworkId, f.TaskId, f.AgentId, delivered, f.Update.State);
    }

    // One that was removed moves to the completed ones as soon as it has no tasks.
    private static Framework? Find(AllocatorState state, FrameworkId id) =>
        state.Frameworks.TryGetValue(id, out var living) ? living : state.CompletedFrameworks.FindLast(framework => framework.Id == id);
}
