using Bourse.Contracts;

namespace Bourse.Agent;

/// <summary>Tasks of one group under the agent's own executor: when one ends other than FINISHED, the others are ended.</summary>
internal static class Grouping
{
    /// <summary>A task has ended; its group follows when it must.</summary>
    public static void Follow(Reaction reaction, AgentState state, AgentTask ended, TaskState end, DateTimeOffset now)
    {
        if (ended.Spec.Group is not { } group || end == TaskState.Finished || ended.ExecutorKey is not { } key || state.Find(key) is not { IsDefault: true })
            return;
        foreach (var task in state.TasksOf(key).Where(task => task.Key != ended.Key && task.Spec.Group?.Id == group.Id).ToList())
            if (reaction.Latest(state, task.Key) is { Phase: not Phase.Ended, Kill: null } other)
                Kill(reaction, state, other, other.Spec.KillGrace, now);
    }

    /// <summary>Asks a task to end; one whose process is not there yet ends when it would be.</summary>
    public static void Kill(Reaction reaction, AgentState state, AgentTask task, TimeSpan grace, DateTimeOffset now)
    {
        if (task is { Phase: Phase.Running, Kill: null })
            Killing.Term(reaction, state, task, grace, now);
        else if (task.Kill is null)
            reaction.With(new TaskKept(task with { Kill = new(grace, Deadline: null) }));
    }
}
