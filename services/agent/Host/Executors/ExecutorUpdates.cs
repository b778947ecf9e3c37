using Bourse.Contracts;
using Bourse.MesosEdge;
using V1 = Bourse.MesosV1;

namespace Bourse.Agent.Host.Executors;

/// <summary>Status updates as executors send them.</summary>
internal static class ExecutorUpdates
{
    private const int UuidBytes = 16;

    /// <summary>What is wrong with an update, or null.</summary>
    public static string? Problem(V1.TaskStatus status, ExecutorId executor) =>
        !status.HasUuid ? "Expecting 'uuid' to be present"
        : status.Uuid.Length != UuidBytes ? "Expecting 'uuid' to have 16 bytes"
        : status.Source != V1.TaskStatus.Types.Source.Executor || !status.HasSource ? "Received Call from executor with invalid source: 'source' must be SOURCE_EXECUTOR"
        : status.State == V1.TaskState.TaskStaging ? "Received TASK_STAGING from executor which is not allowed"
        : status.ExecutorId is { } named && named.Value != executor.Value ? "ExecutorID in Call does not match ExecutorID in TaskStatus"
        : null;

    public static TaskUpdate Read(V1.TaskStatus status, DateTimeOffset now) => new(
        State(status.State),
        status.HasTimestamp && status.Timestamp is > 0 and < 253402300799 ? DateTimeOffset.UnixEpoch.AddSeconds(status.Timestamp) : now,
        "SOURCE_EXECUTOR",
        status.HasReason ? EnumNames.Of(status.Reason) : null,
        status.HasMessage ? status.Message : null,
        status.Uuid.ToBase64(),
        ExitCode: null,
        status.HasHealthy ? status.Healthy : null,
        status.HasData ? status.Data.ToBase64() : null,
        Check(status.CheckStatus),
        LabelMapping.Read(status.Labels));

    private static CheckResult? Check(V1.CheckStatusInfo? status) => status switch
    {
        { Type: V1.CheckInfo.Types.Type.Command } => new("COMMAND", ExitCode: status.Command is { HasExitCode: true } c ? c.ExitCode : null),
        { Type: V1.CheckInfo.Types.Type.Http } => new("HTTP", StatusCode: status.Http is { HasStatusCode: true } h ? (int)h.StatusCode : null),
        { Type: V1.CheckInfo.Types.Type.Tcp } => new("TCP", Succeeded: status.Tcp is { HasSucceeded: true } t ? t.Succeeded : null),
        _ => null,
    };

    private static TaskState State(V1.TaskState state) => state switch
    {
        V1.TaskState.TaskStarting => TaskState.Starting,
        V1.TaskState.TaskRunning => TaskState.Running,
        V1.TaskState.TaskKilling => TaskState.Killing,
        V1.TaskState.TaskFinished => TaskState.Finished,
        V1.TaskState.TaskFailed => TaskState.Failed,
        V1.TaskState.TaskKilled => TaskState.Killed,
        V1.TaskState.TaskError => TaskState.Error,
        V1.TaskState.TaskDropped => TaskState.Dropped,
        V1.TaskState.TaskUnreachable => TaskState.Unreachable,
        V1.TaskState.TaskGone => TaskState.Gone,
        V1.TaskState.TaskGoneByOperator => TaskState.GoneByOperator,
        V1.TaskState.TaskUnknown => TaskState.Unknown,
        _ => TaskState.Lost,
    };
}
