using Bourse.Contracts;
using Bourse.Deciding;

namespace Bourse.Registry;

/// <summary>Finds the agents that have fallen silent.</summary>
public static class Sweeping
{
    /// <summary>What follows from a look at the clock. Beyond the limits nobody is given up, the longest silent first.</summary>
    public static Decision Decide(RegistryState state, Sweep c) => Decision.Of(
        Overdue(state, c).Take(Allowed(state, c))
            .OrderBy(heard => heard.AgentId)
            .Select(heard => (IFact)new AgentUnreachable(heard.AgentId, heard.Incarnation, heard.At, c.Now))
            .ToArray());

    /// <summary>How many silent agents the limits keep from being given up.</summary>
    public static int Held(RegistryState state, Sweep c) => Math.Max(0, Overdue(state, c).Count() - Allowed(state, c));

    private static IEnumerable<LastHeard> Overdue(RegistryState state, Sweep c) =>
        c.Heard.Where(heard => c.Now - heard.At >= c.Timeout)
            .OrderBy(heard => heard.At).ThenBy(heard => heard.AgentId)
            // Between the look at the clock and this decision the agent may have registered again: that was heard too.
            .Where(heard => state.Agents.GetValueOrDefault(heard.AgentId) is { Silence: null, Down: false, Standing.Gone: false } a
                && a.Incarnation == heard.Incarnation)
            .DistinctBy(heard => heard.AgentId);

    // Counted from what is recorded, so that a new leader goes on where the last one was.
    private static int Allowed(RegistryState state, Sweep c)
    {
        if (c.Limits is not { } limits)
            return int.MaxValue;
        var counted = state.Agents.Values.Where(agent => agent is { Down: false, Standing.Gone: false }).ToList();
        var silent = counted.Count(agent => agent.Silence is not null);
        var byShare = (int)Math.Floor(counted.Count * limits.Share + 1e-9) - silent;
        var byRate = limits.Most is { } most ? most - counted.Count(agent => agent.Silence is { } silence && silence.Since > c.Now - limits.Per) : int.MaxValue;
        return Math.Max(0, Math.Min(byShare, byRate));
    }
}
