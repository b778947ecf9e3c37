using Bourse.Contracts;

namespace Bourse.Allocator.Engine;

internal sealed partial class AllocationEngine
{
    private readonly ExpiryQueue expiries = new();
    private int filtersAtRebuild;

    /// <summary>A client takes part of an agent.</summary>
    public void Take(AgentSlot agent, ClientSlot client, Bag bag)
    {
        if (bag.IsEmpty)
            return;
        var available = agent.Available;
        Hold(agent, client, bag);
        if (agent.Overcommitted || !available.Contains(bag))
            Refresh(agent);
        else
            Shrink(agent, bag);
        Touch(agent);
    }

    /// <summary>A client gives back; the next run may offer it again.</summary>
    public void Release(AgentSlot agent, ClientSlot client, Bag bag)
    {
        var at = agent.Find(client);
        if (at < 0 || bag.IsEmpty)
            return;
        var after = agent.Holdings[at].Bag - bag;
        var shared = false;
        if (agent.Holdings[at].Charged)
            foreach (ref readonly var entry in bag.Entries)
                if (!entry.Kind.Shared)
                    Charge(client, entry, -1);
                else if (!Has(after, entry.Kind))
                    ChargeShared(agent, client, entry.Kind, -1);
        foreach (ref readonly var entry in bag.Entries)
            shared |= entry.Kind.Shared;

        agent.Holdings[at].Bag = after;
        if (after.IsEmpty)
        {
            agent.Holdings[at] = agent.Holdings[--agent.HoldingCount];
            agent.Holdings[agent.HoldingCount] = default;
            if (--client.Agents == 0 && !client.Subscribed)
                SetListed(client);
        }

        if (agent.Overcommitted || !agent.Present)
            Refresh(agent);
        else
            agent.Available += shared ? bag.Where(static kind => !kind.Shared) : bag;
        SetSimple(agent);
        Anew(agent);
        Eased();
    }

    /// <summary>Offer operations turned part of what a client holds into something else.</summary>
    public void Convert(AgentSlot agent, ClientSlot client, Bag consumed, Bag produced)
    {
        var at = agent.Find(client);
        SetCharged(agent, at, charged: false);
        agent.Holdings[at].Bag = (agent.Holdings[at].Bag - consumed) + produced;
        SetTotal(agent, agent.Total, (agent.Total - consumed) + produced);
        SetCharged(agent, at, agent.Present && client.Framework.Known);
        Refresh(agent);
        Anew(agent);
    }

    /// <summary>Does not offer a client what is inside a bag, until the given ticks.</summary>
    public void Refuse(AgentSlot agent, ClientSlot client, Bag refused, long until)
    {
        if (refused.IsEmpty)
            return;
        var kept = 0;
        for (var i = 0; i < agent.FilterCount; i++)
        {
            ref var old = ref agent.Filters[i];
            // What a wider and longer filter covers would never be the reason for anything.
            if (old.Holds && !(old.Client == client && old.Until <= until && refused.Contains(old.Refused)))
                agent.Filters[kept++] = old;
        }
        agent.Filters.AsSpan(kept, agent.FilterCount - kept).Clear();
        agent.FilterCount = kept;
        if (agent.FilterCount == agent.Filters.Length)
            Array.Resize(ref agent.Filters, Math.Max(2, agent.FilterCount * 2));
        agent.Filters[agent.FilterCount++] = new Filter(client, refused, until);
        expiries.Add(agent, until);
        if (expiries.Count > (2 * filtersAtRebuild) + 65_536)
            RebuildExpiries();
    }

    /// <summary>Lets filters go that hold no longer; their agents are looked at again.</summary>
    public void Expire(long now)
    {
        while (expiries.Due(now) is { } agent)
        {
            var kept = 0;
            for (var i = 0; i < agent.FilterCount; i++)
                if (agent.Filters[i].Until > now && agent.Filters[i].Holds)
                    agent.Filters[kept++] = agent.Filters[i];
            if (kept == agent.FilterCount)
                continue;
            agent.Filters.AsSpan(kept, agent.FilterCount - kept).Clear();
            agent.FilterCount = kept;
            Touch(agent);
        }
    }

