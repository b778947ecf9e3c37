namespace Bourse.Allocator.Engine;

internal sealed partial class AllocationEngine
{
    private readonly int gpus;
    private readonly Minimum general;
    private readonly List<Allocation> made = [];
    private readonly RoleWalk walk = new();
    private AgentSlot[] candidates = [];
    private Entry[] candidate = new Entry[16], chosen = new Entry[16];
    private bool ownMinimums;
    private long runs, visits;
    private Sequence random = new(0);

    // Whether the agent being looked at was held back by a quota; then it is looked at again when that eases.
    private bool heldBack;

    private enum Outcome
    {
        Passed,
        Allocated,
        NothingForRole,
    }

    /// <summary>
    /// Allocates what is available on some agents, or on all of them, and returns what was allocated to whom. The list is used again
    /// by the next run.
    /// </summary>
    public IReadOnlyList<Allocation> Run(long seed, IReadOnlyCollection<AgentSlot>? only = null, int most = int.MaxValue)
    {
        made.Clear();
        runs++;
        var count = Gather(only, most);
        if (count == 0 || roleSorter.ActiveCount == 0)
        {
            if (only is null)
                Settle(count);
            return made;
        }

        random = new Sequence((ulong)seed);
        FindHeadroom();
        var order = candidates.AsSpan(0, count);
        var guaranteed = 0;
        if (headroomRequired)
        {
            random.Shuffle(order);
            foreach (var agent in order)
                Guarantee(agent);
            headroomRequired = required.AsSpan().ContainsAnyExcept(0);
            guaranteed = made.Count;
        }
        random.Shuffle(order);
        foreach (var agent in order)
        {
            heldBack = false;
            Share(agent);
            if (heldBack && !agent.Restricted)
            {
                agent.Restricted = true;
                restricted.Add(agent);
            }
        }
        Settle(count);
        if (guaranteed > 0 && made.Count > guaranteed)
            Merge(guaranteed);
        return made;
    }

    // What the fair share added to what a guarantee gave is one allocation.
    private void Merge(int guaranteed)
    {
        var places = new Dictionary<(int Client, int Agent), int>(guaranteed);
        for (var i = 0; i < guaranteed; i++)
            places[(made[i].Client.Index, made[i].Agent.Index)] = i;
        var kept = guaranteed;
        for (var i = guaranteed; i < made.Count; i++)
            if (places.TryGetValue((made[i].Client.Index, made[i].Agent.Index), out var at))
                made[at] = new(made[at].Client, made[at].Agent, made[at].Bag + made[i].Bag, made[at].Times + 1);
            else
                made[kept++] = made[i];
        made.RemoveRange(kept, made.Count - kept);
    }

    private int Gather(IReadOnlyCollection<AgentSlot>? only, int most)
    {
        if (only is not null)
        {
            if (candidates.Length < only.Count)
                candidates = new AgentSlot[only.Count];
            var n = 0;
            foreach (var agent in only)
                if (agent.FreePlace >= 0)
                    candidates[n++] = agent;
            return n;
        }

        if (allAnew)
            foreach (var agent in free.All)
                todo.Add(agent);
        if (eased)
        {
            foreach (var agent in restricted)
                if (agent.Restricted)
                {
                    agent.Restricted = false;
                    Touch(agent);
                }
            restricted.Clear();
        }
        allAnew = eased = false;
        var count = Math.Min(todo.Count, most);
        if (candidates.Length < count)
            candidates = new AgentSlot[Math.Max(count, Math.Min(agents.Count, 2 * count))];
        todo.All[..count].CopyTo(candidates);
        return count;
    }

    // Who was looked at is done with until something changes about it. A shared volume is offered again in every run.
    private void Settle(int count)
    {
        foreach (var agent in candidates.AsSpan(0, count))
        {
            if (agent.Available.IsEmpty)
                free.Remove(agent);
            if (agent.SharedRun != runs || agent.SharedOffered.Count == 0)
                todo.Remove(agent);
        }
    }

