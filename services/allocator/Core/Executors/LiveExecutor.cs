using Bourse.Contracts;
using Bourse.Contracts.Messages;

namespace Bourse.Allocator;

/// <summary>An executor, from the launch of its first task until its end is known.</summary>
public sealed class LiveExecutor
{
    /// <summary>The owning framework.</summary>
    public required FrameworkId FrameworkId { get; init; }

    /// <summary>What it is.</summary>
    public required ExecutorSpec Spec { get; init; }

    /// <summary>The role that pays.</summary>
    public required string Role { get; init; }

    /// <summary>The number of its launch command.</summary>
    public required long LaunchCommand { get; init; }

    /// <summary>Asked to end.</summary>
    public bool ShutdownRequested { get; set; }
}

/// <summary>SHUTDOWN: an executor is asked to end.</summary>
public sealed record Shutdown(FrameworkId FrameworkId, ExecutorId ExecutorId, AgentId AgentId, DateTimeOffset Now) : AllocatorCommand(Now);

/// <summary>An agent reports the end of an executor.</summary>
public sealed record ReportExecutor(ExecutorReported Reported, DateTimeOffset Now) : AllocatorCommand(Now);
