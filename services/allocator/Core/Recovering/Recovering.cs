using Bourse.Contracts;
using Bourse.Deciding;

namespace Bourse.Allocator;

/// <summary>
/// After a change of leader, with quotas set, nothing is offered until enough agents are heard from. What they use is known from the
/// journal, unlike in Mesos; whether they are there is not, and offers made while half of them are away would have to come from
/// what the guarantees of others need.
/// </summary>
internal static class Recovering
{
    /// <summary>The wait of a new leader; nothing when no quota is set, or no agent known.</summary>
    public static IEnumerable<IFact> Begin(AllocatorState state, DateTimeOffset now)
    {
        if (state.Quotas.Count == 0)
            yield break;
        var known = state.Agents.Values.Where(IsThere).ToList();
        var needed = (int)Math.Floor(known.Count * state.Settings.AgentRecoveryFactor);
        // Quicker than this command.
        var back = known.Where(agent => (agent.ReregisteredAt ?? agent.RegisteredAt) >= now).Select(agent => agent.Description.Id).ToValueList();
        if (needed > back.Count)
            yield return new AllocationHeld(known.Count, needed, back, now + state.Settings.RecoveryTimeout, now);
    }

    /// <summary>What a decision means for the wait: an agent more is back, and that may be enough.</summary>
    public static Decision After(AllocatorState state, AllocatorCommand command, Decision decision)
    {
        if (state.Recovery is not { } recovery || decision.Refusal is not null)
            return decision;
        var facts = new List<IFact>(decision.Facts);
        if (SpokenOf(command) is { } id && state.Agents.TryGetValue(id, out var agent) && IsThere(agent) && !recovery.Back.Contains(id))
            facts.Add(new AgentRecovered(id, command.Now));

        var back = new HashSet<AgentId>(recovery.Back);
        foreach (var fact in facts)
            Count(back, fact);
        if (back.Count >= recovery.Needed)
            facts.Add(new AllocationResumed(back.Count, $"{back.Count} of {recovery.Known} agents are back", command.Now));
        else if (command is Tick && command.Now >= recovery.Until)
            facts.Add(new AllocationResumed(back.Count, $"only {back.Count} of {recovery.Known} agents came back in time", command.Now));
        return facts.Count == decision.Facts.Count ? decision : Decision.Of(facts);
    }

    public static void Evolve(AllocatorState state, IFact fact)
    {
        switch (fact)
        {
            case AllocationHeld f: state.Recovery = new() { Known = f.Known, Needed = f.Needed, Until = f.Until, Back = [.. f.Back] }; break;
            case AllocationResumed: state.Recovery = null; break;
            default:
                if (state.Recovery is { } recovery)
                    Count(recovery.Back, fact);
                break;
        }
    }

    private static void Count(ISet<AgentId> back, IFact fact)
    {
        switch (fact)
        {
            case AgentRecovered f: back.Add(f.AgentId); break;
            // New ones count too.
            case CapacityAdded f: back.Add(f.Description.Id); break;
            case CapacityResumed f: back.Add(f.AgentId); break;
            case CapacitySuspended f: back.Remove(f.AgentId); break;
            case CapacityRemoved f: back.Remove(f.AgentId); break;
        }
    }

    private static AgentId? SpokenOf(AllocatorCommand command) => command switch
    {
        Greet c => c.Hello.AgentId,
        Report c => c.Reported.AgentId,
        ReportExecutor c => c.Reported.AgentId,
        _ => null,
    };

    private static bool IsThere(Agent agent) => agent is { Silent: false, Removed: false };
}
