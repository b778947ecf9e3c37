namespace Bourse.Allocator.Engine;

/// <summary>What a run would make of an agent for a client.</summary>
internal enum Why
{
    /// <summary>It would be offered, unless somebody else is due first.</summary>
    Eligible,
    Absent,
    Deactivated,
    NotWhitelisted,

    /// <summary>The agent does not know nested roles, or frameworks of several roles.</summary>
    OldAgent,
    NothingFree,
    Constraint,
    Reserved,
    BelowMinimum,
    Gpus,
    Region,

    /// <summary>What is free needs a capability that the framework lacks.</summary>
    Capability,
    Limit,
    Headroom,
    Filtered,
}

/// <summary>
/// The reason, and with it the role whose limit or reservation it is, the resource, what would be offered, and until when. With what
/// would be offered or was declined, role and resource say what a quota keeps out of it; without a role it is headroom.
/// </summary>
internal readonly record struct Verdict(Why Why, RoleSlot? Role = null, int Name = -1, Bag Bag = default, long Until = 0);

internal sealed partial class AllocationEngine
{
    private long explainedAt;

    /// <summary>Finds what guarantees keep back, before verdicts are asked for as of the given ticks.</summary>
    public void StartExplaining(long now)
    {
        explainedAt = now;
        FindHeadroom();
    }

    /// <summary>
    /// Why an agent would not be offered to a client now, by the very checks of a run; what never changes by waiting comes first.
    /// Nothing is changed but what every run finds anew.
    /// </summary>
    public Verdict Explain(AgentSlot agent, ClientSlot client)
    {
        var (role, framework) = (client.Role, client.Framework);
        if (!agent.Present)
            return new(Why.Absent);
        if (!agent.Activated)
            return new(Why.Deactivated);
        if (!agent.Whitelisted)
            return new(Why.NotWhitelisted);
        if ((role.Nested && !agent.HierarchicalRole) || !agent.MultiRole)
            return new(Why.OldAgent);
        if (client.Constraints is { } constraints && !constraints.Allows(agent))
            return new(Why.Constraint);
        if (agent.HasGpus && Options.FilterGpus && !framework.Gpus)
            return new(Why.Gpus);
        if (agent.Remote && !framework.RegionAware)
            return new(Why.Region);
        if (agent.Available.IsEmpty)
            return new(Why.NothingFree);

        var found = Candidate(agent, role);
        var minimum = client.Minimum ?? general;
        if (found == 0 || !minimum.IsReachedBy(candidate.AsSpan(0, found)))
            return minimum.IsReachedBy(agent.Available.Entries) && ForeignReservation(agent, role) is { } foreign
                ? new(Why.Reserved, foreign)
                : new(Why.BelowMinimum);

        var count = headroomRequired && HasUnsatisfied(role) ? ChooseGuaranteed(role, framework, found) : 0;
        if (count == 0 || !minimum.IsReachedBy(chosen.AsSpan(0, count)))
            count = ChooseShare(role, framework, found);
        if (count == 0 || !minimum.IsReachedBy(chosen.AsSpan(0, count)))
            return HeldBack(role, framework, found);
        var bag = new Bag(chosen.AsSpan(0, count).ToArray());
        var missing = Missing(role, framework, found, bag);
        return FilteredUntil(agent, client, bag, explainedAt) is { } until
            ? new(Why.Filtered, missing.Role, missing.Name, bag, until)
            : new(Why.Eligible, missing.Role, missing.Name, bag);
    }

    /// <summary>Who would be offered a free agent first, when roles and frameworks are in their order.</summary>
    public ClientSlot? FirstInLine(AgentSlot agent)
    {
        var order = new RoleWalk();
        order.Start(roleSorter);
        while (order.Next() is { } role)
            foreach (var node in InOrder(role).ToArray())
                if (Explain(agent, (ClientSlot)node.Tag!).Why == Why.Eligible)
                    return (ClientSlot)node.Tag!;
        return null;
    }

