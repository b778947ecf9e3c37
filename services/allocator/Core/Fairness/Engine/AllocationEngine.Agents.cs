using Bourse.Contracts;

namespace Bourse.Allocator.Engine;

internal sealed partial class AllocationEngine
{
    /// <summary>An agent registers, with what already runs on it.</summary>
    public AgentSlot AddAgent(string id, Bag total, Action<AgentSlot>? describe = null, IEnumerable<(ClientSlot Client, Bag Bag)>? used = null)
    {
        var agent = new AgentSlot(agentCount++, id);
        agents.Add(id, agent);
        describe?.Invoke(agent);
        Describe(agent);
        agent.Present = true;
        SetTotal(agent, Bag.Empty, total);
        foreach (var (client, bag) in used ?? [])
            if (!bag.IsEmpty)
                Hold(agent, client, bag);
        Refresh(agent);
        Anew(agent);
        return agent;
    }

    /// <summary>Everything on the agent is freed from the accounting.</summary>
    public void RemoveAgent(AgentSlot agent)
    {
        while (agent.HoldingCount > 0)
            Release(agent, agent.Holdings[0].Client, agent.Holdings[0].Bag);
        SetTotal(agent, agent.Total, Bag.Empty);
        agent.Present = false;
        agent.FilterCount = 0;
        agents.Remove(agent.Id);
        SetUnavailable(agent, null);
        maintained.Remove(agent);
        Touch(agent);
    }

    /// <summary>Whether the agent counts: the cluster is smaller without a silent one, and what it holds is charged to nobody.</summary>
    public void SetPresent(AgentSlot agent, bool present)
    {
        if (agent.Present == present)
            return;
        if (present)
            Count(agent.Total, 1);
        agent.Present = present;
        for (var i = 0; i < agent.HoldingCount; i++)
            SetCharged(agent, i, present && agent.Holdings[i].Client.Framework.Known);
        if (!present)
            Count(agent.Total, -1);
        Eased();
        Refresh(agent);
        Anew(agent);
    }

    public void SetActivated(AgentSlot agent, bool activated)
    {
        agent.Activated = activated;
        Anew(agent);
    }

    /// <summary>The agent is different; null leaves a thing as it is. False when nothing has changed.</summary>
    public bool UpdateAgent(AgentSlot agent, Bag? total, ValueList<AgentAttribute>? attributes, Action<AgentSlot>? describe = null)
    {
        var changed = describe is not null;
        describe?.Invoke(agent);
        if (attributes is { } now && now != agent.Attributes)
        {
            agent.Attributes = now;
            agent.FilterCount = 0;
            changed = true;
        }
        if (total is { } size && !size.SameContent(agent.Total))
        {
            SetTotal(agent, agent.Total, size);
            changed = true;
        }
        if (!changed)
            return false;
        agent.AttributesVersion++;
        Describe(agent);
        Refresh(agent);
        Anew(agent);
        return true;
    }

    /// <summary>A resource provider of the agent adds to it.</summary>
    public void AddProvider(AgentSlot agent, Bag total, IEnumerable<(ClientSlot Client, Bag Bag)> used)
    {
        SetTotal(agent, agent.Total, agent.Total + total);
        foreach (var (client, bag) in used)
            if (!bag.IsEmpty)
                Hold(agent, client, bag);
        Refresh(agent);
        Anew(agent);
    }

    /// <summary>An operator's operation on what is available; false when it is not.</summary>
    public bool Apply(AgentSlot agent, Bag consumed, Bag produced)
    {
        if (!agent.Available.Contains(consumed) || Overlaps(agent, consumed))
            return false;
        SetTotal(agent, agent.Total, (agent.Total - consumed) + produced);
        Refresh(agent);
        Anew(agent);
        return true;
    }

    /// <summary>Sets or clears a maintenance window; what was answered about the one before is forgotten.</summary>
    public void SetUnavailable(AgentSlot agent, long? at)
    {
        agent.UnavailableAt = at;
        foreach (var framework in frameworks.Values)
            framework.InverseOffers.Remove(agent);
        if (at is null)
            maintained.Remove(agent);
        else
            maintained.Add(agent);
        Anew(agent);
    }

    // A shared volume that somebody holds is available and yet not free to be changed.
    private static bool Overlaps(AgentSlot agent, Bag consumed)
    {
        foreach (ref readonly var entry in consumed.Entries)
            if (entry.Kind.Shared)
                for (var i = 0; i < agent.HoldingCount; i++)
                    if (Has(agent.Holdings[i].Bag, entry.Kind))
                        return true;
        return false;
    }

    private void Describe(AgentSlot agent)
    {
        agent.Remote = Options.Region is { } here && agent.Region is { } there && here != there;
        agent.Whitelisted = whitelist?.Contains(agent.Hostname) ?? true;
    }

    private void SetTotal(AgentSlot agent, Bag before, Bag after)
    {
        if (agent.Present)
        {
            Count(before, -1);
            Count(after, 1);
        }
        agent.Total = after;
        agent.HasGpus = false;
        foreach (ref readonly var entry in after.Entries)
            agent.HasGpus |= entry.Kind.Name == gpus;
        Eased();
    }

    private void Count(Bag total, int sign)
    {
        foreach (ref readonly var entry in total.Entries)
        {
            if (entry.Kind.Type != KindType.Scalar)
                continue;
            totals.Add(entry.Kind.Name, sign * entry.Quantity);
            if (entry.Kind.Counted)
                Quantities.Add(ref ordinary, entry.Kind.Name, sign * entry.Quantity);
            for (var role = entry.Kind.ReservedFor; role is not null; role = role.Parent)
            {
                Quantities.Add(ref role.Reserved, entry.Kind.Name, sign * entry.Quantity);
                role.QuotaStale = true;
            }
        }
    }

    // Available from scratch: total less everything held, shared volumes excepted.
    private static void Refresh(AgentSlot agent)
    {
        var held = Bag.Empty;
        for (var i = 0; i < agent.HoldingCount; i++)
            held += agent.Holdings[i].Bag;
        agent.Available = agent.Present ? agent.Total.Taken(held) : Bag.Empty;
        agent.Overcommitted = !agent.Total.Contains(held) && !agent.Total.Contains(held.Where(static kind => !kind.Shared));
        SetSimple(agent);
    }

    private static void SetSimple(AgentSlot agent)
    {
        agent.Simple = true;
        agent.Names = 0;
        foreach (ref readonly var entry in agent.Available.Entries)
        {
            agent.Simple &= entry.Kind.Simple;
            agent.Names |= entry.Kind.Counted ? RoleSlot.Bit(entry.Kind.Name) : RoleSlot.OtherNames;
        }
    }

    private void Anew(AgentSlot agent)
    {
        agent.Restricted = false;
        Touch(agent);
    }
}
