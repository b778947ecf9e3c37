using Bourse.Contracts;

namespace Bourse.Agent.Host.Executors;

/// <summary>What an executor finds in its environment: how to reach its agent, and who it is.</summary>
internal sealed class ExecutorEnvironment(AgentDescription agent, AgentLimits limits, ExecutorTokens tokens)
{
    // How long an executor waits for its agent to come back, and how it spreads its attempts: the numbers of Mesos.
    private const string RecoveryTimeout = "15mins", SubscriptionBackoffMax = "2secs";

    /// <summary>An executor's process as a task whose command has the environment of an executor.</summary>
    public AgentTask Task(AgentExecutor executor)
    {
        var task = executor.AsTask();
        var own = task.Spec.Command.Environment;
        // What the framework sets wins.
        var given = Variables(executor).Where(variable => own.All(mine => mine.Name != variable.Name));
        return task with { Spec = task.Spec with { Command = task.Spec.Command with { Environment = [.. given, .. own] } } };
    }

    private IEnumerable<Variable> Variables(AgentExecutor executor)
    {
        var endpoint = $"{agent.Address}:{agent.Port}";
        yield return new("MESOS_AGENT_ENDPOINT", endpoint);
        yield return new("MESOS_SLAVE_PID", $"slave(1)@{endpoint}");
        // Always done: tasks outlive restarts of the agent, whether or not their framework asked for it.
        yield return new("MESOS_CHECKPOINT", "1");
        yield return new("MESOS_RECOVERY_TIMEOUT", RecoveryTimeout);
        yield return new("MESOS_SUBSCRIPTION_BACKOFF_MAX", SubscriptionBackoffMax);
        yield return new("MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD", Text(executor.Spec.ShutdownGrace ?? limits.ExecutorShutdown));
        yield return new("MESOS_EXECUTOR_AUTHENTICATION_TOKEN", tokens.Make(executor));
        yield return new("MESOS_HTTP_COMMAND_EXECUTOR", "0");
        yield return new("LIBPROCESS_PORT", "0");
    }

    private static string Text(TimeSpan time) =>
        time.Ticks % TimeSpan.TicksPerSecond == 0 ? $"{(long)time.TotalSeconds}secs" : $"{time.Ticks * TimeSpan.NanosecondsPerTick}ns";
}
