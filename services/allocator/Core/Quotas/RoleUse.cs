using Bourse.Contracts;

namespace Bourse.Allocator;

/// <summary>
/// What each role uses of the cluster together with everything below it, as quotas count it: reservations, used or not, and what is
/// held unreserved and may not be taken back. Agents that are silent do not count, nor does what is on them.
/// </summary>
public sealed class RoleUse
{
    private readonly Dictionary<(string Role, string Name), (Scalar Consumed, Scalar Offered)> use = [];
    private readonly Dictionary<string, (Scalar Capacity, Scalar Free)> cluster = new(StringComparer.Ordinal);

    private RoleUse(IEnumerable<(Resources Total, Resources Used, Resources Offered)> agents)
    {
        foreach (var (total, used, offered) in agents)
        {
            foreach (var entry in total.Entries)
                if (entry.ReservedFor is { } role)
                    Add(role, entry, consumed: true);
            foreach (var entry in used.Entries)
                if (IsCounted(entry))
                    Add(entry.AllocationRole ?? "*", entry, consumed: true);
            foreach (var entry in offered.Entries)
                if (IsCounted(entry))
                    Add(entry.AllocationRole ?? "*", entry, consumed: false);
            Sum(total, 1);
            Sum(used, -1);
            Sum(offered, -1);
        }
    }

    /// <summary>Of the whole cluster.</summary>
    public static RoleUse Of(AllocatorState state) => Of(
        state.Agents.Values.Where(agent => agent is { Silent: false, Removed: false }).Select(agent => (agent.Total, agent.Used, agent.Offered)));

    /// <summary>Of some agents.</summary>
    public static RoleUse Of(IEnumerable<(Resources Total, Resources Used, Resources Offered)> agents) => new(agents);

    /// <summary>Reserved or in use; offers are not counted.</summary>
    public Scalar Consumed(string role, string name) => use.GetValueOrDefault((role, name)).Consumed;

    /// <summary>Offered and not reserved.</summary>
    public Scalar Offered(string role, string name) => use.GetValueOrDefault((role, name)).Offered;

    /// <summary>Everything that a limit binds.</summary>
    public Scalar Held(string role, string name) => Consumed(role, name) + Offered(role, name);

    /// <summary>What a role has consumed, sorted by name.</summary>
    public ValueList<Quantity> Consumption(string role) => use
        .Where(each => each.Key.Role == role && each.Value.Consumed > Scalar.Zero)
        .Select(each => new Quantity(each.Key.Name, each.Value.Consumed))
        .OrderBy(each => each.Name, StringComparer.Ordinal).ToValueList();

    /// <summary>What the cluster has of a name, reservations included and what may be taken back not.</summary>
    public Scalar Capacity(string name) => cluster.GetValueOrDefault(name).Capacity;

    /// <summary>What of it is neither reserved nor held.</summary>
    public Scalar Free(string name) => cluster.GetValueOrDefault(name).Free;

    /// <summary>An offer ends.</summary>
    internal void Withdraw(Offer offer)
    {
        foreach (var entry in offer.Resources.Entries)
            if (IsCounted(entry))
                Add(offer.Role, entry with { Scalar = Scalar.Zero - entry.Scalar!.Value }, consumed: false);
        Sum(offer.Resources, 1, capacity: false);
    }

    /// <summary>Whether quotas speak of it unless it is reserved.</summary>
    internal static bool IsCounted(Resource entry) => entry is { Scalar: not null, Reservations.Count: 0, Revocable: false, Shared: false };

    /// <summary>A role and those above it, nearest first.</summary>
    internal static IEnumerable<string> SelfAndAbove(string role)
    {
        for (var end = role.Length; end > 0; end = role.LastIndexOf('/', end - 1))
            yield return role[..end];
    }

    private void Add(string role, Resource entry, bool consumed)
    {
        if (entry.Scalar is not { } amount)
            return;
        foreach (var each in SelfAndAbove(role))
        {
            var sum = use.GetValueOrDefault((each, entry.Name));
            use[(each, entry.Name)] = consumed ? (sum.Consumed + amount, sum.Offered) : (sum.Consumed, sum.Offered + amount);
        }
    }

    private void Sum(Resources resources, int sign, bool capacity = true)
    {
        foreach (var entry in resources.Entries)
            if (entry is { Scalar: { } amount, Revocable: false })
            {
                var sum = cluster.GetValueOrDefault(entry.Name);
                cluster[entry.Name] = (
                    capacity && sign > 0 ? sum.Capacity + amount : sum.Capacity,
                    IsCounted(entry) ? new Scalar(sum.Free.Thousandths + (sign * amount.Thousandths)) : sum.Free);
            }
    }
}
