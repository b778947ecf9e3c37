using Bourse.Contracts;

namespace Bourse.Allocator;

/// <summary>Which limits are in force, and which agents count, by the facts alone.</summary>
internal sealed class QuotaBooks
{
    private readonly SortedDictionary<string, ValueList<Quantity>> limits = new(StringComparer.Ordinal);
    private readonly HashSet<AgentId> silent = [];

    /// <summary>Looks at the next fact.</summary>
    public void See(IFact fact)
    {
        switch (fact)
        {
            case CapacityAdded f: silent.Remove(f.Description.Id); break;
            case CapacityResumed f: silent.Remove(f.AgentId); break;
            case CapacitySuspended f: silent.Add(f.AgentId); break;
            case CapacityRemoved f: silent.Add(f.AgentId); break;
            case QuotasUpdated f:
                foreach (var quota in f.Quotas)
                    limits[quota.Role] = quota.Limit;
                break;
        }
    }

    /// <summary>The first limit that offers lead above, in words; null when they keep them all. The offers are in what is held already.</summary>
    public string? Exceeded(OffersMade made, Dictionary<AgentId, Resources> totals, Dictionary<AgentId, Resources> held)
    {
        foreach (var (role, limit) in limits)
        {
            if (!Covers(role, made.Role))
                continue;
            foreach (var (name, most) in limit)
            {
                var offered = made.Offers.SelectMany(offer => offer.Resources.Entries).Any(entry => entry.Name == name && Counts(entry));
                if (offered && Sum(role, name, totals, held) is var sum && sum > most.Thousandths)
                    return $"role {role} has {name}:{new Scalar(sum)} with an offer to framework {made.FrameworkId}, above its limit of {most}";
            }
        }
        return null;
    }

    // Reservations, used or not, and what is held without one.
    private long Sum(string role, string name, Dictionary<AgentId, Resources> totals, Dictionary<AgentId, Resources> held)
    {
        var sum = 0L;
        foreach (var (agent, total) in totals)
        {
            if (silent.Contains(agent))
                continue;
            foreach (var entry in total.Entries)
                if (entry.Name == name && entry.ReservedFor is { } reserved && Covers(role, reserved))
                    sum += entry.Scalar?.Thousandths ?? 0;
            foreach (var entry in held[agent].Entries)
                if (entry.Name == name && Counts(entry) && Covers(role, entry.AllocationRole ?? "*"))
                    sum += entry.Scalar!.Value.Thousandths;
        }
        return sum;
    }

    private static bool Counts(Resource entry) => entry is { Scalar: not null, Reservations.Count: 0, Revocable: false, Shared: false };

    private static bool Covers(string role, string other) => other == role || other.StartsWith(role + "/", StringComparison.Ordinal);
}
