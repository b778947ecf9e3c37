namespace Bourse.Contracts;

/// <summary>Where a task is in its life; the states of Mesos v1 <c>TaskState</c>.</summary>
public enum TaskState
{
    /// <summary>Accepted, not yet with the agent.</summary>
    Staging,
    /// <summary>The executor prepares it.</summary>
    Starting,
    /// <summary>It runs.</summary>
    Running,
    /// <summary>It was asked to end and is still in its grace period.</summary>
    Killing,
    /// <summary>Ended by itself with exit code 0. Terminal.</summary>
    Finished,
    /// <summary>Ended by itself with another exit code or a signal, or could not be started. Terminal.</summary>
    Failed,
    /// <summary>Ended because it was asked to. Terminal.</summary>
    Killed,
    /// <summary>Its description was refused. Terminal.</summary>
    Error,
    /// <summary>Nobody knows; the word for frameworks that are not PARTITION_AWARE. Terminal for them.</summary>
    Lost,
    /// <summary>Never reached the agent. Terminal.</summary>
    Dropped,
    /// <summary>Its agent is unreachable; it may come back.</summary>
    Unreachable,
    /// <summary>Its agent is gone for ever. Terminal.</summary>
    Gone,
    /// <summary>An operator declared its agent gone. Terminal.</summary>
    GoneByOperator,
    /// <summary>No such task is known.</summary>
    Unknown,
}

/// <summary>Questions about task states.</summary>
public static class TaskStates
{
    /// <summary>Whether a task in this state has ended for good and holds no resources.</summary>
    public static bool IsTerminal(this TaskState state) => state is
        TaskState.Finished or TaskState.Failed or TaskState.Killed or TaskState.Error or TaskState.Lost
        or TaskState.Dropped or TaskState.Gone or TaskState.GoneByOperator;
}

/// <summary>A program to run.</summary>
/// <param name="Shell">True: <paramref name="Value"/> is given to <c>sh -c</c>. False: it is a path and <paramref name="Arguments"/> is the whole argv.</param>
/// <param name="Value">The shell line, or the path of the program.</param>
/// <param name="Arguments">argv, its zeroth element included; unused for shell commands.</param>
/// <param name="Environment">Variables set for the program.</param>
/// <param name="User">The user to run as; null for the framework's.</param>
/// <param name="Uris">What is fetched into the sandbox first.</param>
public sealed record TaskCommand(
    bool Shell, string? Value, ValueList<string> Arguments = default, ValueList<Variable> Environment = default, string? User = null,
    ValueList<FetchedUri> Uris = default);

/// <summary>An environment variable: a plain value, or the name of a secret whose value only the agent learns.</summary>
/// <param name="Name">The variable.</param>
/// <param name="Value">Plain value; null when a secret is named.</param>
/// <param name="Secret">Name of the secret; null for a plain value.</param>
public sealed record Variable(string Name, string? Value, string? Secret = null);

/// <summary>A secret put into a file of the sandbox, readable by the task's user only.</summary>
/// <param name="Path">Path relative to the sandbox, which it never leaves; absolute only inside a container.</param>
/// <param name="Secret">Name of the secret.</param>
public sealed record SecretFile(string Path, string Secret);

/// <summary>What a framework asked to be run.</summary>
/// <param name="Id">Chosen by the framework.</param>
/// <param name="Name">For people.</param>
/// <param name="Resources">What it holds while it lives, allocated to the offer's role.</param>
/// <param name="Command">The program.</param>
/// <param name="SecretFiles">Secrets delivered as files.</param>
/// <param name="KillGrace">Time between TERM and KILL when it is asked to end.</param>
/// <param name="Labels">Free labels.</param>
/// <param name="Data">Opaque bytes of the framework, base64.</param>
/// <param name="Executor">The executor that runs it; null for a command of its own.</param>
/// <param name="Group">The group it is launched with, when it is.</param>
/// <param name="Health">The check that decides over its life.</param>
/// <param name="Check">A check that is only reported.</param>
/// <param name="Longest">Ended as failed when it runs longer.</param>
/// <param name="Container">How it is to be kept apart; null leaves that to the agent.</param>
/// <param name="Discovery">How it wants to be found by others.</param>
/// <param name="Limits">How far it may go beyond what it holds, of cpus and mem; ordered by name.</param>
public sealed record TaskSpec(
    TaskId Id,
    string Name,
    Resources Resources,
    TaskCommand Command,
    ValueList<SecretFile> SecretFiles,
    TimeSpan KillGrace,
    ValueList<Label> Labels = default,
    string? Data = null,
    ExecutorId? Executor = null,
    TaskGroup? Group = null,
    HealthSpec? Health = null,
    CheckSpec? Check = null,
    TimeSpan? Longest = null,
    TaskContainer? Container = null,
    Discovery? Discovery = null,
    ValueList<ResourceLimit> Limits = default)
{
    /// <summary>Names of all secrets it uses, each once.</summary>
    public IEnumerable<string> Secrets() =>
        Command.Environment.Where(v => v.Secret is not null).Select(v => v.Secret!)
            .Concat(SecretFiles.Select(f => f.Secret)).Concat(Container?.Secrets() ?? []).Distinct(StringComparer.Ordinal);
}

/// <summary>How far a task may go beyond what it holds of a resource.</summary>
/// <param name="Name"><c>cpus</c> or <c>mem</c>.</param>
/// <param name="Amount">At most; null for as far as the machine goes.</param>
public sealed record ResourceLimit(string Name, Scalar? Amount);

