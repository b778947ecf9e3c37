using Bourse.Contracts;

namespace Bourse.Allocator.Engine;

/// <summary>A role as a run sees it. Kept once seen: its name may come back.</summary>
internal sealed class RoleSlot(string path, RoleSlot? parent, Totals totals)
{
    public readonly string Path = path;
    public readonly RoleSlot? Parent = parent;

    /// <summary>The frameworks that want offers in this role, or hold something in it.</summary>
    public readonly DrfSorter Frameworks = new(totals, hierarchical: false);

    /// <summary>Its place among the roles, while any framework is tracked in it.</summary>
    public SorterNode? Node;

    /// <summary>Thousandths by name; null without a guarantee.</summary>
    public long[]? Guarantee;

    /// <summary>Thousandths by name, <see cref="Unlimited"/> where there is none; null without any limit.</summary>
    public long[]? Limit;

    public const long Unlimited = long.MaxValue;

    /// <summary>Reservations for this role and below, allocated or not.</summary>
    public long[] Reserved = new long[4];

    /// <summary>What is held unreserved and not revocable, in this role and below.</summary>
    public long[] Held = new long[4];

    /// <summary>Needs an agent that knows nested roles.</summary>
    public readonly bool Nested = path.Contains('/', StringComparison.Ordinal);

    public bool IsSelfOrUnder(RoleSlot? other)
    {
        for (var role = this; role is not null; role = role.Parent)
            if (role == other)
                return true;
        return false;
    }

    /// <summary>Names beyond what one word of bits can tell apart, and what is not counted at all.</summary>
    public const ulong OtherNames = 1UL << 63;

    /// <summary>Whether the two below must be found anew.</summary>
    public bool QuotaStale = true;

    private ulong exhausted, unsatisfied;

    /// <summary>Names of which this role's own limit leaves nothing.</summary>
    public ulong Exhausted => Fresh().exhausted;

    /// <summary>Names of which this role's own guarantee is not met.</summary>
    public ulong Unsatisfied => Fresh().unsatisfied;

    public static ulong Bit(int name) => name < 63 ? 1UL << name : OtherNames;

    public long Consumed(int name) => Quantities.At(Reserved, name) + Quantities.At(Held, name);

    private RoleSlot Fresh()
    {
        if (!QuotaStale)
            return this;
        QuotaStale = false;
        exhausted = unsatisfied = 0;
        for (var name = 0; name < (Limit?.Length ?? 0) && name < 63; name++)
            if (Limit![name] != Unlimited && Consumed(name) >= Limit[name])
                exhausted |= Bit(name);
        for (var name = 0; name < (Guarantee?.Length ?? 0); name++)
            if (Consumed(name) < Guarantee![name])
                unsatisfied |= Bit(name);
        return this;
    }
}

/// <summary>A framework.</summary>
internal sealed class FrameworkSlot(string id)
{
    public readonly string Id = id;
    public readonly List<ClientSlot> Clients = [];

    /// <summary>Added; others are only known from what agents say they run.</summary>
    public bool Known, Active;

    public bool Gpus, Revocable, Shared, Refined, RegionAware;

    /// <summary>Unanswered inverse offers.</summary>
    public readonly HashSet<AgentSlot> InverseOffers = [];

    public ClientSlot? In(string role) => Clients.Find(client => client.Role.Path == role);
}

/// <summary>A framework in a role: what offers are made to and holdings are charged to.</summary>
internal sealed class ClientSlot(int index, FrameworkSlot framework, RoleSlot role)
{
    public readonly int Index = index;
    public readonly FrameworkSlot Framework = framework;
    public readonly RoleSlot Role = role;

    public bool Subscribed, Suppressed;

    /// <summary>Its place among the role's frameworks, while it is tracked.</summary>
    public SorterNode? Node;

    /// <summary>On how many agents it holds something.</summary>
    public int Agents;

    /// <summary>Filters of an older generation are void.</summary>
    public int FilterGeneration;

    /// <summary>Replaces the general minimum when set.</summary>
    public Minimum? Minimum;

    public OfferConstraints? Constraints;

    /// <summary>The agent visit whose filters mention this client.</summary>
    public long FilteredIn;

    /// <summary>The first of them; negative when there are several.</summary>
    public int FilterAt;
}

/// <summary>What a client holds on an agent, offered or in use.</summary>
internal struct Holding
{
    public ClientSlot Client;
    public Bag Bag;

    /// <summary>Counts in the shares: its framework is known and its agent present.</summary>
    public bool Charged;
}

/// <summary>A promise not to offer a client what is inside a bag.</summary>
internal readonly struct Filter(ClientSlot client, Bag refused, long until)
{
    public readonly ClientSlot Client = client;
    public readonly int Generation = client.FilterGeneration;
    public readonly Bag Refused = refused;
    public readonly long Until = until;

    public bool Holds => Generation == Client.FilterGeneration;
}

