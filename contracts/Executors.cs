using System.Text.Json.Serialization;

namespace Bourse.Contracts;

/// <summary>An executor: what runs tasks of one framework on one agent.</summary>
/// <param name="Value">Chosen by the framework; unique per framework and agent.</param>
[JsonConverter(typeof(IdConverter<ExecutorId>))]
public readonly record struct ExecutorId(string Value) : IId<ExecutorId>, IComparable<ExecutorId>
{
    /// <inheritdoc/>
    public static ExecutorId Of(string value) => new(value);

    /// <inheritdoc/>
    public int CompareTo(ExecutorId other) => string.CompareOrdinal(Value, other.Value);

    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>Who brings an executor's program.</summary>
public enum ExecutorKind
{
    /// <summary>The framework: a program that speaks the executor API.</summary>
    Custom,
    /// <summary>The agent: it runs the tasks of groups itself.</summary>
    Default,
}

/// <summary>What a framework said about an executor.</summary>
/// <param name="Id">Chosen by the framework.</param>
/// <param name="Kind">Who brings its program.</param>
/// <param name="Name">For people.</param>
/// <param name="Resources">What it holds beside its tasks while it lives, allocated to the offer's role.</param>
/// <param name="Command">Its program; null for the default executor.</param>
/// <param name="ShutdownGrace">Time between SHUTDOWN and KILL; null for the agent's own.</param>
/// <param name="Labels">Free labels.</param>
/// <param name="Source">Free text of the framework.</param>
/// <param name="Data">Opaque bytes of the framework, base64.</param>
/// <param name="Discovery">How it wants to be found by others.</param>
/// <param name="Container">How its process, and the tasks in it, are kept apart; null for a plain process unless the agent isolates everything.</param>
public sealed record ExecutorSpec(
    ExecutorId Id,
    ExecutorKind Kind,
    string Name,
    Resources Resources,
    TaskCommand? Command,
    TimeSpan? ShutdownGrace = null,
    ValueList<Label> Labels = default,
    string? Source = null,
    string? Data = null,
    Discovery? Discovery = null,
    TaskContainer? Container = null)
{
    /// <summary>Names of all secrets it refers to.</summary>
    public IEnumerable<string> Secrets() =>
        (Command?.Environment ?? []).Where(variable => variable.Secret is not null).Select(variable => variable.Secret!)
            .Concat(Container?.Secrets() ?? []).Distinct(StringComparer.Ordinal);

    /// <summary>
    /// What stands in place of a task where the secrets service speaks of a run of an executor. No task has such an id: ids have no slashes.
    /// </summary>
    /// <param name="executor">The executor.</param>
    /// <param name="agent">Where it runs: executors of several agents may have one id.</param>
    /// <param name="run">The number of its launch command: a run that ends late must not end the next one.</param>
    public static TaskId AsUser(ExecutorId executor, AgentId agent, long run) => new($"executor/{agent}/{run}/{executor}");
}

/// <summary>Tasks that are launched together and share an executor: when one fails, the others end.</summary>
/// <param name="Id">Tells groups of one executor apart.</param>
/// <param name="Size">How many tasks it has.</param>
public sealed record TaskGroup(string Id, int Size);

/// <summary>Facts about executors. Only writer: the allocator.</summary>
public interface IExecutorFact : IFact
{
    /// <summary>The owning framework.</summary>
    FrameworkId FrameworkId { get; }

    /// <summary>The executor.</summary>
    ExecutorId ExecutorId { get; }

    /// <summary>Where.</summary>
    AgentId AgentId { get; }

    IEnumerable<Subject> IFact.Subjects => [FrameworkId, new("executor", ExecutorId.Value), AgentId];
}

/// <summary>An executor is on its way to the agent, with its first task behind it; it holds its resources from now on.</summary>
/// <param name="FrameworkId">The owning framework.</param>
/// <param name="Spec">What it is.</param>
/// <param name="AgentId">Where.</param>
/// <param name="Role">The role whose offer pays for it.</param>
/// <param name="Framework">What the executor is told of its framework.</param>
/// <param name="Command">The number of the launch command among the agent's commands; names this run of the executor.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record ExecutorLaunched(
    FrameworkId FrameworkId, ExecutorSpec Spec, AgentId AgentId, string Role, FrameworkDescription Framework, long Command, DateTimeOffset At)
    : IExecutorFact
{
    ExecutorId IExecutorFact.ExecutorId => Spec.Id;
}

/// <summary>An executor was asked to end, with all its tasks.</summary>
/// <param name="FrameworkId">The owning framework.</param>
/// <param name="ExecutorId">The executor.</param>
/// <param name="AgentId">Where.</param>
/// <param name="Command">The number of the shutdown command among the agent's commands.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record ExecutorShutdownRequested(
    FrameworkId FrameworkId, ExecutorId ExecutorId, AgentId AgentId, long Command, DateTimeOffset At) : IExecutorFact;

/// <summary>An executor has ended and holds nothing any more.</summary>
/// <param name="FrameworkId">The owning framework.</param>
/// <param name="ExecutorId">The executor.</param>
/// <param name="AgentId">Where.</param>
/// <param name="Run">The launch command that began it.</param>
/// <param name="Status">As wait(2) gives it: exit code times 256, or the signal; null when nobody knows.</param>
/// <param name="Message">How, for people.</param>
/// <param name="Command">The number, among the agent's commands, of the one that lets the agent forget it; null when the agent does not hold it.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record ExecutorEnded(
    FrameworkId FrameworkId, ExecutorId ExecutorId, AgentId AgentId, long Run, int? Status, string Message, long? Command, DateTimeOffset At)
    : IExecutorFact;
