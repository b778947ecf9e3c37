using Bourse.Contracts;
using Bourse.Contracts.Messages;

namespace Bourse.Agent;

/// <summary>Tasks of executors: queued until the executor is there, handed over in the order of their launch, ended by it.</summary>
internal static class Handing
{
    /// <summary>A task came in that names an executor.</summary>
    public static Reaction Decide(Reaction reaction, AgentState state, AgentTask task, ExecutorId id, Do i)
    {
        if (state.Find(new ExecutorKey(task.FrameworkId, id)) is not { Phase: not ExecutorPhase.Ended, Shutdown: null, Reason: null } executor)
            return Running.End(reaction, state, task, i, TaskState.Dropped, Sources.Agent, "The executor is terminating or gone", "REASON_EXECUTOR_TERMINATED");

        if (!executor.Served)
            reaction.With(new ExecutorKept(executor = executor with { Served = true }));
        if (executor.IsDefault)
            return Launching.Begin(reaction, state, task, i);

        task = task with { Phase = Phase.Queued, SharesSandbox = true };
        reaction.With(new TaskKept(task));
        if (executor.Connection is not null)
            Give(reaction, state, executor, Queued(state, executor).Append(task));
        return reaction;
    }

    /// <summary>Tasks that wait for their executor, in the order of their launch.</summary>
    public static IEnumerable<AgentTask> Queued(AgentState state, AgentExecutor executor) =>
        state.TasksOf(executor.Key).Where(task => task.Phase == Phase.Queued).OrderBy(task => task.Run);

    /// <summary>Hands over what waits: single tasks at once, groups when they are complete.</summary>
    public static void Give(Reaction reaction, AgentState state, AgentExecutor executor, IEnumerable<AgentTask> queued)
    {
        foreach (var together in queued.GroupBy(task => task.Spec.Group?.Id ?? $"{task.Run}").ToList())
        {
            var tasks = together.Select(task => task with { Phase = Phase.WithExecutor }).ToValueList();
            var group = tasks[0].Spec.Group;
            if (group is not null && tasks.Count < group.Size)
                continue;
            foreach (var task in tasks)
                reaction.With(new TaskKept(task));
            // Before the executor can begin with it.
            Sizing.Follow(reaction, state, executor);
            reaction.Then(new TellExecutor(executor.Connection!.Value,
                group is null ? new ExecutorEvent.Launch(executor, tasks[0]) : new ExecutorEvent.LaunchGroup(executor, tasks)));
        }
    }

    /// <summary>A task that only waits is over at once, its whole group with it; one that was handed over is its executor's business.</summary>
    public static Reaction Kill(Reaction reaction, AgentState state, AgentTask task, KillTask c, Input i)
    {
        var executor = state.Find(task.ExecutorKey!.Value);
        if (task.Phase == Phase.WithExecutor)
        {
            if (executor?.Connection is { } connection)
                reaction.Then(new TellExecutor(connection, new ExecutorEvent.Kill(task.Spec.Id, c.Grace)));
            // Kept, so that an executor that is away hears of it when it is back.
            return reaction.With(new TaskKept(task with { Kill = new(c.Grace ?? task.Spec.KillGrace, Deadline: null) }));
        }

        var ended = state.TasksOf(task.ExecutorKey.Value)
            .Where(other => other.Key == task.Key || (task.Spec.Group is { } group && other.Spec.Group?.Id == group.Id && other.Phase == Phase.Queued))
            .ToList();
        foreach (var each in ended)
            Running.End(reaction, state, each, i, TaskState.Killed, Sources.Agent,
                "The task was killed before its executor had it", "REASON_TASK_KILLED_DURING_LAUNCH");

        // An executor that never had a task, and gets none now, would wait for ever.
        var others = state.TasksOf(task.ExecutorKey.Value).Where(other => ended.TrueForAll(each => each.Key != other.Key));
        if (executor is not null && others.All(other => other.Phase == Phase.Ended && other.Updates.Count == 0) && !executor.Subscribed)
            Expiring.ShutDown(reaction, state, executor, i.Now);
        return reaction;
    }
}