    private void Guarantee(AgentSlot agent)
    {
        MarkFilters(agent);
        walk.Start(roleSorter, Options.RandomRoles ? random : null);
        while (walk.Next() is { } role && !agent.Available.IsEmpty)
        {
            if (!HasUnsatisfied(role) || (role.Nested && !agent.HierarchicalRole) || !agent.MultiRole)
                continue;
            foreach (var node in InOrder(role))
            {
                if (!HasUnsatisfied(role))
                    break;
                if (Try(agent, (ClientSlot)node.Tag!, guarantees: true) == Outcome.NothingForRole)
                    break;
            }
        }
    }

    private void Share(AgentSlot agent)
    {
        // When nobody asks for less than the general minimum, an agent below it is over at once.
        if (!ownMinimums && !general.IsReachedBy(agent.Available.Entries))
            return;
        MarkFilters(agent);
        walk.Start(roleSorter, Options.RandomRoles ? random : null);
        while (walk.Next() is { } role)
        {
            if ((role.Nested && !agent.HierarchicalRole) || !agent.MultiRole)
                continue;
            if (anyLimit && agent.Simple && IsExhausted(role, agent.Names))
            {
                heldBack = true;
                continue;
            }
            foreach (var node in InOrder(role))
            {
                var outcome = Try(agent, (ClientSlot)node.Tag!, guarantees: false);
                if (outcome == Outcome.NothingForRole)
                    break;
                if (outcome == Outcome.Allocated && (agent.Available.IsEmpty || (!ownMinimums && !general.IsReachedBy(agent.Available.Entries))))
                    return;
            }
        }
    }

    private ReadOnlySpan<SorterNode> InOrder(RoleSlot role)
    {
        if (Options.RandomFrameworks)
            return RandomSorter.Sorted(role.Frameworks.Root, random).ToArray();
        role.Frameworks.Sort(role.Frameworks.Root);
        return role.Frameworks.Root.Order.AsSpan(0, role.Frameworks.Root.OrderCount);
    }

    // Clients with a filter on this agent are marked, so that all others cost nothing.
    private void MarkFilters(AgentSlot agent)
    {
        visits++;
        for (var i = 0; i < agent.FilterCount; i++)
            if (agent.Filters[i] is { Holds: true, Client: var client })
            {
                client.FilterAt = client.FilteredIn == visits ? -1 : i;
                client.FilteredIn = visits;
            }
    }

    private Outcome Try(AgentSlot agent, ClientSlot client, bool guarantees)
    {
        if (client.Constraints is { } constraints && !constraints.Allows(agent))
            return Outcome.Passed;
        if (agent.Simple && !guarantees)
            return TryWhole(agent, client);

        var role = client.Role;
        var found = Candidate(agent, role);
        if (found == 0)
            return Outcome.NothingForRole;
        var framework = client.Framework;
        var minimum = client.Minimum ?? general;
        if (!minimum.IsReachedBy(candidate.AsSpan(0, found))
            || (agent.HasGpus && Options.FilterGpus && !framework.Gpus)
            || (agent.Remote && !framework.RegionAware))
            return Outcome.Passed;

        var count = guarantees ? ChooseGuaranteed(role, framework, found) : ChooseShare(role, framework, found);
        return Offer(agent, client, minimum, count);
    }

    // Most agents: no reservations, nothing revocable or shared, so that everything available is the candidate for anybody.
    private Outcome TryWhole(AgentSlot agent, ClientSlot client)
    {
        if (agent.Available.IsEmpty)
            return Outcome.NothingForRole;
        if ((agent.HasGpus && Options.FilterGpus && !client.Framework.Gpus) || (agent.Remote && !client.Framework.RegionAware))
            return Outcome.Passed;
        var minimum = client.Minimum ?? general;
        var available = agent.Available;
        if ((ownMinimums && !minimum.IsReachedBy(available.Entries)) || (client.FilteredIn == visits && IsFiltered(agent, client, available)))
            return Outcome.Passed;
        if (headroomRequired || HasLimit(client.Role))
        {
            var found = Candidate(agent, client.Role);
            return Offer(agent, client, minimum, ChooseShare(client.Role, client.Framework, found));
        }
        Allocate(agent, client, available);
        return Outcome.Allocated;
    }

