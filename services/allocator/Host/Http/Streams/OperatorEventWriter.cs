using Bourse.Allocator.Host.Http.Mapping;
using Bourse.Allocator.Host.Http.Operator;
using Bourse.MesosV1.Master;
using EventType = Bourse.MesosV1.Master.Event.Types.Type;

namespace Bourse.Allocator.Host.Http.Streams;

/// <summary>Writes an operator's stream to its connection: a snapshot, then changes as they come, and a heartbeat.</summary>
internal sealed class OperatorEventWriter(OperatorStream stream, WireFormat format, Stream output, TimeProvider clock)
{
    /// <summary>That of Mesos; clients of this stream wait longer than schedulers do.</summary>
    public static readonly TimeSpan HeartbeatInterval = TimeSpan.FromSeconds(15);

    /// <summary>Writes until the stream is closed (returns) or the connection breaks (throws).</summary>
    public async Task Run(CancellationToken cancellationToken)
    {
        using var ticks = clock.CreateTimer(_ => stream.Tick(), null, HeartbeatInterval, HeartbeatInterval);
        await foreach (var item in stream.Items.ReadAllAsync(cancellationToken))
        {
            await Write(Event(item), cancellationToken);
            if (item is OperatorItem.Snapshot)
                await Write(Heartbeat(), cancellationToken);
        }
    }

    private static Event Event(OperatorItem item) => item switch
    {
        OperatorItem.Snapshot i => new()
        {
            Type = EventType.Subscribed,
            Subscribed = new() { GetState = GetStateCall.Answer(i.View), HeartbeatIntervalSeconds = HeartbeatInterval.TotalSeconds },
        },
        OperatorItem.TaskAdded i => new() { Type = EventType.TaskAdded, TaskAdded = new() { Task = GetTasksCall.Task(i.Task) } },
        OperatorItem.TaskUpdated i => new()
        {
            Type = EventType.TaskUpdated,
            TaskUpdated = new()
            {
                FrameworkId = new() { Value = i.FrameworkId.Value },
                Status = TaskStatusMapping.WriteForOperators(i.TaskId, i.AgentId, i.Delivered),
                State = TaskStatusMapping.State(i.Latest),
            },
        },
        OperatorItem.AgentAdded i => new()
        {
            Type = EventType.AgentAdded,
            AgentAdded = new() { Agent = GetAgentsCall.Agent(i.Agent) },
        },
        OperatorItem.AgentRemoved i => new() { Type = EventType.AgentRemoved, AgentRemoved = new() { AgentId = new() { Value = i.AgentId.Value } } },
        OperatorItem.FrameworkAdded i => new()
        {
            Type = EventType.FrameworkAdded,
            FrameworkAdded = new() { Framework = GetFrameworksCall.Framework(i.Framework) },
        },
        OperatorItem.FrameworkUpdated i => new()
        {
            Type = EventType.FrameworkUpdated,
            FrameworkUpdated = new() { Framework = GetFrameworksCall.Framework(i.Framework) },
        },
        OperatorItem.FrameworkRemoved i => new()
        {
            Type = EventType.FrameworkRemoved,
            FrameworkRemoved = new() { FrameworkInfo = FrameworkInfoMapping.Write(i.Id, i.Description) },
        },
        OperatorItem.Tick => Heartbeat(),
        _ => throw new NotSupportedException($"no event for {item.GetType()}"),
    };

    private static Event Heartbeat() => new() { Type = EventType.Heartbeat };

    private Task Write(Event @event, CancellationToken ct) => output.WriteAsync(format.Frame(@event), ct).AsTask();
}
