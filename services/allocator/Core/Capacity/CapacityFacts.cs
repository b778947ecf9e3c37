using System.Diagnostics;
using Bourse.Contracts;

namespace Bourse.Allocator;

/// <summary>What facts about agents change.</summary>
internal static class CapacityFacts
{
    public static void Evolve(AllocatorState state, ICapacityFact fact)
    {
        switch (fact)
        {
            case CapacityAdded f:
                Add(state, f);
                break;
            case CapacitySuspended f:
                state.Agents[f.AgentId].Silent = true;
                break;
            case CapacityResumed f:
                state.Agents[f.AgentId].Silent = false;
                break;
            case CommandsConfirmed f:
                Confirm(state.Agents[f.AgentId], f.UpTo);
                break;
            case CapacityWithheld f:
                state.Agents[f.AgentId].Standing = new(Deactivated: true, f.Drain);
                break;
            case CapacityReleased f:
                state.Agents[f.AgentId].Standing = AgentStanding.Usual;
                break;
            case CapacityDrained f:
                var drained = state.Agents[f.AgentId];
                drained.Standing = drained.Standing with { Drain = drained.Standing.Drain! with { Drained = true } };
                break;
            case CapacityRemoved f:
                Remove(state.Agents[f.AgentId], f);
                break;
            default:
                throw new UnreachableException($"no evolution for {fact}");
        }
    }

    /// <summary>Forgets the commands an agent has done.</summary>
    public static void Confirm(Agent agent, long upTo)
    {
        if (upTo <= agent.Confirmed)
            return;
        agent.Confirmed = upTo;
        agent.Pending.RemoveAll(command => command.Number <= upTo);
    }

    /// <summary>
    /// Makes free what nobody holds. An agent may come back smaller than what its running tasks hold; then nothing of that kind
    /// is free until enough of them have ended.
    /// </summary>
    public static void Balance(Agent agent)
    {
        var total = agent.Total;
        var held = (agent.Used + agent.Offered).AllocatedTo(null).Unshared();
        agent.Free = total.Contains(held) ? total - held : total - Pool.Common(total, held);
    }

    private static void Add(AllocatorState state, CapacityAdded f)
    {
        if (!state.Agents.TryGetValue(f.Description.Id, out var agent))
        {
            state.Agents.Add(f.Description.Id, new Agent
            {
                Description = f.Description,
                Incarnation = f.Incarnation,
                RegisteredAt = f.At,
                Free = f.Description.Total,
                Kept = f.Kept ?? Resources.None,
            });
            return;
        }
        // What was turned down on a machine with other attributes says nothing about this one.
        if (agent.Description.Attributes != f.Description.Attributes)
            foreach (var framework in state.Frameworks.Values)
                framework.Filters.Remove(f.Description.Id);
        agent.Description = f.Description;
        agent.Incarnation = f.Incarnation;
        agent.Silent = false;
        agent.Removed = false;
        agent.Kept = f.Kept ?? Resources.None;
        agent.ReregisteredAt = f.At;
        Balance(agent);
    }

    private static void Remove(Agent agent, CapacityRemoved f)
    {
        agent.Removed = true;
        agent.Standing = agent.Standing with { Gone = f.Gone };
        // There is nobody to do them.
        if (f.Gone)
            Confirm(agent, agent.LastCommand);
    }
}