    // What of the agent may be offered in the role: unreserved, or reserved for it or for a role above it.
    private int Candidate(AgentSlot agent, RoleSlot role)
    {
        var entries = agent.Available.Entries;
        if (candidate.Length < entries.Length)
        {
            candidate = new Entry[2 * entries.Length];
            chosen = new Entry[2 * entries.Length];
        }
        var count = 0;
        foreach (ref readonly var entry in entries)
            if ((entry.Kind.ReservedFor is null || role.IsSelfOrUnder(entry.Kind.ReservedFor))
                && !(entry.Kind.Shared && agent.SharedRun == runs && agent.SharedOffered.Contains(entry.Kind)))
                candidate[count++] = entry;
        return count;
    }

    private static bool CanUse(FrameworkSlot framework, Kind kind) =>
        (!kind.Shared || framework.Shared) && (!kind.Revocable || framework.Revocable) && (!kind.Refined || framework.Refined);

    private Outcome Offer(AgentSlot agent, ClientSlot client, Minimum minimum, int count)
    {
        var entries = chosen.AsSpan(0, count);
        if (count == 0 || !minimum.IsReachedBy(entries))
            return Outcome.Passed;
        var bag = Same(agent.Available, entries) ? agent.Available : new Bag(entries.ToArray());
        if (client.FilteredIn == visits && IsFiltered(agent, client, bag))
            return Outcome.Passed;

        foreach (ref readonly var entry in bag.Entries)
            if (entry.Kind.Counted && entry.Kind.Name < surplus.Length)
            {
                var guaranteed = Quantities.At(guaranteedNow, entry.Kind.Name);
                if (guaranteed > 0)
                    required[entry.Kind.Name] = Math.Max(0, required[entry.Kind.Name] - guaranteed);
                surplus[entry.Kind.Name] -= entry.Amount - guaranteed;
                guaranteedNow[entry.Kind.Name] = 0;
            }
        Allocate(agent, client, bag);
        return Outcome.Allocated;
    }

    private void Allocate(AgentSlot agent, ClientSlot client, Bag bag)
    {
        Hold(agent, client, bag);
        DrfSorter.CountAllocation(client.Node!);
        DrfSorter.CountAllocation(client.Role.Node!);
        if (!agent.Simple)
            NoteShared(agent, bag);
        Shrink(agent, bag);
        made.Add(new Allocation(client, agent, bag));
    }

    private void NoteShared(AgentSlot agent, Bag bag)
    {
        if (agent.SharedRun != runs)
            agent.SharedOffered.Clear();
        agent.SharedRun = runs;
        foreach (ref readonly var entry in bag.Entries)
            if (entry.Kind.Shared)
                agent.SharedOffered.Add(entry.Kind);
    }

    private static bool IsFiltered(AgentSlot agent, ClientSlot client, Bag bag)
    {
        if (client.FilterAt >= 0)
            return agent.Filters[client.FilterAt].Refused.Contains(bag);
        for (var i = 0; i < agent.FilterCount; i++)
        {
            ref var filter = ref agent.Filters[i];
            if (filter.Client == client && filter.Holds && filter.Refused.Contains(bag))
                return true;
        }
        return false;
    }

    private static bool Same(Bag available, ReadOnlySpan<Entry> chosen)
    {
        if (available.Entries.Length != chosen.Length)
            return false;
        for (var i = 0; i < chosen.Length; i++)
            if (chosen[i].Kind != available.Entries[i].Kind || chosen[i].Amount != available.Entries[i].Amount)
                return false;
        return true;
    }
}
