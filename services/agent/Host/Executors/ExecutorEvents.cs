using Bourse.Contracts;
using Bourse.MesosEdge;
using Bourse.MesosV1.Executor;
using Google.Protobuf;

namespace Bourse.Agent.Host.Executors;

/// <summary>Events of the executor API.</summary>
internal static class ExecutorEvents
{
    public static readonly Event Heartbeat = new() { Type = Event.Types.Type.Heartbeat };

    public static Event Write(ExecutorEvent @event, AgentDescription agent) => @event switch
    {
        ExecutorEvent.Subscribed e => new()
        {
            Type = Event.Types.Type.Subscribed,
            Subscribed = new()
            {
                ExecutorInfo = Words.Executor(e.Executor),
                FrameworkInfo = FrameworkWriting.Write(e.Executor.FrameworkId, e.Executor.Framework),
                AgentInfo = Words.Agent(agent),
                ContainerId = new() { Value = e.Executor.Container },
            },
        },
        ExecutorEvent.Launch e => new()
        {
            Type = Event.Types.Type.Launch,
            Launch = new() { Task = Words.Task(e.Task, agent.Id, e.Executor) },
        },
        ExecutorEvent.LaunchGroup e => new()
        {
            Type = Event.Types.Type.LaunchGroup,
            LaunchGroup = new() { TaskGroup = new() { Tasks = { e.Tasks.Select(task => Words.Task(task, agent.Id, e.Executor)) } } },
        },
        ExecutorEvent.Kill e => new()
        {
            Type = Event.Types.Type.Kill,
            Kill = new()
            {
                TaskId = new() { Value = e.TaskId.Value },
                KillPolicy = e.Grace is { } grace ? new() { GracePeriod = Words.Duration(grace) } : null,
            },
        },
        ExecutorEvent.Acknowledged e => new()
        {
            Type = Event.Types.Type.Acknowledged,
            Acknowledged = new() { TaskId = new() { Value = e.TaskId.Value }, Uuid = ByteString.FromBase64(e.Uuid) },
        },
        ExecutorEvent.Message e => new() { Type = Event.Types.Type.Message, Message = new() { Data = ByteString.FromBase64(e.Data) } },
        ExecutorEvent.Shutdown => new() { Type = Event.Types.Type.Shutdown },
        _ => throw new System.Diagnostics.UnreachableException($"{@event}"),
    };
}
