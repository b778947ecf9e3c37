using System.Diagnostics;
using Bourse.Contracts;

namespace Bourse.Allocator;

/// <summary>What facts about offers change: who holds which part of an agent.</summary>
internal static class OfferFacts
{
    public static void Evolve(AllocatorState state, IOfferFact fact)
    {
        switch (fact)
        {
            case OffersMade f:
                Make(state, f);
                break;
            case OffersAccepted f:
                // The launches that follow in the same decision take their part again.
                End(state, f.OfferIds);
                if (f.RefusedUntil is { } rest && !f.Unused.IsEmpty)
                    Refuse(state.Frameworks[f.FrameworkId], new OfferFilter(f.Role, f.AgentId, f.Unused, rest), f.At);
                break;
            case OffersDeclined f:
                foreach (var offer in End(state, f.OfferIds))
                    if (f.RefusedUntil is { } until)
                        Refuse(state.Frameworks[f.FrameworkId], new OfferFilter(offer.Role, offer.AgentId, offer.Resources.AllocatedTo(null), until), f.At);
                break;
            case OffersRescinded f:
                End(state, f.OfferIds);
                break;
            default:
                throw new UnreachableException($"no evolution for {fact}");
        }
    }

    private static void Make(AllocatorState state, OffersMade f)
    {
        state.Cycle = f.Cycle;
        var counts = state.Frameworks[f.FrameworkId].OfferCounts;
        counts[f.Role] = counts.GetValueOrDefault(f.Role) + f.Offers.Count;
        CountInRole($"{f.Role}/.");
        for (var role = f.Role; role.Length > 0; role = role[..Math.Max(0, role.LastIndexOf('/'))])
            CountInRole(role);
        foreach (var made in f.Offers)
        {
            var agent = state.Agents[made.AgentId];
            agent.Free = agent.Free.Used(made.Resources.AllocatedTo(null));
            agent.Offered += made.Resources;
            state.Offers.Add(made.Id, new Offer(made.Id, f.FrameworkId, made.AgentId, f.Role, made.Resources, f.At));
        }

        void CountInRole(string path) => state.RoleOfferCounts[path] = state.RoleOfferCounts.GetValueOrDefault(path) + f.Offers.Count;
    }

    private static List<Offer> End(AllocatorState state, ValueList<OfferId> ids)
    {
        var ended = new List<Offer>(ids.Count);
        foreach (var id in ids)
        {
            state.Offers.Remove(id, out var offer);
            var agent = state.Agents[offer!.AgentId];
            agent.Offered -= offer.Resources;
            agent.Free += offer.Resources.AllocatedTo(null).Unshared();
            ended.Add(offer);
        }
        return ended;
    }

    private static void Refuse(Framework framework, OfferFilter filter, DateTimeOffset now)
    {
        // What has lapsed, and what a wider and longer filter covers, would never be the reason for anything.
        if (!framework.Filters.TryGetValue(filter.AgentId, out var filters))
            framework.Filters[filter.AgentId] = filters = [];
        filters.RemoveAll(old => old.Until <= now
            || (old.Role == filter.Role && old.Until <= filter.Until && filter.Resources.Contains(old.Resources)));
        filters.Add(filter);
    }
}
