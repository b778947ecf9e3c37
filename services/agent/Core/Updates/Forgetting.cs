using Bourse.Contracts;
using Bourse.Contracts.Messages;

namespace Bourse.Agent;

/// <summary>An update was acknowledged. With the last one of an ended task the task itself is forgotten; its sandbox stays.</summary>
internal static class Forgetting
{
    public static Reaction Decide(Reaction reaction, AgentState state, ForgetUpdate c, Do i)
    {
        if (state.Find(new TaskKey(c.FrameworkId, c.TaskId)) is not { } task || !task.Updates.Any(update => update.Uuid == c.Uuid))
            return reaction;

        task = Reporting.FromTheStart(
            task with { Updates = task.Updates.Where(update => update.Uuid != c.Uuid).ToValueList() }, state.Limits, i.Now);
        if (task.Phase != Phase.Ended || task.Updates.Count > 0)
            return reaction.With(new TaskKept(task));
        reaction.With(new TaskDropped(task));
        // Whoever runs under an executor of its own framework lives in that one's sandbox.
        return task.SharesSandbox
            ? reaction
            : reaction.With(new SandboxLeft(new(task.FrameworkId, task.Spec.Id, task.Run, task.Principal, i.Now, task.Spec.Executor)));
    }
}
