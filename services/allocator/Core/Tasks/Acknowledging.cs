using Bourse.Contracts;
using Bourse.Deciding;

namespace Bourse.Allocator;

/// <summary>ACKNOWLEDGE: the framework has an update for good; the agent may forget it and the next one is sent.</summary>
public static class Acknowledging
{
    /// <summary>Acknowledging what is not the oldest open update of the task changes nothing.</summary>
    public static Decision Decide(AllocatorState state, Acknowledge c) =>
        state.Living(c.FrameworkId) is { } framework
        && framework.Tasks.TryGetValue(c.TaskId, out var task)
        && task.AgentId == c.AgentId
        && task.Unacknowledged.Count > 0
        && task.Unacknowledged[0].Uuid == c.Uuid
            ? [new TaskStatusAcknowledged(framework.Id, c.TaskId, c.AgentId, c.Uuid, new CommandNumbers(state).Next(c.AgentId), c.Now)]
            : Decision.Nothing;
}
