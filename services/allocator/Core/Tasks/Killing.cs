using Bourse.Contracts;
using Bourse.Deciding;

namespace Bourse.Allocator;

/// <summary>KILL: a task is asked to end.</summary>
public static class Killing
{
    /// <summary>Asks once; a repeat with another grace period asks again, because it may shorten the wait.</summary>
    public static Decision Decide(AllocatorState state, Kill c)
    {
        if (state.Living(c.FrameworkId) is not { } framework || framework.Find(c.TaskId) is not { } task)
            return new Refusal(RefusalCode.UnknownTask, $"task {c.TaskId} is not known");
        if (task.State.IsTerminal() || (task.KillRequested && c.Grace is null))
            return Decision.Nothing;
        return [new TaskKillRequested(framework.Id, c.TaskId, task.AgentId, c.Grace, new CommandNumbers(state).Next(task.AgentId), c.Now,
            framework.Can("TASK_KILLING_STATE"))];
    }
}
