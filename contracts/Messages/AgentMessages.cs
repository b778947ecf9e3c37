using System.Text.Json.Serialization;

namespace Bourse.Contracts.Messages;

/// <summary>Something an agent must do; numbered densely per agent by the allocator.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "do")]
[JsonDerivedType(typeof(LaunchTask), "launch-task")]
[JsonDerivedType(typeof(KillTask), "kill-task")]
[JsonDerivedType(typeof(ForgetUpdate), "forget-update")]
[JsonDerivedType(typeof(KeepResources), "keep-resources")]
[JsonDerivedType(typeof(LaunchExecutor), "launch-executor")]
[JsonDerivedType(typeof(ShutdownExecutor), "shutdown-executor")]
[JsonDerivedType(typeof(ForgetExecutor), "forget-executor")]
public abstract record AgentCommand(long Number)
{
    /// <summary>What it follows from; null when the message that brings it knows.</summary>
    public string? Correlation { get; init; }
}

/// <summary>Run a task.</summary>
/// <param name="Number">The command's number.</param>
/// <param name="FrameworkId">The owning framework.</param>
/// <param name="TaskId">The task.</param>
/// <param name="Spec">What to run.</param>
/// <param name="Principal">On whose behalf secrets are resolved.</param>
/// <param name="User">The framework's user, when the task names none.</param>
public sealed record LaunchTask(long Number, FrameworkId FrameworkId, TaskId TaskId, TaskSpec Spec, string Principal, string User)
    : AgentCommand(Number);

/// <summary>End a task: TERM, and KILL after the grace period. Unknown and ended tasks make it succeed at once.</summary>
/// <param name="Number">The command's number.</param>
/// <param name="FrameworkId">The owning framework.</param>
/// <param name="TaskId">The task.</param>
/// <param name="Grace">Null: the task's own grace period.</param>
/// <param name="Announce">Report KILLING when the grace period begins.</param>
public sealed record KillTask(long Number, FrameworkId FrameworkId, TaskId TaskId, TimeSpan? Grace, bool Announce = false) : AgentCommand(Number);

/// <summary>The framework has acknowledged an update; stop repeating it.</summary>
/// <param name="Number">The command's number.</param>
/// <param name="FrameworkId">The owning framework.</param>
/// <param name="TaskId">The task.</param>
/// <param name="Uuid">The update.</param>
public sealed record ForgetUpdate(long Number, FrameworkId FrameworkId, TaskId TaskId, string Uuid) : AgentCommand(Number);

/// <summary>
/// Allocator to agent. The agent does those whose number is the next one, drops those it has done, and on a gap says hello again.
/// </summary>
/// <param name="AgentId">The agent.</param>
/// <param name="Confirmed">
/// Commands up to this number need never be done any more: an agent that lost its checkpoint starts from here. 0 when the message
/// does not say.
/// </param>
/// <param name="Commands">Ascending by number, without holes.</param>
public sealed record AgentCommands(AgentId AgentId, long Confirmed, ValueList<AgentCommand> Commands);

/// <summary>Registry to agent: the answer to <see cref="RegisterAgent"/>.</summary>
/// <param name="AgentId">The agent.</param>
/// <param name="Boot">The run of its process that registered.</param>
/// <param name="Incarnation">Its incarnation from now on.</param>
public sealed record AgentAdmitted(AgentId AgentId, string Boot, long Incarnation);

/// <summary>Registry to agent: it beats under an incarnation that is not its current one; it must register again.</summary>
/// <param name="AgentId">The agent.</param>
public sealed record AgentMustRegister(AgentId AgentId);

/// <summary>Secrets to agent: the answer to <see cref="ResolveSecrets"/>.</summary>
/// <param name="AgentId">The agent.</param>
/// <param name="Request">Copied from the question.</param>
/// <param name="Values">One sealed value per secret asked for; empty when refused.</param>
/// <param name="Denied">Why it was refused, naming the secret; null when it was not.</param>
/// <param name="TryLater">The secrets service has not heard of the task yet; ask again.</param>
public sealed record SecretsAnswered(
    AgentId AgentId, string Request, ValueList<SealedSecret> Values, string? Denied = null, bool TryLater = false);

/// <summary>A secret's value that only the holder of the agent's private key can read.</summary>
/// <param name="Secret">The secret.</param>
/// <param name="Version">Its version.</param>
/// <param name="Box">Base64: see <c>Sealing</c> in libs/Bus.</param>
public sealed record SealedSecret(string Secret, long Version, string Box);

/// <summary>Agent to registry, after start and whenever told to.</summary>
/// <param name="Description">The agent.</param>
/// <param name="Boot">A fresh id of this run of its process.</param>
public sealed record RegisterAgent(AgentDescription Description, string Boot);

/// <summary>Agent to registry, every few seconds. Not recorded.</summary>
/// <param name="AgentId">The agent.</param>
/// <param name="Incarnation">As admitted.</param>
public sealed record AgentHeartbeat(AgentId AgentId, long Incarnation);

/// <summary>Agent to allocator: after it was admitted, after any reconnect, on a gap in its commands, and every so often when idle.</summary>
/// <param name="AgentId">The agent.</param>
/// <param name="Incarnation">As admitted.</param>
/// <param name="LastCommand">The highest command done.</param>
/// <param name="Tasks">Every task it holds, so that the allocator can tell what is missing; null when unchanged since the last hello of this incarnation.</param>
/// <param name="Executors">Every executor it holds; given whenever the tasks are.</param>
public sealed record AgentHello(
    AgentId AgentId, long Incarnation, long LastCommand, ValueList<HeldTask>? Tasks, ValueList<HeldExecutor> Executors = default);

/// <summary>A task an agent holds.</summary>
/// <param name="FrameworkId">The owning framework.</param>
/// <param name="TaskId">The task.</param>
/// <param name="State">Its latest state there.</param>
public sealed record HeldTask(FrameworkId FrameworkId, TaskId TaskId, TaskState State);

/// <summary>Agent to allocator: one status update, repeated until a <see cref="ForgetUpdate"/> names its uuid.</summary>
/// <param name="AgentId">The agent.</param>
/// <param name="Incarnation">As admitted.</param>
/// <param name="FrameworkId">The owning framework.</param>
/// <param name="TaskId">The task.</param>
/// <param name="Update">The update; its uuid recognises a repeat.</param>
/// <param name="LastCommand">The highest command done.</param>
/// <param name="Earlier">Updates of the task before it that nobody has acknowledged, oldest first: reports may overtake each other.</param>
public sealed record TaskReported(
    AgentId AgentId, long Incarnation, FrameworkId FrameworkId, TaskId TaskId, TaskUpdate Update, long LastCommand, ValueList<TaskUpdate> Earlier = default);

/// <summary>Agent to secrets: the values a task needs.</summary>
/// <param name="AgentId">The agent.</param>
/// <param name="Request">An id to match the answer by.</param>
/// <param name="FrameworkId">The owning framework.</param>
/// <param name="TaskId">The task.</param>
/// <param name="Secrets">Names.</param>
public sealed record ResolveSecrets(AgentId AgentId, string Request, FrameworkId FrameworkId, TaskId TaskId, ValueList<string> Secrets);
