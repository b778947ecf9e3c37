using Bourse.Contracts;
using Bourse.Contracts.Messages;

namespace Bourse.Agent;

/// <summary>Takes a task in: its secrets first, then its process.</summary>
internal static class Launching
{
    public static Reaction Decide(Reaction reaction, AgentState state, LaunchTask c, Do i)
    {
        var key = new TaskKey(c.FrameworkId, c.TaskId);

        // The allocator never reuses the id of a living task; should it, one process must not become two.
        if (state.Find(key) is { Phase: not Phase.Ended })
            return reaction;

        // What is unacknowledged of an ended one is dropped with it: updates are told apart by task, and those are of another.
        if (state.Find(key) is { } over)
            reaction.With(new TaskDropped(over));

        // The new task gets a new sandbox under the same name, which nobody may collect on account of the old one.
        if (state.LeftBy(key) is { } left)
            reaction.With(new SandboxGone(left));

        var task = new AgentTask(
            c.FrameworkId, c.Spec, c.Principal, c.User, Run: c.Number, i.Correlation, Phase.Starting, TaskState.Staging);
        return c.Spec.Executor is { } executor ? Handing.Decide(reaction, state, task, executor, i) : Begin(reaction, state, task, i);
    }

    /// <summary>Begins, or begins again after a restart: sealed values are never kept.</summary>
    public static Reaction Begin(Reaction reaction, AgentState state, AgentTask task, Input i) =>
        task.Spec.Secrets().Any()
            ? Asking.Ask(reaction, state, task with { Phase = Phase.AwaitingSecrets }, i)
            : reaction.With(new TaskKept(task with { Phase = Phase.Starting })).Then(new StartProcess(task with { Phase = Phase.Starting }, []));
}
