using Bourse.Contracts;

namespace Bourse.Allocator;

/// <summary>Gives out the next command numbers of agents within one decision, whose facts are not applied yet.</summary>
internal sealed class CommandNumbers(AllocatorState state)
{
    private readonly Dictionary<AgentId, long> last = [];

    public long Next(AgentId agent) =>
        last[agent] = 1 + (last.TryGetValue(agent, out var given) ? given : state.Agents.TryGetValue(agent, out var known) ? known.LastCommand : 0);
}
