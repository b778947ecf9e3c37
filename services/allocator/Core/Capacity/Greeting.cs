using Bourse.Contracts;
using Bourse.Contracts.Messages;
using Bourse.Deciding;

namespace Bourse.Allocator;

/// <summary>An agent's hello: what it has done, and what it holds, against what should be there.</summary>
public static class Greeting
{
    /// <summary>
    /// Decides a hello. A task that the agent was told to launch and does not hold is lost; a task thought unreachable that it
    /// holds is back. The shell then sends the commands that are still open.
    /// </summary>
    public static Decision Decide(AllocatorState state, Greet c)
    {
        var hello = c.Hello;
        if (!state.Agents.TryGetValue(hello.AgentId, out var agent))
            return new Refusal(RefusalCode.FutureIncarnation, $"agent {hello.AgentId} has not joined yet");
        if (hello.Incarnation < agent.Incarnation)
            return new Refusal(RefusalCode.StaleIncarnation, $"agent {hello.AgentId} is at incarnation {agent.Incarnation}");

        var facts = Confirm(agent, hello.Incarnation, hello.LastCommand).ToList();
        facts.AddRange(OperationFacts.Done(state, hello.AgentId, Done(agent, hello.LastCommand), c.Now));
        if (hello.Tasks is { } held)
            facts.AddRange(Compare(state, hello, held.ToDictionary(task => (task.FrameworkId, task.TaskId)), c.Now));
        return Decision.Of(facts);
    }

    /// <summary>Commands the agent says it has done and that are still kept.</summary>
    internal static IEnumerable<IFact> Confirm(Agent agent, long incarnation, long lastCommand)
    {
        var done = Done(agent, lastCommand);
        if (done > agent.Confirmed)
            yield return new CommandsConfirmed(agent.Description.Id, incarnation, done);
    }

    /// <summary>
    /// The highest command done. More than was ever given out is another cluster's past speaking, and would confirm commands that
    /// this agent never saw: it counts as nothing.
    /// </summary>
    internal static long Done(Agent agent, long lastCommand) => lastCommand <= agent.LastCommand ? lastCommand : 0;

    private static IEnumerable<IFact> Compare(
        AllocatorState state, AgentHello hello, Dictionary<(FrameworkId, TaskId), HeldTask> held, DateTimeOffset now)
    {
        var confirmed = Math.Max(Done(state.Agents[hello.AgentId], hello.LastCommand), state.Agents[hello.AgentId].Confirmed);
        foreach (var missing in Executing.Missing(state.Agents[hello.AgentId], hello, confirmed, now))
            yield return missing;
        foreach (var framework in state.Frameworks.Values)
            foreach (var task in framework.Tasks.Values.Where(task => task.AgentId == hello.AgentId && !task.State.IsTerminal()))
            {
                TaskUpdate Says(TaskState is_, string reason, string message) => new(is_, now, "SOURCE_MASTER", reason, message);
                if (held.TryGetValue((framework.Id, task.Spec.Id), out var found))
                {
                    // Its end, when it has ended meanwhile, comes as the agent's own update.
                    if (task.State == TaskState.Unreachable && !found.State.IsTerminal())
                        yield return Changed(Says(found.State, "REASON_AGENT_REREGISTERED", "The agent is reachable again"));
                }
                else if (task.LaunchCommand <= confirmed)
                {
                    yield return Changed(Says(framework.Can("PARTITION_AWARE") ? TaskState.Gone : TaskState.Lost,
                        "REASON_RECONCILIATION", "The agent does not know the task"));
                }

                TaskStatusChanged Changed(TaskUpdate update) => new(framework.Id, task.Spec.Id, hello.AgentId, update);
            }
    }
}
