using Bourse.Contracts;
using Bourse.Deciding;

namespace Bourse.Allocator;

/// <summary>What the registry says about agents, in the allocator's own words.</summary>
public static class Joining
{
    /// <summary>
    /// An agent joined. Its offers end: what is behind them may have changed. Heard twice, it changes nothing.
    /// </summary>
    public static Decision Decide(AllocatorState state, AgentJoined c) =>
        state.Agents.TryGetValue(c.Description.Id, out var known) && known.Incarnation >= c.Incarnation
            ? Decision.Nothing
            : Decision.Of([.. Rescind(state, c.Description.Id, "the agent registered again", c.Now), new CapacityAdded(c.Description, c.Incarnation, c.Now)]);

    /// <summary>An agent fell silent: its offers end and its tasks are unreachable.</summary>
    public static Decision Decide(AllocatorState state, AgentSilent c)
    {
        if (!state.Agents.TryGetValue(c.AgentId, out var agent) || agent.Incarnation != c.Incarnation || agent.Silent)
            return Decision.Nothing;
        var unreachable = new TaskUpdate(
            TaskState.Unreachable, c.Now, "SOURCE_MASTER", "REASON_AGENT_REMOVED", $"Agent {agent.Description.Hostname} is unreachable");
        return Decision.Of([
            .. Rescind(state, c.AgentId, "the agent is unreachable", c.Now),
            new CapacitySuspended(c.AgentId, c.Incarnation, c.Now),
            .. from framework in state.Frameworks.Values
               from task in framework.Tasks.Values
               where task.AgentId == c.AgentId && !task.State.IsTerminal()
               select new TaskStatusChanged(framework.Id, task.Spec.Id, c.AgentId, unreachable)]);
    }

    /// <summary>A silent agent is heard again. What it holds it says in its hello.</summary>
    public static Decision Decide(AllocatorState state, AgentHeard c) =>
        state.Agents.TryGetValue(c.AgentId, out var agent) && agent.Incarnation == c.Incarnation && agent.Silent
            ? [new CapacityResumed(c.AgentId, c.Incarnation, c.Now)]
            : Decision.Nothing;

    private static IEnumerable<IFact> Rescind(AllocatorState state, AgentId agent, string reason, DateTimeOffset now) =>
        state.Offers.Values.Where(offer => offer.AgentId == agent)
            .GroupBy(offer => offer.FrameworkId)
            .Select(offers => new OffersRescinded(offers.Key, offers.Select(offer => offer.Id).ToValueList(), reason, now));
}
