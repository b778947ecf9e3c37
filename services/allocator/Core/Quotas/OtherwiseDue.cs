using Bourse.Allocator.Engine;
using Bourse.Contracts;

namespace Bourse.Allocator;

/// <summary>Which outstanding offers would be somebody else's if roles weighed differently.</summary>
internal static class OtherwiseDue
{
    /// <summary>
    /// Looking at one offer may ask every framework whether the agent is for it. Beyond so many questions, which is less than a
    /// second, all offers end, as in Mesos.
    /// </summary>
    private const long MostQuestions = 1_000_000;

    /// <summary>
    /// One offer after another is taken back and given to whoever is first in line by the new weights, with what came before it in
    /// place; those that come back to where they were may stay. The engine is as it was afterwards.
    /// </summary>
    public static List<Offer> Of(AllocatorState state, ValueList<RoleWeight> changed, DateTimeOffset now)
    {
        if ((long)state.Offers.Count * Math.Max(1, state.Frameworks.Count) > MostQuestions)
            return [.. state.Offers.Values];

        var engine = Ledger.EngineOf(state);
        var moves = new List<Move>();
        foreach (var (role, weight) in changed)
            engine.SetWeight(role, weight);
        foreach (var offer in state.Offers.Values)
            if (Move.Of(engine, offer, now.UtcTicks) is { } move)
                moves.Add(move);
        for (var i = moves.Count - 1; i >= 0; i--)
            moves[i].Undo(engine);
        foreach (var (role, _) in changed)
            engine.SetWeight(role, state.Weights.GetValueOrDefault(role, UpdatingWeights.Default));
        return [.. moves.Select(move => move.Offer)];
    }

    private sealed record Move(Offer Offer, AgentSlot Agent, ClientSlot From, Bag Bag, ClientSlot To, Bag Given)
    {
        public static Move? Of(AllocationEngine engine, Offer offer, long now)
        {
            var (agent, from, bag) = (engine.Agent(offer.AgentId.Value)!, engine.Client(offer.FrameworkId.Value, offer.Role), engine.Kinds.Bag(offer.Resources));
            engine.Release(agent, from, bag);
            engine.StartExplaining(now);
            var to = engine.FirstInLine(agent);
            // Who wants nothing more keeps what it has: weights change nothing about that.
            if (to is null || to == from || from.Suppressed)
            {
                engine.Take(agent, from, bag);
                return null;
            }
            var given = engine.Explain(agent, to).Bag;
            engine.Take(agent, to, given);
            return new(offer, agent, from, bag, to, given);
        }

        public void Undo(AllocationEngine engine)
        {
            engine.Release(Agent, To, Given);
            engine.Take(Agent, From, Bag);
        }
    }
}