/// <summary>An agent.</summary>
internal sealed class AgentSlot(int index, string id)
{
    private static readonly Holding[] NoHoldings = [];
    private static readonly Filter[] NoFilters = [];

    public readonly int Index = index;
    public readonly string Id = id;

    /// <summary>Counts towards the cluster; a removed or silent one does not.</summary>
    public bool Present;

    public bool Activated = true, Whitelisted = true;
    public bool HasGpus, Remote;

    /// <summary>Capabilities that decide what may be offered.</summary>
    public bool MultiRole = true, HierarchicalRole = true;

    public string Hostname = id;
    public string? Region, Zone;
    public ValueList<AgentAttribute> Attributes;

    /// <summary>Counts changes of what constraints look at.</summary>
    public int AttributesVersion;

    public Bag Total, Available;

    /// <summary>More is held than there is; what is available is found from scratch then.</summary>
    public bool Overcommitted;

    /// <summary>Everything available may be offered to anybody.</summary>
    public bool Simple = true;

    /// <summary>Of which names something is available.</summary>
    public ulong Names;

    public Holding[] Holdings = NoHoldings;
    public int HoldingCount;

    public Filter[] Filters = NoFilters;
    public int FilterCount;

    /// <summary>Places in the engine's sets of agents; -1 when not in them.</summary>
    public int FreePlace = -1, TodoPlace = -1;

    /// <summary>Passed over only because of a quota.</summary>
    public bool Restricted;

    /// <summary>Ticks of the coming maintenance; null for none.</summary>
    public long? UnavailableAt;

    /// <summary>Shared volumes offered in this run are not offered a second time in it.</summary>
    public long SharedRun;
    public readonly List<Kind> SharedOffered = [];

    public int Find(ClientSlot client)
    {
        for (var i = 0; i < HoldingCount; i++)
            if (Holdings[i].Client == client)
                return i;
        return -1;
    }
}

/// <summary>One offer that a run makes.</summary>
internal readonly struct Allocation(ClientSlot client, AgentSlot agent, Bag bag, int times = 1)
{
    /// <summary>In how many parts: a guarantee and the fair share may give to one client on one agent.</summary>
    public readonly int Times = times;

    public readonly ClientSlot Client = client;
    public readonly AgentSlot Agent = agent;
    public readonly Bag Bag = bag;
}

/// <summary>An offer must reach at least one alternative, and of that every name.</summary>
internal sealed class Minimum(params (int Name, long Amount)[][] alternatives)
{
    public bool IsReachedBy(ReadOnlySpan<Entry> entries)
    {
        if (alternatives.Length == 0)
            return entries.Length > 0;
        foreach (var alternative in alternatives)
            if (Reaches(entries, alternative))
                return true;
        return false;
    }

    private static bool Reaches(ReadOnlySpan<Entry> entries, (int Name, long Amount)[] alternative)
    {
        foreach (var (name, amount) in alternative)
        {
            var sum = 0L;
            foreach (ref readonly var entry in entries)
                if (entry.Kind.Name == name)
                    sum += entry.Quantity;
            if (sum < amount)
                return false;
        }
        return true;
    }
}

/// <summary>A set of agents with constant-time changes.</summary>
internal sealed class AgentSet(bool todo)
{
    private AgentSlot[] agents = new AgentSlot[16];

    public int Count { get; private set; }

    public ReadOnlySpan<AgentSlot> All => agents.AsSpan(0, Count);

    public void Add(AgentSlot agent)
    {
        ref var place = ref Place(agent);
        if (place >= 0)
            return;
        if (Count == agents.Length)
            Array.Resize(ref agents, Count * 2);
        place = Count;
        agents[Count++] = agent;
    }

    public void Remove(AgentSlot agent)
    {
        ref var place = ref Place(agent);
        if (place < 0)
            return;
        var last = agents[--Count];
        agents[place] = last;
        Place(last) = place;
        place = -1;
        agents[Count] = null!;
    }

    public void Clear()
    {
        foreach (var agent in All)
            Place(agent) = -1;
        agents.AsSpan(0, Count).Clear();
        Count = 0;
    }

    private ref int Place(AgentSlot agent) => ref todo ? ref agent.TodoPlace : ref agent.FreePlace;
}

/// <summary>Instants at which filters of agents end, soonest first.</summary>
internal sealed class ExpiryQueue
{
    private readonly PriorityQueue<AgentSlot, long> queue = new();

    public int Count => queue.Count;

    public void Add(AgentSlot agent, long until) => queue.Enqueue(agent, until);

    public AgentSlot? Due(long now)
    {
        if (!queue.TryPeek(out var agent, out var until) || until > now)
            return null;
        queue.Dequeue();
        return agent;
    }

    public void Clear() => queue.Clear();
}
