using Bourse.Contracts;

namespace Bourse.Allocator;

/// <summary>
/// Who holds which part of the cluster, for dominant resource fairness (Ghodsi et al., NSDI 2011): the dominant share of a role or
/// framework is the largest of its shares of each scalar resource, over what its tasks use and what it is offered.
/// </summary>
internal sealed class Shares
{
    private readonly Dictionary<string, long> totals = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Role, FrameworkId? Framework), Dictionary<string, long>> held = [];

    public Shares(AllocatorState state)
    {
        foreach (var agent in state.Agents.Values.Where(agent => !agent.Silent))
            AddScalars(totals, agent.Description.Total);
        foreach (var offer in state.Offers.Values)
            Add(offer.Role, offer.FrameworkId, offer.Resources);
        foreach (var framework in state.Frameworks.Values)
            foreach (var task in framework.Tasks.Values.Where(task => !task.State.IsTerminal()))
                Add(task.Role, framework.Id, task.Spec.Resources);
    }

    /// <summary>Counts resources towards a role and towards a framework in it.</summary>
    public void Add(string role, FrameworkId framework, Resources resources)
    {
        AddScalars(HeldBy(role, null), resources);
        AddScalars(HeldBy(role, framework), resources);
    }

    /// <summary>Dominant share of a role, or of a framework in a role; 0 to 1.</summary>
    public double Of(string role, FrameworkId? framework = null)
    {
        var largest = 0d;
        if (held.TryGetValue((role, framework), out var amounts))
            foreach (var (name, amount) in amounts)
                if (totals.TryGetValue(name, out var total) && total > 0)
                    largest = Math.Max(largest, (double)amount / total);
        return largest;
    }

    private Dictionary<string, long> HeldBy(string role, FrameworkId? framework)
    {
        if (!held.TryGetValue((role, framework), out var amounts))
            held[(role, framework)] = amounts = new(StringComparer.Ordinal);
        return amounts;
    }

    private static void AddScalars(Dictionary<string, long> sums, Resources resources)
    {
        foreach (var entry in resources.Entries.AsSpan())
            if (entry.Scalar is { } amount)
                sums[entry.Name] = sums.GetValueOrDefault(entry.Name) + amount.Thousandths;
    }
}
