using Bourse.Contracts;
using Bourse.MesosEdge;
using Google.Protobuf;
using V1 = Bourse.MesosV1;

namespace Bourse.Allocator.Host.Http.Mapping;

/// <summary>Status updates and task states, in the words a framework understands.</summary>
internal static class TaskStatusMapping
{
    /// <summary>An update as it is sent.</summary>
    /// <param name="task">The task.</param>
    /// <param name="agent">Its agent, when known.</param>
    /// <param name="update">The update.</param>
    /// <param name="capabilities">What the framework understands.</param>
    public static V1.TaskStatus Write(TaskId task, AgentId? agent, TaskUpdate update, ValueList<string> capabilities)
    {
        var status = new V1.TaskStatus
        {
            TaskId = new() { Value = task.Value },
            State = State(update.State, capabilities),
            Source = EnumNames.Parse<V1.TaskStatus.Types.Source>(update.Source),
            Timestamp = Seconds(update.At),
        };
        if (agent is { } on)
            status.AgentId = new() { Value = on.Value };
        // The executor of a command task bears the task's id; the Node client reads it when it is there.
        if (status.Source != V1.TaskStatus.Types.Source.Master)
            status.ExecutorId = new() { Value = update.Executor?.Value ?? task.Value };
        if (EnumNames.Find<V1.TaskStatus.Types.Reason>(update.Reason) is { } reason)
            status.Reason = reason;
        if (update.Message is { } message)
            status.Message = message;
        if (update.Uuid is { } uuid)
            status.Uuid = ByteString.FromBase64(uuid);
        if (update.Healthy is { } healthy)
            status.Healthy = healthy;
        if (update.Data is { } data)
            status.Data = ByteString.FromBase64(data);
        if (update.Container is { } container)
            status.ContainerStatus = ContainerWriting.Write(container);
        if (update.Limitation is { } beyond)
            status.Limitation = new() { Resources = { ResourceWriting.Write(Resources.Of(beyond), ReservationFormat.New, allocationInfo: false) } };
        if (update.Check is { } check)
            status.CheckStatus = CheckMapping.Write(check);
        if (update.Labels.Count > 0)
            status.Labels = LabelMapping.Write(update.Labels);
        if (update.State == TaskState.Unreachable)
            status.UnreachableTime = Time(update.At);
        return status;
    }

    /// <summary>An update as operators see it: every state under its own name, and without the framework's own data.</summary>
    public static V1.TaskStatus WriteForOperators(TaskId task, AgentId agent, TaskUpdate update) =>
        Write(task, agent, update with { Data = null }, ["PARTITION_AWARE", "TASK_KILLING_STATE"]);

    /// <summary>The state in the words of a framework with these capabilities.</summary>
    public static V1.TaskState State(TaskState state, ValueList<string> capabilities) => state switch
    {
        TaskState.Unreachable or TaskState.Dropped or TaskState.Gone or TaskState.GoneByOperator or TaskState.Unknown
            when !capabilities.Contains("PARTITION_AWARE") => V1.TaskState.TaskLost,
        // A framework that does not know the state is told that the task still runs, which is true.
        TaskState.Killing when !capabilities.Contains("TASK_KILLING_STATE") => V1.TaskState.TaskRunning,
        _ => State(state),
    };

    /// <summary>The state as operators see it.</summary>
    public static V1.TaskState State(TaskState state) => state switch
    {
        TaskState.Staging => V1.TaskState.TaskStaging,
        TaskState.Starting => V1.TaskState.TaskStarting,
        TaskState.Running => V1.TaskState.TaskRunning,
        TaskState.Killing => V1.TaskState.TaskKilling,
        TaskState.Finished => V1.TaskState.TaskFinished,
        TaskState.Failed => V1.TaskState.TaskFailed,
        TaskState.Killed => V1.TaskState.TaskKilled,
        TaskState.Error => V1.TaskState.TaskError,
        TaskState.Lost => V1.TaskState.TaskLost,
        TaskState.Dropped => V1.TaskState.TaskDropped,
        TaskState.Unreachable => V1.TaskState.TaskUnreachable,
        TaskState.Gone => V1.TaskState.TaskGone,
        TaskState.GoneByOperator => V1.TaskState.TaskGoneByOperator,
        TaskState.Unknown => V1.TaskState.TaskUnknown,
        _ => throw new ArgumentOutOfRangeException(nameof(state), state, "no Mesos state"),
    };

    /// <summary>Seconds since the epoch.</summary>
    public static double Seconds(DateTimeOffset at) => (at - DateTimeOffset.UnixEpoch).Ticks / (double)TimeSpan.TicksPerSecond;

    /// <summary>Nanoseconds since the epoch.</summary>
    public static V1.TimeInfo Time(DateTimeOffset at) =>
        new() { Nanoseconds = (at - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick };
}
