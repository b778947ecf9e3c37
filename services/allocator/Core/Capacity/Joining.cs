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
        state.Agents.TryGetValue(c.Description.Id, out var known) && (known.Incarnation >= c.Incarnation || known.Standing.Gone)
            ? Decision.Nothing
            : Decision.Of([
                .. Rescind(state, c.Description.Id, "the agent registered again", c.Now),
                new CapacityAdded(c.Description, c.Incarnation, c.Now,
                    known is { Kept.IsEmpty: false } ? Pool.StillThere(c.Description.Total, known.Kept) : null)]);

    /// <summary>An agent fell silent: its offers end and its tasks are unreachable.</summary>
    public static Decision Decide(AllocatorState state, AgentSilent c) =>
        state.Agents.TryGetValue(c.AgentId, out var agent) && agent.Incarnation == c.Incarnation && agent is { Silent: false, Removed: false }
            ? Decision.Of([.. Rescind(state, c.AgentId, "the agent is unreachable", c.Now), .. Silence(state, c)])
            : Decision.Nothing;

    /// <summary>A silent agent is heard again. What it holds it says in its hello.</summary>
    public static Decision Decide(AllocatorState state, AgentHeard c) =>
        state.Agents.TryGetValue(c.AgentId, out var agent) && agent.Incarnation == c.Incarnation && agent is { Silent: true, Removed: false }
            ? [new CapacityResumed(c.AgentId, c.Incarnation, c.Now)]
            : Decision.Nothing;

    /// <summary>
    /// One commit of the registry. Of each agent the latest registration counts and whatever came last: what lay between was over
    /// before it was heard of.
    /// </summary>
    public static Decision Decide(AllocatorState state, LearnFromRegistry c)
    {
        var facts = new List<IFact>();
        foreach (var about in c.About.Where(about => about is not LearnMaintenance).GroupBy(AgentOf))
        {
            var liveness = about.Where(one => !Withholding.IsAbout(one)).ToList();
            if (liveness.Count > 0)
                facts.AddRange(Liveness(state, liveness));
            if (about.LastOrDefault(Withholding.IsAbout) is { } standing
                && (state.Agents.TryGetValue(about.Key, out var agent) || facts.Exists(fact => fact is CapacityAdded added && added.Description.Id == about.Key)))
                facts.AddRange(Withholding.Decide(state, agent, standing).Where(fact => !IsOverAlready(facts, fact)));
        }
        if (c.About.OfType<LearnMaintenance>().ToList() is { Count: > 0 } plans)
            facts.AddRange(Maintaining.Decide(state, plans, c.Now).Where(fact => !IsOverAlready(facts, fact)));
        return Decision.Of(facts);
    }

    private static IEnumerable<IFact> Liveness(AllocatorState state, List<AllocatorCommand> about)
    {
        var joined = about.OfType<AgentJoined>().LastOrDefault();
        var news = joined is null ? Decision.Nothing : Decide(state, joined);
        return news.Concat((about[^1], news.Facts.Count) switch
        {
            // Silent in the very commit that registered it: the registration has ended its offers already.
            (AgentSilent silent, > 0) => silent.Incarnation == joined!.Incarnation ? Silence(state, silent) : [],
            (AgentSilent silent, _) => Decide(state, silent),
            (AgentHeard heard, 0) => Decide(state, heard),
            _ => [],
        });
    }

    // What one commit says twice ends once.
    private static bool IsOverAlready(List<IFact> before, IFact fact) =>
        fact is OffersRescinded rescinded && before.OfType<OffersRescinded>().Any(other => other.OfferIds.Any(rescinded.OfferIds.Contains));

    private static AgentId AgentOf(AllocatorCommand command) => command switch
    {
        AgentJoined c => c.Description.Id,
        AgentSilent c => c.AgentId,
        AgentHeard c => c.AgentId,
        AgentWithheld c => c.AgentId,
        AgentReleased c => c.AgentId,
        AgentOut c => c.AgentId,
        _ => throw new System.Diagnostics.UnreachableException($"the registry does not say {command}"),
    };

    private static IEnumerable<IFact> Silence(AllocatorState state, AgentSilent c)
    {
        yield return new CapacitySuspended(c.AgentId, c.Incarnation, c.Now);
        var unreachable = new TaskUpdate(TaskState.Unreachable, c.Now, "SOURCE_MASTER", "REASON_AGENT_REMOVED", "The agent is unreachable");
        foreach (var framework in state.Frameworks.Values)
            foreach (var task in framework.Tasks.Values)
                if (task.AgentId == c.AgentId && !task.State.IsTerminal() && task.State != TaskState.Unreachable)
                    yield return new TaskStatusChanged(framework.Id, task.Spec.Id, c.AgentId, unreachable);
        foreach (var fact in OperationFacts.Lost(state, c.AgentId, OperationState.Unreachable, "The agent is unreachable", c.Now))
            yield return fact;
    }

    internal static IEnumerable<IFact> Rescind(AllocatorState state, AgentId agent, string reason, DateTimeOffset now) =>
        state.Offers.Values.Where(offer => offer.AgentId == agent)
            .GroupBy(offer => offer.FrameworkId)
            .Select(offers => new OffersRescinded(offers.Key, offers.Select(offer => offer.Id).ToValueList(), reason, now));
}
