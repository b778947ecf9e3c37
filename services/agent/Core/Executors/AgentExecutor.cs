using System.Text.Json.Serialization;
using Bourse.Contracts;
using Bourse.Contracts.Messages;

namespace Bourse.Agent;

/// <summary>An executor, told apart from those of other frameworks.</summary>
public readonly record struct ExecutorKey(FrameworkId FrameworkId, ExecutorId ExecutorId) : IComparable<ExecutorKey>
{
    /// <summary>Ordinal, so that iteration never depends on hashing.</summary>
    public int CompareTo(ExecutorKey other) =>
        FrameworkId.CompareTo(other.FrameworkId) is var byFramework and not 0 ? byFramework : ExecutorId.CompareTo(other.ExecutorId);

    /// <summary>Names its sandbox, as an executor of a command bears its task's id.</summary>
    public TaskKey SandboxKey => new(FrameworkId, new(ExecutorId.Value));

    public override string ToString() => $"{FrameworkId}/{ExecutorId}";
}

/// <summary>How far the agent has come with an executor.</summary>
public enum ExecutorPhase
{
    /// <summary>Its process is to be started, or was and has not been seen yet.</summary>
    Starting,
    /// <summary>Its process was seen; or it is the default executor, which needs none.</summary>
    Running,
    /// <summary>It has ended; only its end is still to be told.</summary>
    Ended,
}

/// <summary>How an executor ended.</summary>
/// <param name="Status">As wait(2) gives it; null when nobody knows.</param>
/// <param name="Message">For people.</param>
public sealed record ExecutorEnd(int? Status, string Message);

/// <summary>An executor the agent holds: from its launch command until its end is recorded.</summary>
/// <param name="FrameworkId">The owning framework.</param>
/// <param name="Spec">What it is.</param>
/// <param name="Framework">What it is told of its framework.</param>
/// <param name="Run">Number of the launch command: names this run.</param>
/// <param name="Container">Names its container; its token is bound to it.</param>
/// <param name="Correlation">The outside request behind it.</param>
/// <param name="Phase">How far the agent has come.</param>
/// <param name="SubscribeBy">UTC instant by which it must have subscribed; null while that is not awaited.</param>
/// <param name="Subscribed">Whether it has ever subscribed.</param>
/// <param name="Served">Whether it was ever given a task.</param>
/// <param name="Supervisor">Its supervisor, once seen.</param>
/// <param name="Shutdown">Set when it was asked to end.</param>
/// <param name="Reason">Why it had to end, as a Mesos v1 reason; null when it ended by itself or on request.</param>
/// <param name="End">How it ended.</param>
/// <param name="Within">The container its process and its tasks are in; null for none.</param>
public sealed record AgentExecutor(
    FrameworkId FrameworkId,
    ExecutorSpec Spec,
    FrameworkDescription Framework,
    long Run,
    string Container,
    string Correlation,
    ExecutorPhase Phase,
    DateTimeOffset? SubscribeBy = null,
    bool Subscribed = false,
    bool Served = false,
    ProcessIdentity? Supervisor = null,
    KillRequest? Shutdown = null,
    string? Reason = null,
    ExecutorEnd? End = null,
    ContainerState? Within = null)
{
    /// <summary>The executor.</summary>
    [JsonIgnore]
    public ExecutorKey Key => new(FrameworkId, Spec.Id);

    /// <summary>Whether it runs in the agent instead of a process of its own.</summary>
    [JsonIgnore]
    public bool IsDefault => Spec.Kind == ExecutorKind.Default;

    /// <summary>The stream its events go to; null while it is not connected. Forgotten with the process: it connects again.</summary>
    [JsonIgnore]
    public long? Connection { get; init; }

    /// <summary>What the secrets service was asked. Forgotten with the process: it is asked again.</summary>
    [JsonIgnore]
    public Question? Question { get; init; }

    /// <summary>When its end is told again.</summary>
    [JsonIgnore]
    public Again? Repeat { get; init; }

    /// <summary>Its process in the words of a task: the machinery of processes knows no other.</summary>
    public AgentTask AsTask() => new(
        FrameworkId,
        new(new(Spec.Id.Value), Spec.Name, Spec.Resources, Spec.Command!, SecretFiles: [], KillGrace: TimeSpan.Zero, Container: Spec.Container),
        Framework.Principal, Framework.User, Run, Correlation, Agent.Phase.Starting, TaskState.Staging, Supervisor);
}