    // Filters that were revoked leave their instants behind; from time to time those go.
    private void RebuildExpiries()
    {
        expiries.Clear();
        foreach (var agent in agents.Values)
            for (var i = 0; i < agent.FilterCount; i++)
                if (agent.Filters[i].Holds)
                    expiries.Add(agent, agent.Filters[i].Until);
        filtersAtRebuild = expiries.Count;
    }

    private void Hold(AgentSlot agent, ClientSlot client, Bag bag)
    {
        var at = agent.Find(client);
        if (at < 0)
        {
            at = agent.HoldingCount;
            if (at == agent.Holdings.Length)
                Array.Resize(ref agent.Holdings, Math.Max(2, at * 2));
            agent.HoldingCount++;
            client.Agents++;
            if (client.Node is null)
                SetListed(client);
            agent.Holdings[at] = new Holding { Client = client, Charged = client.Framework.Known && agent.Present };
        }
        ref var holding = ref agent.Holdings[at];
        if (holding.Charged)
            foreach (ref readonly var entry in bag.Entries)
                if (!entry.Kind.Shared)
                    Charge(client, entry, 1);
                else if (!Has(holding.Bag, entry.Kind))
                    ChargeShared(agent, client, entry.Kind, 1);
        holding.Bag += bag;
    }

    private static void Shrink(AgentSlot agent, Bag taken)
    {
        agent.Available = agent.Simple ? agent.Available - taken : agent.Available.Taken(taken);
        SetSimple(agent);
    }

    // All that a client holds enters or leaves the shares.
    private void SetCharged(ClientSlot client, bool charged)
    {
        if (client.Agents == 0)
            return;
        foreach (var agent in agents.Values)
            if (agent.Find(client) is >= 0 and var at)
                SetCharged(agent, at, charged && agent.Present);
    }

    private void SetCharged(AgentSlot agent, int at, bool charged)
    {
        if (agent.Holdings[at].Charged == charged)
            return;
        agent.Holdings[at].Charged = charged;
        var sign = charged ? 1 : -1;
        foreach (ref readonly var entry in agent.Holdings[at].Bag.Entries)
            if (!entry.Kind.Shared)
                Charge(agent.Holdings[at].Client, entry, sign);
            else
                ChargeShared(agent, agent.Holdings[at].Client, entry.Kind, sign);
    }

    private void Charge(ClientSlot client, in Entry entry, int sign)
    {
        if (entry.Kind.Type != KindType.Scalar)
            return;
        var amount = sign * entry.Amount;
        DrfSorter.Charge(client.Node!, entry.Kind.Name, amount);
        DrfSorter.Charge(client.Role.Node!, entry.Kind.Name, amount);
        if (!entry.Kind.Counted)
            return;
        for (var role = client.Role; role is not null; role = role.Parent)
        {
            Quantities.Add(ref role.Held, entry.Kind.Name, amount);
            role.QuotaStale = true;
        }
        Quantities.Add(ref ordinaryHeld, entry.Kind.Name, amount);
    }

    // A shared volume counts once per client and agent, and once at every node above, however many hold it there.
    private void ChargeShared(AgentSlot agent, ClientSlot client, Kind kind, int sign)
    {
        DrfSorter.Charge(client.Node!, kind.Name, sign * kind.CopySize);
        for (var node = client.Role.Node; node is not null; node = node.Parent)
        {
            var subtree = node.IsClient || node.Parent is null ? null : Role(node.Path);
            var elsewhere = false;
            for (var i = 0; i < agent.HoldingCount && !elsewhere; i++)
            {
                ref var other = ref agent.Holdings[i];
                elsewhere = other.Charged && other.Client != client && Has(other.Bag, kind)
                    && (node.IsClient ? other.Client.Role == client.Role : subtree is null || other.Client.Role.IsSelfOrUnder(subtree));
            }
            if (!elsewhere)
                DrfSorter.ChargeOne(node, kind.Name, sign * kind.CopySize);
        }
    }

    private static bool Has(Bag bag, Kind kind)
    {
        foreach (ref readonly var entry in bag.Entries)
            if (entry.Kind == kind)
                return true;
        return false;
    }
}
