using Bourse.Allocator.Engine;
using Bourse.Contracts;
using Bourse.Deciding;

namespace Bourse.Allocator;

/// <summary>The allocation cycle: decides who is offered what. The engine runs; what it made becomes facts.</summary>
public static class Propose
{
    /// <summary>An event, message and OFFERS record stay small.</summary>
    public const int MaxOffersPerEvent = 500;

    /// <summary>How many agents a cycle looks at, so that the loop does other work soon; the next one goes on.</summary>
    public const int MaxAgentsPerCycle = 2000;

    /// <summary>Runs a cycle; no facts when nothing can be offered to anybody, or while a new leader waits for agents.</summary>
    public static Decision Decide(AllocatorState state, Allocate c)
    {
        if (state.Recovery is not null)
            return Decision.Nothing;
        var engine = Ledger.EngineOf(state);
        engine.Expire(c.Now.UtcTicks);
        var cycle = state.Cycle + 1;
        var made = engine.Run(cycle, most: MaxAgentsPerCycle);
        if (made.Count == 0)
            return Decision.Nothing;

        var counted = 0;
        var facts = made
            .GroupBy(each => each.Client)
            .OrderBy(offers => offers.Key.Framework.Id, StringComparer.Ordinal).ThenBy(offers => offers.Key.Role.Path, StringComparer.Ordinal)
            .SelectMany(offers => offers.Chunk(MaxOffersPerEvent).Select(chunk => Made(offers.Key, chunk)))
            .ToList();
        // Deciding changes nothing: what was made is made once the facts are applied.
        engine.TakeBack();
        return Decision.Of(facts);

        OffersMade Made(ClientSlot client, Allocation[] offers) => new(
            new(client.Framework.Id),
            client.Role.Path,
            offers.Select(each => new OfferedResources(
                new OfferId($"o{cycle}-{++counted}"), new(each.Agent.Id), each.Bag.ToResources(client.Role.Path))).ToValueList(),
            cycle,
            c.Now);
    }
}
