using Bourse.Contracts;
using Bourse.Deciding;

namespace Bourse.Registry;

/// <summary>Finds the agents that have fallen silent.</summary>
public static class Sweeping
{
    /// <summary>What follows from a look at the clock.</summary>
    public static Decision Decide(RegistryState state, Sweep c) => Decision.Of(
        c.Heard.Where(heard => c.Now - heard.At >= c.Timeout)
            .OrderBy(heard => heard.AgentId)
            // Between the look at the clock and this decision the agent may have registered again: that was heard too.
            .Where(heard => state.Agents.GetValueOrDefault(heard.AgentId) is { Silence: null } a && a.Incarnation == heard.Incarnation)
            .DistinctBy(heard => heard.AgentId)
            .Select(heard => (IFact)new AgentUnreachable(heard.AgentId, heard.Incarnation, heard.At, c.Now))
            .ToArray());
}
