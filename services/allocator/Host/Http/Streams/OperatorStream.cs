using Bourse.Allocator.Host.Http.Operator;
using Bourse.Contracts;

namespace Bourse.Allocator.Host.Http.Streams;

/// <summary>What an operator's stream has to tell: copies taken on the loop, put into words outside of it.</summary>
internal abstract record OperatorItem
{
    /// <summary>Everything, as of the moment the stream begins.</summary>
    public sealed record Snapshot(ClusterView View) : OperatorItem;

    /// <summary>A task was launched.</summary>
    public sealed record TaskAdded(ClusterView.TaskView Task) : OperatorItem;

    /// <summary>A task changed: <paramref name="Delivered"/> is the update its framework is to acknowledge next, or the latest one.</summary>
    public sealed record TaskUpdated(FrameworkId FrameworkId, TaskId TaskId, AgentId AgentId, TaskUpdate Delivered, TaskState Latest) : OperatorItem;

    /// <summary>An agent joined or is heard again.</summary>
    public sealed record AgentAdded(ClusterView.AgentView Agent) : OperatorItem;

    /// <summary>An agent is out while its machine is down.</summary>
    public sealed record AgentRemoved(AgentId AgentId) : OperatorItem;

    /// <summary>A framework subscribed for the first time.</summary>
    public sealed record FrameworkAdded(ClusterView.FrameworkView Framework) : OperatorItem;

    /// <summary>A framework subscribed again, described itself anew or is away.</summary>
    public sealed record FrameworkUpdated(ClusterView.FrameworkView Framework) : OperatorItem;

    /// <summary>A framework is over.</summary>
    public sealed record FrameworkRemoved(FrameworkId Id, FrameworkDescription Description) : OperatorItem;

    /// <summary>It is time for a heartbeat.</summary>
    public sealed record Tick : OperatorItem
    {
        public static readonly Tick Instance = new();
    }
}

/// <summary>The event stream of one operator; after a lost one, the next begins with everything.</summary>
internal sealed class OperatorStream : EventStream<OperatorItem>
{
    /// <summary>Queues a tick; one that finds no room is not missed.</summary>
    public void Tick() => TryPost(OperatorItem.Tick.Instance);
}
