using Bourse.Contracts;
using Bourse.Contracts.Messages;

namespace Bourse.Agent;

/// <summary>Ends a task: TERM, and KILL after the grace period. A repeat may shorten the wait, never extend it (MESOS-8534).</summary>
internal static class Killing
{
    public static Reaction Decide(Reaction reaction, AgentState state, KillTask c, Do i)
    {
        if (state.Find(new TaskKey(c.FrameworkId, c.TaskId)) is not { Phase: not Phase.Ended } task)
            return reaction;
        var grace = c.Grace ?? task.Spec.KillGrace;
        return task switch
        {
            { Phase: Phase.Queued or Phase.WithExecutor } => Handing.Kill(reaction, state, task, c, i),

            { Phase: Phase.AwaitingSecrets } => Running.End(reaction, state, task, i,
                TaskState.Killed, Sources.Agent, "The task was killed before its process was started", "REASON_TASK_KILLED_DURING_LAUNCH"),

            // Its process may be starting at this moment; TERM follows when it is seen.
            { Phase: Phase.Starting } => reaction.With(new TaskKept(task with
            {
                Kill = new(task.Kill is { } asked && asked.Grace < grace ? asked.Grace : grace, Deadline: null),
            })).Then(new CancelStart(task.Run)),

            { Kill: null } => Term(reaction, state, c.Announce ? Announce(reaction, state, task, i) : task, grace, i.Now),

            { Kill.Deadline: var deadline } when deadline is { } d && d <= i.Now + grace => reaction,
            _ => Keep(reaction, KillIfDue(reaction, state, task with { Kill = new(grace, i.Now + grace) }, i.Now)),
        };
    }

    // Only for frameworks that know the state.
    private static AgentTask Announce(Reaction reaction, AgentState state, AgentTask task, Do i) =>
        Reporting.Add(reaction, state, task, new(TaskState.Killing, i.Now, Sources.Executor, Uuid: Reporting.NewUuid(i, task)), i.Now);

    /// <summary>Sends TERM, and starts the grace period.</summary>
    public static Reaction Term(Reaction reaction, AgentState state, AgentTask task, TimeSpan grace, DateTimeOffset now)
    {
        reaction.Then(new SignalRun(task.Supervisor!, Kill: false));
        return Keep(reaction, KillIfDue(reaction, state, task with { Kill = new(grace, task.Kill?.Deadline ?? now + grace) }, now));
    }

    /// <summary>Sends KILL at once.</summary>
    public static Reaction ForLimit(Reaction reaction, AgentState state, AgentTask task, DateTimeOffset now) =>
        Keep(reaction, KillIfDue(reaction, state, task with { Kill = new(TimeSpan.Zero, now) }, now));

    /// <summary>Sends KILL when the grace period is over, and again until the task has ended.</summary>
    public static AgentTask WhenDue(Reaction reaction, AgentState state, AgentTask task, DateTimeOffset now)
    {
        if (task is not { Phase: Phase.Running, Kill.Deadline: { } deadline } || deadline > now)
            return task;
        task = KillIfDue(reaction, state, task, now);
        // A later deadline need not survive a restart: the earlier one is over as well.
        reaction.With(new TaskNoted(task));
        return task;
    }

    private static AgentTask KillIfDue(Reaction reaction, AgentState state, AgentTask task, DateTimeOffset now)
    {
        if (task.Kill!.Deadline > now)
            return task;
        reaction.Then(new SignalRun(task.Supervisor!, Kill: true));
        return task with { Kill = task.Kill with { Deadline = now + state.Limits.KillEvery } };
    }

    private static Reaction Keep(Reaction reaction, AgentTask task) => reaction.With(new TaskKept(task));
}
