using Bourse.Contracts;

namespace Bourse.Agent;

/// <summary>The life of a task's process. A task begins once and ends once, whatever is seen and how often.</summary>
internal static class Running
{
    public static Reaction Decide(AgentState state, SeeStarted i)
    {
        var reaction = new Reaction();
        switch (state.Find(i.Run))
        {
            case { Phase: Phase.Starting or Phase.AwaitingSecrets } task:
                task = Started(reaction, state, task with { Supervisor = i.Supervisor, Container = i.Container }, i);
                return task.Kill is { } asked
                    ? Killing.Term(reaction, state, task, asked.Grace, i.Now)
                    : reaction.With(new TaskKept(task));

            // Seen again after a restart: TERM may not have been sent before it. The deadline stands.
            case { Phase: Phase.Running, Kill: { } kill } task:
                return Killing.Term(reaction, state, task with { Supervisor = i.Supervisor }, kill.Grace, i.Now);

            // A start that was repeated after a crash: the first supervisor has the run, and the second was looked at.
            case { Phase: Phase.Running } task when task.Supervisor != i.Supervisor:
                return reaction.With(new TaskKept(task with { Supervisor = i.Supervisor }));

            default:
                return reaction;
        }
    }

    public static Reaction Decide(AgentState state, SeeStartFailed i) =>
        state.Find(i.Run) is { Phase: not Phase.Ended } task
            ? End(new(), state, task, i, TaskState.Failed, Sources.Agent, i.Why,
                task.Kill is null ? "REASON_CONTAINER_LAUNCH_FAILED" : "REASON_TASK_KILLED_DURING_LAUNCH")
            : new();

    public static Reaction Decide(AgentState state, SeeExited i)
    {
        var reaction = new Reaction();
        if (state.Find(i.Run) is not { Phase: not Phase.Ended } task)
            return reaction;

        // A short command can end before its start was looked at.
        if (task.Phase != Phase.Running)
            task = Started(reaction, state, task, i);
        if (i.Container?.NeverRan is { } why)
            return End(reaction, state, task, i, TaskState.Failed, Sources.Agent, why, "REASON_CONTAINER_LAUNCH_FAILED");
        // A command that got over the loss of one of its processes has done its work.
        if (i is { Container.Limitation: { } limit, Status.Code: not 0 })
            return End(reaction, state, task, i, TaskState.Failed, Sources.Agent, limit.Message, limit.Reason, limitation: limit.Beyond);
        return End(reaction, state, task, i,
            i.Status.Code == 0 ? TaskState.Finished : TaskState.Failed, Sources.Executor, $"Command {i.Status}", exitCode: i.Status.Code);
    }

    public static Reaction Decide(AgentState state, SeeVanished i)
    {
        var reaction = new Reaction();
        if (state.Find(i.Run) is not { Phase: not Phase.Ended } task)
            return reaction;

        // Nobody looks after what it left behind.
        if (task.Supervisor is { } supervisor && !i.MachineStopped)
            reaction.Then(new SignalRun(supervisor, Kill: true));
        return End(reaction, state, task, i, TaskState.Failed, Sources.Agent,
            i.MachineStopped ? "The machine stopped, and the task with it" : "The supervisor of the task ended without an exit status; how the command ended is unknown",
            "REASON_EXECUTOR_TERMINATED");
    }

    public static Reaction Decide(AgentState state, SeeLimitExceeded i)
    {
        if (state.Find(i.Run) is not { Phase: Phase.Running, Limitation: null, Kill: null } task)
            return new();
        // Without a grace period, as in Mesos: what it has too much of it would only use on.
        return Killing.ForLimit(new(), state, task with { Limitation = i.Limitation }, i.Now);
    }

    /// <summary>
    /// The one end of a task. Whatever ends it after it was asked to end, it is KILLED; whatever ends it after it went beyond a limit
    /// and was not asked, it is FAILED for that.
    /// </summary>
    public static Reaction End(
        Reaction reaction, AgentState state, AgentTask task, Input i,
        TaskState end, string source, string message, string? reason = null, int? exitCode = null, Resource? limitation = null)
    {
        if (task is { Limitation: { } limit })
        {
            (end, source, reason, message, exitCode, limitation) = (TaskState.Failed, Sources.Agent, limit.Reason, limit.Message, null, limit.Beyond);
            task = task with { Kill = null };
        }
        var byItself = task.Kill is null;
        var update = new TaskUpdate(
            task.Overran ? TaskState.Failed : byItself ? end : TaskState.Killed, i.Now, source,
            task.Overran ? "REASON_MAX_COMPLETION_TIME_REACHED" : reason, message,
            Reporting.NewUuid(i, task), byItself ? exitCode : null, Container: task.Container, Limitation: byItself ? limitation : null);
        // Closed first: whoever hears of the end finds its secret files gone.
        reaction.Then(new CloseRun(task));
        reaction.With(new TaskKept(Reporting.Add(reaction, state, task with { Phase = Phase.Ended, Question = null }, update, i.Now)));
        Grouping.Follow(reaction, state, task, update.State, i.Now);
        return reaction;
    }

    private static AgentTask Started(Reaction reaction, AgentState state, AgentTask task, Input i)
    {
        var update = new TaskUpdate(TaskState.Running, i.Now, Sources.Executor, Uuid: Reporting.NewUuid(i, task), Container: task.Container);
        return Reporting.Add(reaction, state, Checking.Begin(task with { Phase = Phase.Running, Question = null }, i.Now), update, i.Now);
    }
}
