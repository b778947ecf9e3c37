using System.Diagnostics;
using Bourse.Contracts;
using Bourse.Deciding;

namespace Bourse.Registry;

/// <summary>In use, out of use, draining, drained, gone: what operators decide about an agent.</summary>
public static class StandingDecider
{
    /// <summary>What follows from an operator's wish, or from the end of a drain.</summary>
    public static Decision Decide(RegistryState state, RegistryCommand command) => command switch
    {
        Deactivate c => Known(state, c.AgentId) switch
        {
            { } agent when agent.Standing.Deactivated => [],
            { } agent => [new AgentDeactivated(c.AgentId, agent.Incarnation, c.Now)],
            null => Unknown(c.AgentId),
        },
        Reactivate c => Known(state, c.AgentId) switch
        {
            { Standing.IsDraining: true } => new Refusal(RefusalCode.Malformed, $"Agent {c.AgentId} is still in the DRAINING state"),
            { Standing.Deactivated: false } => new Refusal(RefusalCode.Malformed, $"Agent {c.AgentId} is not deactivated"),
            { } agent => [new AgentReactivated(c.AgentId, agent.Incarnation, c.Now)],
            null => Unknown(c.AgentId),
        },
        StartDrain c => Drain(state, c),
        FinishDrain c => state.Agents.GetValueOrDefault(c.AgentId) is { Standing.IsDraining: true } agent
            ? agent.Standing.Drain!.MarkGone
                ? [new AgentDrained(c.AgentId, agent.Incarnation, c.Now), new AgentMarkedGone(c.AgentId, agent.Incarnation, c.Now)]
                : [new AgentDrained(c.AgentId, agent.Incarnation, c.Now)]
            : [],
        MarkGone c => state.Agents.GetValueOrDefault(c.AgentId) switch
        {
            { Standing.Gone: true } => [],
            { } agent => [new AgentMarkedGone(c.AgentId, agent.Incarnation, c.Now)],
            null => Unknown(c.AgentId),
        },
        _ => throw new UnreachableException($"no decision for {command}"),
    };

    /// <summary>The standing after a fact.</summary>
    public static AgentStanding Evolve(AgentStanding standing, IAgentFact fact) => fact switch
    {
        AgentDeactivated => standing with { Deactivated = true },
        AgentReactivated => AgentStanding.Usual,
        AgentDrainStarted f => new(Deactivated: true, new(f.MaxGrace, f.MarkGone, f.At)),
        AgentDrained => standing with { Drain = standing.Drain! with { Drained = true } },
        AgentMarkedGone => standing with { Gone = true },
        _ => standing,
    };

    /// <summary>The facts that tell a newcomer of an agent's standing.</summary>
    public static IEnumerable<IFact> Picture(AgentId id, Agent agent)
    {
        var standing = agent.Standing;
        if (standing.Drain is { } drain)
        {
            yield return new AgentDrainStarted(id, agent.Incarnation, drain.MaxGrace, drain.MarkGone, drain.Since);
            if (drain.Drained)
                yield return new AgentDrained(id, agent.Incarnation, drain.Since);
        }
        else if (standing.Deactivated)
        {
            yield return new AgentDeactivated(id, agent.Incarnation, agent.Since);
        }
        if (standing.Gone)
            yield return new AgentMarkedGone(id, agent.Incarnation, agent.Since);
    }

    private static Decision Drain(RegistryState state, StartDrain c) => Known(state, c.AgentId) switch
    {
        null => Unknown(c.AgentId),
        _ when c.MaxGrace < TimeSpan.Zero => new Refusal(RefusalCode.Malformed, "'max_grace_period' must not be negative"),
        { Standing.Drain: { } drain } when drain.MaxGrace == c.MaxGrace && drain.MarkGone == c.MarkGone => [],
        { Standing.IsDraining: true } => new Refusal(RefusalCode.Malformed, $"Agent {c.AgentId} is already in the DRAINING state"),
        { } agent when state.Maintenance.WindowOf(agent.Description) is not null =>
            new Refusal(RefusalCode.Malformed, $"Agent {c.AgentId} is part of the maintenance schedule"),
        { } agent => [new AgentDrainStarted(c.AgentId, agent.Incarnation, c.MaxGrace, c.MarkGone, c.Now)],
    };

    private static Agent? Known(RegistryState state, AgentId id) => state.Agents.GetValueOrDefault(id) is { Standing.Gone: false } agent ? agent : null;

    private static Refusal Unknown(AgentId id) => new(RefusalCode.UnknownAgent, $"Agent {id} is not known");
}