    /// <summary>The roles that want something, in the order in which they are due.</summary>
    public IReadOnlyList<RoleSlot> RolesInOrder()
    {
        var order = new RoleWalk();
        var roles = new List<RoleSlot>();
        order.Start(roleSorter);
        while (order.Next() is { } role)
            roles.Add(role);
        return roles;
    }

    /// <summary>
    /// The two shares that decide between two roles: those of the nearest nodes that are siblings, a role's own frameworks against the
    /// roles below it included. Null when a role is not in the tree or both are one.
    /// </summary>
    public ((string Path, double Share, long Count) A, (string Path, double Share, long Count) B)? Compare(RoleSlot a, RoleSlot b)
    {
        if (a == b || a.Node is not { } nodeA || b.Node is not { } nodeB)
            return null;
        for (var left = nodeA; left?.Parent is not null; left = left.Parent)
            for (var right = nodeB; right?.Parent is not null; right = right.Parent)
                if (left != right && left.Parent == right.Parent)
                    return ((left.Path, roleSorter.ShareOf(left), left.Count), (right.Path, roleSorter.ShareOf(right), right.Count));
        return null;
    }

    /// <summary>A framework's share among those of its role.</summary>
    public static double? ShareOf(ClientSlot client) => client.Node is { } node ? client.Role.Frameworks.ShareOf(node) : null;

    /// <summary>The dominant share of amounts by name, over a weight.</summary>
    public double ShareOf(IEnumerable<(string Name, long Amount)> amounts, double weight)
    {
        var byName = new long[8];
        foreach (var (name, amount) in amounts)
            Quantities.Add(ref byName, Names.Of(name), amount);
        return totals.Share(byName, weight);
    }

    private Verdict HeldBack(RoleSlot role, FrameworkSlot framework, int found)
    {
        var blocked = new Verdict(Why.Capability);
        for (var i = 0; i < found; i++)
        {
            var kind = candidate[i].Kind;
            if (!kind.Counted || !CanUse(framework, kind))
                continue;
            if (Binding(role, kind.Name) is { } binding && Allowed(role, kind.Name) < candidate[i].Amount)
                return new(Why.Limit, binding, kind.Name);
            if (headroomRequired && Quantities.At(surplus, kind.Name) < candidate[i].Amount)
                blocked = new(Why.Headroom, Name: kind.Name);
        }
        return blocked;
    }

    // What a quota keeps out of an offer altogether, when it does: few frameworks can do anything with memory and no processor.
    private Verdict Missing(RoleSlot role, FrameworkSlot framework, int found, Bag bag)
    {
        if (HeldBack(role, framework, found) is { Why: Why.Limit or Why.Headroom } held)
        {
            foreach (ref readonly var entry in bag.Entries)
                if (entry.Kind.Name == held.Name)
                    return new(Why.Eligible);
            return held;
        }
        return new(Why.Eligible);
    }

    // The role whose limit leaves the least.
    private RoleSlot? Binding(RoleSlot role, int name)
    {
        RoleSlot? binding = null;
        var least = RoleSlot.Unlimited;
        for (var each = role; each is not null; each = Options.MesosCompatible ? null : each.Parent)
            if (each.Limit is { } limit && name < limit.Length && limit[name] != RoleSlot.Unlimited && limit[name] - each.Consumed(name) is var left && left < least)
                (binding, least) = (each, left);
        return binding;
    }

    private static RoleSlot? ForeignReservation(AgentSlot agent, RoleSlot role)
    {
        foreach (ref readonly var entry in agent.Available.Entries)
            if (entry.Kind.ReservedFor is { } reserved && !role.IsSelfOrUnder(reserved))
                return reserved;
        return null;
    }

    private static long? FilteredUntil(AgentSlot agent, ClientSlot client, Bag bag, long now)
    {
        long? until = null;
        for (var i = 0; i < agent.FilterCount; i++)
            if (agent.Filters[i] is var filter && filter.Client == client && filter.Holds && filter.Until > now && filter.Refused.Contains(bag))
                until = Math.Max(until ?? 0, filter.Until);
        return until;
    }
}