/// <summary>An executor is as given.</summary>
public sealed record ExecutorKept(AgentExecutor Executor) : Change(true);

/// <summary>Only what is not in the checkpoint has changed about an executor.</summary>
public sealed record ExecutorNoted(AgentExecutor Executor) : Change(false);

/// <summary>An executor is forgotten.</summary>
public sealed record ExecutorDropped(AgentExecutor Executor) : Change(true);

/// <summary>Start an executor's process.</summary>
/// <param name="Executor">The executor.</param>
/// <param name="Secrets">Values for the secrets it names, still sealed.</param>
public sealed record StartExecutor(AgentExecutor Executor, ValueList<SealedSecret> Secrets = default) : Effect;

/// <summary>Let the container of an executor, if it has one, use this much from now on.</summary>
/// <param name="Executor">The executor.</param>
/// <param name="Held">What it and its tasks hold.</param>
/// <param name="Limits">How far they may go beyond.</param>
public sealed record SizeExecutor(AgentExecutor Executor, Resources Held, ValueList<ResourceLimit> Limits) : Effect;

/// <summary>Clean up after an executor that has ended.</summary>
public sealed record CloseExecutor(AgentExecutor Executor) : Effect;

/// <summary>Send an event to an executor's stream. One that has gone missing is no loss: what matters is told again at SUBSCRIBE.</summary>
public sealed record TellExecutor(long Connection, ExecutorEvent Event) : Effect;

/// <summary>End an executor's stream.</summary>
public sealed record CutExecutor(long Connection) : Effect;

/// <summary>Report an executor's end to the allocator.</summary>
public sealed record SendExecutorEnd(Contracts.Messages.ExecutorReported Report, string Correlation) : Effect;

/// <summary>Pass bytes on from an executor to its framework.</summary>
public sealed record SendToFramework(Contracts.Messages.MessageToFramework Message) : Effect;

/// <summary>An event of the executor API.</summary>
public abstract record ExecutorEvent
{
    /// <summary>The first event.</summary>
    public sealed record Subscribed(AgentExecutor Executor) : ExecutorEvent;

    /// <summary>Run a task.</summary>
    public sealed record Launch(AgentExecutor Executor, AgentTask Task) : ExecutorEvent;

    /// <summary>Run a group of tasks.</summary>
    public sealed record LaunchGroup(AgentExecutor Executor, ValueList<AgentTask> Tasks) : ExecutorEvent;

    /// <summary>End a task.</summary>
    public sealed record Kill(TaskId TaskId, TimeSpan? Grace) : ExecutorEvent;

    /// <summary>An update is in the checkpoint; the executor need not repeat it.</summary>
    public sealed record Acknowledged(TaskId TaskId, string Uuid) : ExecutorEvent;

    /// <summary>Bytes from the framework, base64.</summary>
    public sealed record Message(string Data) : ExecutorEvent;

    /// <summary>End, and all tasks with it.</summary>
    public sealed record Shutdown : ExecutorEvent;
}

/// <summary>An executor connects.</summary>
/// <param name="Key">Who.</param>
/// <param name="Connection">Names its stream.</param>
/// <param name="Tasks">Tasks it was given and has reported nothing acknowledged about.</param>
/// <param name="Updates">Updates it has no acknowledgement for.</param>
/// <param name="Now">UTC instant.</param>
/// <param name="Seed">Fresh and random.</param>
public sealed record Attach(
    ExecutorKey Key, long Connection, ValueList<TaskId> Tasks, ValueList<(TaskId TaskId, TaskUpdate Update)> Updates, DateTimeOffset Now, Guid Seed)
    : Input(Now, Seed);

/// <summary>An executor's stream has ended.</summary>
public sealed record Detach(ExecutorKey Key, long Connection, DateTimeOffset Now, Guid Seed) : Input(Now, Seed);

/// <summary>An executor reports an update.</summary>
public sealed record HearUpdate(ExecutorKey Key, TaskId TaskId, TaskUpdate Update, DateTimeOffset Now, Guid Seed) : Input(Now, Seed);

/// <summary>An executor has bytes for its framework.</summary>
public sealed record HearMessage(ExecutorKey Key, string Data, DateTimeOffset Now, Guid Seed) : Input(Now, Seed);

/// <summary>A framework has bytes for its executor.</summary>
public sealed record PassMessage(ExecutorKey Key, string Data, DateTimeOffset Now, Guid Seed) : Input(Now, Seed);
