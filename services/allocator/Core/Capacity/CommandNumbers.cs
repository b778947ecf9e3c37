using Bourse.Contracts;

namespace Bourse.Allocator;

/// <summary>Gives out the next command numbers of agents within one decision, whose facts are not applied yet.</summary>
internal sealed class CommandNumbers(AllocatorState state)
{
    private readonly Dictionary<AgentId, long> last = [];

    public long Next(AgentId agent) =>
        last[agent] = 1 + (last.TryGetValue(agent, out var given) ? given : state.Agents.TryGetValue(agent, out var known) ? known.LastCommand : 0);

    /// <summary>Numbers given for facts that were dropped again are free: the next is one after the last in use.</summary>
    public void Return(AgentId agent, IEnumerable<IFact> facts)
    {
        var used = facts.Select(fact => fact switch
        {
            TaskLaunched f when f.AgentId == agent => f.Command,
            OperationApplied f when f.AgentId == agent => f.Command,
            _ => 0,
        }).DefaultIfEmpty().Max();
        if (used > 0)
            last[agent] = used;
        else
            last.Remove(agent);
    }
}
