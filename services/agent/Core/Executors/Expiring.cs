using Bourse.Contracts;
using Bourse.Contracts.Messages;

namespace Bourse.Agent;

/// <summary>How an executor ends: on request, by itself, or because it does not subscribe. Its tasks end with it.</summary>
internal static class Expiring
{
    public static Reaction Decide(Reaction reaction, AgentState state, ShutdownExecutor c, Do i) =>
        state.Find(new ExecutorKey(c.FrameworkId, c.ExecutorId)) is { Phase: not ExecutorPhase.Ended, Shutdown: null } executor
            ? ShutDown(reaction, state, executor, i.Now)
            : reaction;

    public static Reaction Decide(Reaction reaction, AgentState state, ForgetExecutor c, Do i)
    {
        if (state.Find(new ExecutorKey(c.FrameworkId, c.ExecutorId)) is not { Phase: ExecutorPhase.Ended } executor || executor.Run != c.Run)
            return reaction;
        return reaction
            .With(new ExecutorDropped(executor))
            .With(new SandboxLeft(new(executor.FrameworkId, executor.Key.SandboxKey.TaskId, executor.Run, executor.Framework.Principal, i.Now)));
    }

    /// <summary>Asks it to end. The agent's own executor does so by ending its tasks.</summary>
    public static Reaction ShutDown(Reaction reaction, AgentState state, AgentExecutor executor, DateTimeOffset now)
    {
        var grace = executor.Spec.ShutdownGrace ?? state.Limits.ExecutorShutdown;
        executor = executor with { Shutdown = new(grace, now + grace) };
        if (executor.IsDefault)
        {
            foreach (var task in state.TasksOf(executor.Key).Where(task => task.Phase != Phase.Ended).ToList())
                Grouping.Kill(reaction, state, task, task.Spec.KillGrace, now);
        }
        else if (executor.Connection is { } connection)
        {
            reaction.Then(new TellExecutor(connection, new ExecutorEvent.Shutdown()));
        }
        return reaction.With(new ExecutorKept(executor));
    }

    public static Reaction Exited(AgentState state, AgentExecutor executor, SeeExited i) =>
        i.Container switch
        {
            { NeverRan: { } why } => End(state, executor, new(null, why), "REASON_CONTAINER_LAUNCH_FAILED", i),
            { Limitation: { } limit } when i.Status.Code != 0 => End(state, executor, new(Status(i), limit.Message), limit.Reason, i, limit.Beyond),
            _ => End(state, executor, new(Status(i), $"Executor {i.Status}"), null, i),
        };

    private static int? Status(SeeExited i) => i.Status.Signal ?? i.Status.Code << 8;

    public static Reaction Vanished(AgentState state, AgentExecutor executor, SeeVanished i)
    {
        var reaction = End(state, executor, new(null, i.MachineStopped ? "The machine stopped, and the executor with it" : "The supervisor of the executor ended without an exit status"), null, i);
        return executor is { Supervisor: { } supervisor, Phase: not ExecutorPhase.Ended } && !i.MachineStopped ? reaction.Then(new SignalRun(supervisor, Kill: true)) : reaction;
    }

    public static Reaction NotStarted(AgentState state, AgentExecutor executor, SeeStartFailed i) =>
        End(state, executor, new(null, i.Why), "REASON_CONTAINER_LAUNCH_FAILED", i);

    /// <summary>The one end of an executor. Whatever of its tasks has not ended ends now.</summary>
    public static Reaction End(AgentState state, AgentExecutor executor, ExecutorEnd end, string? reason, Input i, Resource? limitation = null)
    {
        var reaction = new Reaction();
        if (executor.Phase == ExecutorPhase.Ended)
            return reaction;
        reason = executor.Reason ?? reason;
        foreach (var task in state.TasksOf(executor.Key).Where(task => task.Phase is Phase.Queued or Phase.WithExecutor).OrderBy(task => task.Run).ToList())
            // Not KILLED, even when it was asked to end: its executor never said that it did.
            Running.End(reaction, state, task with { Kill = null }, i,
                reason == "REASON_EXECUTOR_REREGISTRATION_TIMEOUT" ? TaskState.Gone : TaskState.Failed,
                Sources.Agent, end.Message, reason ?? "REASON_EXECUTOR_TERMINATED", limitation: limitation);
        if (executor.Connection is { } connection)
            reaction.Then(new CutExecutor(connection));
        executor = executor with { Phase = ExecutorPhase.Ended, End = end, Connection = null, SubscribeBy = null, Question = null };
        reaction.Then(new CloseExecutor(executor));
        return Report(reaction, state, executor, i.Now);
    }

    /// <summary>What falls due with time.</summary>
    public static void WhenDue(Reaction reaction, AgentState state, AgentExecutor executor, Tick i)
    {
        switch (executor)
        {
            case { Phase: ExecutorPhase.Ended }:
                if (state.Admitted && executor.Repeat?.At <= i.Now)
                    Report(reaction, state, executor, i.Now);
                break;

            case { Question: not null }:
                Entrusting.WhenDue(reaction, state, executor, i);
                break;

            // Its last task has ended; there is no process that could go on without one.
            case { IsDefault: true }:
                if (executor.Served && state.TasksOf(executor.Key).All(task => task.Phase == Phase.Ended))
                    reaction.Add(End(state, executor, new(0, "All tasks of the executor have ended"), null, i));
                else if (executor is { Served: false, Shutdown: not null })
                    reaction.Add(End(state, executor, new(0, "The executor was shut down"), null, i));
                break;

            case { SubscribeBy: { } by } when by <= i.Now:
                executor = executor with
                {
                    SubscribeBy = null,
                    Reason = executor.Subscribed ? "REASON_EXECUTOR_REREGISTRATION_TIMEOUT" : "REASON_EXECUTOR_REGISTRATION_TIMEOUT",
                    Shutdown = new(TimeSpan.Zero, i.Now),
                };
                KillNow(reaction, state, executor, i.Now);
                break;

            case { Shutdown.Deadline: { } deadline } when deadline <= i.Now:
                KillNow(reaction, state, executor, i.Now);
                break;
        }
    }

    /// <summary>Tells the allocator, at once and again until it is forgotten.</summary>
    public static Reaction Report(Reaction reaction, AgentState state, AgentExecutor executor, DateTimeOffset now)
    {
        var delay = executor.Repeat is { } before ? before.Delay * 2 < state.Limits.RepeatMost ? before.Delay * 2 : state.Limits.RepeatMost : state.Limits.RepeatFirst;
        reaction.With(new ExecutorKept(executor with { Repeat = new(now + delay, delay) }));
        return state.Admitted ? Report(reaction, state, executor, state.Incarnation) : reaction;
    }

    public static Reaction Report(Reaction reaction, AgentState state, AgentExecutor executor, long incarnation) =>
        reaction.Then(new SendExecutorEnd(new(state.Id, incarnation, executor.FrameworkId, executor.Spec.Id, executor.Run,
            executor.End!.Status, executor.End.Message, state.LastCommand), executor.Correlation));

    // One without a process yet is killed as soon as it is seen.
    private static void KillNow(Reaction reaction, AgentState state, AgentExecutor executor, DateTimeOffset now)
    {
        if (executor.Supervisor is { } supervisor)
            reaction.Then(new SignalRun(supervisor, Kill: true));
        reaction.With(new ExecutorKept(executor with { Shutdown = executor.Shutdown! with { Deadline = now + state.Limits.KillEvery } }));
    }
}
