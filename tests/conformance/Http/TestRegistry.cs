using Bourse.Allocator;
using Bourse.Allocator.Host.Consumers;
using Bourse.Allocator.Host.Registry;
using Bourse.Contracts;
using Bourse.Deciding;
using Bourse.Journal;
using Bourse.Registry;

namespace Bourse.Conformance.Http;

/// <summary>The registry's real rules without a bus between: what it decides reaches the allocator at once, as its commits would.</summary>
internal sealed class TestRegistry(IInbox<AllocatorState, AllocatorCommand> allocator, TimeProvider clock) : IRegistry
{
    private readonly RegistryCore core = new();
    private readonly RegistryState state = new();
    private long position;

    public async Task<Refusal?> Ask(object request, Origin origin, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        // It knows the agents that the allocator knows: the tests let them join there.
        foreach (var (id, description, incarnation) in await allocator.Read(
            known => known.Agents.Values.Select(agent => (agent.Description.Id, agent.Description, agent.Incarnation)).ToList(), cancellationToken))
            if (!state.Agents.ContainsKey(id))
                core.Evolve(state, new AgentRegistered(description, incarnation, "boot", now));

        var decision = core.Decide(state, Requests.CommandOf(request, now)!);
        foreach (var fact in decision)
            core.Evolve(state, fact);
        var commit = decision.Select(fact => new Recorded(++position, FactNames.Registry.NameOf(fact.GetType()), fact, origin, now, 1)).ToList();
        if (FromRegistry.Translate(commit) is { } news)
            await allocator.Send(news, origin, cancellationToken);
        return decision.Refusal;
    }
}
