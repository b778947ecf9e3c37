namespace Bourse.Contracts.Messages;

/// <summary>Get an executor ready; its first task follows.</summary>
/// <param name="Number">The command's number; names this run of the executor.</param>
/// <param name="FrameworkId">The owning framework.</param>
/// <param name="Spec">What it is.</param>
/// <param name="Framework">What the executor is told of its framework.</param>
public sealed record LaunchExecutor(long Number, FrameworkId FrameworkId, ExecutorSpec Spec, FrameworkDescription Framework) : AgentCommand(Number);

/// <summary>End an executor and all its tasks: SHUTDOWN, and KILL after its grace period. One that is not there makes it succeed at once.</summary>
/// <param name="Number">The command's number.</param>
/// <param name="FrameworkId">The owning framework.</param>
/// <param name="ExecutorId">The executor.</param>
public sealed record ShutdownExecutor(long Number, FrameworkId FrameworkId, ExecutorId ExecutorId) : AgentCommand(Number);

/// <summary>The end of an executor is recorded; stop repeating it.</summary>
/// <param name="Number">The command's number.</param>
/// <param name="FrameworkId">The owning framework.</param>
/// <param name="ExecutorId">The executor.</param>
/// <param name="Run">The launch command that began it.</param>
public sealed record ForgetExecutor(long Number, FrameworkId FrameworkId, ExecutorId ExecutorId, long Run) : AgentCommand(Number);

/// <summary>An executor an agent holds.</summary>
/// <param name="FrameworkId">The owning framework.</param>
/// <param name="ExecutorId">The executor.</param>
/// <param name="Run">The launch command that began it.</param>
public sealed record HeldExecutor(FrameworkId FrameworkId, ExecutorId ExecutorId, long Run);

/// <summary>Agent to allocator: an executor has ended; repeated until a <see cref="ForgetExecutor"/> names its run.</summary>
/// <param name="AgentId">The agent.</param>
/// <param name="Incarnation">As admitted.</param>
/// <param name="FrameworkId">The owning framework.</param>
/// <param name="ExecutorId">The executor.</param>
/// <param name="Run">The launch command that began it.</param>
/// <param name="Status">As wait(2) gives it: exit code times 256, or the signal; null when nobody knows.</param>
/// <param name="Message">How, for people.</param>
/// <param name="LastCommand">The highest command done.</param>
public sealed record ExecutorReported(
    AgentId AgentId, long Incarnation, FrameworkId FrameworkId, ExecutorId ExecutorId, long Run, int? Status, string Message, long LastCommand);

/// <summary>Allocator to agent: bytes from a framework to its executor. Best effort: neither recorded nor repeated.</summary>
/// <param name="AgentId">The agent.</param>
/// <param name="FrameworkId">The framework.</param>
/// <param name="ExecutorId">The executor.</param>
/// <param name="Data">The bytes, base64.</param>
public sealed record MessageToExecutor(AgentId AgentId, FrameworkId FrameworkId, ExecutorId ExecutorId, string Data);

/// <summary>Agent to allocator: bytes from an executor to its framework. Best effort: neither recorded nor repeated.</summary>
/// <param name="AgentId">The agent.</param>
/// <param name="FrameworkId">The framework.</param>
/// <param name="ExecutorId">The executor.</param>
/// <param name="Data">The bytes, base64.</param>
public sealed record MessageToFramework(AgentId AgentId, FrameworkId FrameworkId, ExecutorId ExecutorId, string Data);