/// <summary>One status update.</summary>
/// <param name="State">The new state.</param>
/// <param name="At">UTC instant at its source.</param>
/// <param name="Source">Who says so: <c>SOURCE_MASTER</c>, <c>SOURCE_AGENT</c> or <c>SOURCE_EXECUTOR</c>.</param>
/// <param name="Reason">A Mesos v1 <c>REASON_…</c> name, when one applies.</param>
/// <param name="Message">For people.</param>
/// <param name="Uuid">Base64 of 16 bytes; the update is repeated until this is acknowledged. Null: needs no acknowledgement.</param>
/// <param name="ExitCode">Exit code of a process that ended by itself; null otherwise.</param>
/// <param name="Healthy">Result of the latest health check, when there is one.</param>
/// <param name="Data">Opaque bytes of the executor, base64.</param>
/// <param name="Check">Result of the latest check, when there is one.</param>
/// <param name="Labels">Free labels of the executor.</param>
/// <param name="Executor">The executor it runs under, when that is not the agent's own for a command.</param>
/// <param name="Container">Its container, when it has one.</param>
/// <param name="Limitation">What it went beyond, for a reason <c>REASON_CONTAINER_LIMITATION_…</c>: the memory it used, or the disk it may use (as in Mesos).</param>
public sealed record TaskUpdate(
    TaskState State,
    DateTimeOffset At,
    string Source,
    string? Reason = null,
    string? Message = null,
    string? Uuid = null,
    int? ExitCode = null,
    bool? Healthy = null,
    string? Data = null,
    CheckResult? Check = null,
    ValueList<Label> Labels = default,
    ExecutorId? Executor = null,
    ContainerState? Container = null,
    Resource? Limitation = null);

/// <summary>Facts about tasks. Only writer: the allocator.</summary>
public interface ITaskFact : IFact
{
    /// <summary>The owning framework.</summary>
    FrameworkId FrameworkId { get; }

    /// <summary>The task; unique within the framework.</summary>
    TaskId TaskId { get; }

    IEnumerable<Subject> IFact.Subjects => [FrameworkId, TaskId];
}

/// <summary>A task was accepted and is on its way to the agent; it holds its resources from now on.</summary>
/// <param name="FrameworkId">The owning framework.</param>
/// <param name="Spec">What to run.</param>
/// <param name="AgentId">Where.</param>
/// <param name="Role">The role whose offer pays for it.</param>
/// <param name="OfferId">The first offer of the ACCEPT.</param>
/// <param name="Principal">The framework's principal, on whose behalf secrets are resolved.</param>
/// <param name="Command">The number of the launch command among the agent's commands.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record TaskLaunched(
    FrameworkId FrameworkId, TaskSpec Spec, AgentId AgentId, string Role, OfferId OfferId, string Principal, long Command, DateTimeOffset At)
    : ITaskFact
{
    TaskId ITaskFact.TaskId => Spec.Id;

    IEnumerable<Subject> IFact.Subjects => [FrameworkId, Spec.Id, AgentId, OfferId];
}

/// <summary>A task was turned down at ACCEPT; it never existed. The framework is told once, without acknowledgement.</summary>
/// <param name="FrameworkId">The framework.</param>
/// <param name="TaskId">The task as it was named.</param>
/// <param name="AgentId">The agent it was meant for, when known.</param>
/// <param name="Update">State ERROR, LOST or DROPPED with reason and message.</param>
public sealed record TaskRefused(FrameworkId FrameworkId, TaskId TaskId, AgentId? AgentId, TaskUpdate Update) : ITaskFact;

/// <summary>A task's status as reported by its agent, or as decided here when the agent is away.</summary>
/// <param name="FrameworkId">The owning framework.</param>
/// <param name="TaskId">The task.</param>
/// <param name="AgentId">The agent.</param>
/// <param name="Update">What changed.</param>
/// <param name="Confirmed">The agent's commands up to this number are done; 0 when it said nothing.</param>
public sealed record TaskStatusChanged(FrameworkId FrameworkId, TaskId TaskId, AgentId AgentId, TaskUpdate Update, long Confirmed = 0) : ITaskFact
{
    IEnumerable<Subject> IFact.Subjects => [FrameworkId, TaskId, AgentId];
}

/// <summary>The framework acknowledged an update; the agent may forget it.</summary>
/// <param name="FrameworkId">The owning framework.</param>
/// <param name="TaskId">The task.</param>
/// <param name="AgentId">The agent.</param>
/// <param name="Uuid">The acknowledged update.</param>
/// <param name="Command">The number of the acknowledgement among the agent's commands.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record TaskStatusAcknowledged(
    FrameworkId FrameworkId, TaskId TaskId, AgentId AgentId, string Uuid, long Command, DateTimeOffset At) : ITaskFact;

/// <summary>A task was asked to end.</summary>
/// <param name="FrameworkId">The owning framework.</param>
/// <param name="TaskId">The task.</param>
/// <param name="AgentId">The agent.</param>
/// <param name="Grace">Time between TERM and KILL; null for the task's own.</param>
/// <param name="Command">The number of the kill command among the agent's commands.</param>
/// <param name="At">UTC instant of the decision.</param>
/// <param name="Announce">Whether the framework knows the state KILLING.</param>
public sealed record TaskKillRequested(
    FrameworkId FrameworkId, TaskId TaskId, AgentId AgentId, TimeSpan? Grace, long Command, DateTimeOffset At, bool Announce = false) : ITaskFact;
