using Bourse.Contracts;

namespace Bourse.Allocator.Engine;

/// <summary>
/// Decides who is offered what, as the hierarchical allocator of Mesos does: guarantees first, then dominant resource fairness over
/// roles and frameworks, under limits, headroom, filters and minimums. Pure and deterministic: time and seeds are given. Amounts
/// are whole thousandths. Only agents about which something has changed since a run passed them over are looked at again.
/// </summary>
internal sealed partial class AllocationEngine
{
    private readonly Totals totals = new();
    private readonly DrfSorter roleSorter;
    private readonly Dictionary<string, RoleSlot> roles = new(StringComparer.Ordinal);
    private readonly Dictionary<string, FrameworkSlot> frameworks = new(StringComparer.Ordinal);
    private readonly Dictionary<string, AgentSlot> agents = new(StringComparer.Ordinal);
    private readonly AgentSet free = new(todo: false), todo = new(todo: true);
    private readonly List<AgentSlot> restricted = [];
    private readonly HashSet<AgentSlot> maintained = [];
    private readonly Dictionary<string, double> weights = new(StringComparer.Ordinal);
    private HashSet<string>? whitelist;
    private int clientCount, agentCount;

    // Something changed that may let any agent be offered; or that may lift what quotas held back.
    private bool allAnew, eased;

    // Unreserved and not revocable, in the cluster; and of that, what is held.
    private long[] ordinary = new long[8], ordinaryHeld = new long[8];

    public AllocationEngine(EngineOptions options)
    {
        Options = options;
        roleSorter = new DrfSorter(totals);
        Kinds = new Kinds(Names, Role);
        general = options.Minimum(Names);
        gpus = Names.Of("gpus");
        foreach (var name in options.FairSharingExcluded)
            totals.Exclude(Names.Of(name));
    }

    public EngineOptions Options { get; }

    public Names Names { get; } = new();

    public Kinds Kinds { get; }

    public IReadOnlyCollection<AgentSlot> Agents => agents.Values;

    public IReadOnlyCollection<FrameworkSlot> Frameworks => frameworks.Values;

    /// <summary>Agents that the next run over all of them would look at.</summary>
    public int Todo => allAnew ? free.Count : todo.Count;

    public AgentSlot? Agent(string id) => agents.GetValueOrDefault(id);

    public FrameworkSlot? Framework(string id) => frameworks.GetValueOrDefault(id);

    /// <summary>The weighted dominant share of a role and everything below it; null when no framework is tracked in it.</summary>
    public double? ShareOf(string role) => roleSorter.Subtree(role) is { } node ? roleSorter.ShareOf(node) : null;

    public RoleSlot Role(string path)
    {
        if (roles.TryGetValue(path, out var role))
            return role;
        var slash = path.LastIndexOf('/');
        return roles[path] = new RoleSlot(path, slash < 0 ? null : Role(path[..slash]), totals);
    }

    public void SetWeight(string role, double weight)
    {
        weights[role] = weight;
        roleSorter.SetWeight(role, weight);
    }

    /// <summary>Only these hosts are offered from now on; null for all.</summary>
    public void SetWhitelist(IEnumerable<string>? hostnames)
    {
        whitelist = hostnames?.ToHashSet(StringComparer.Ordinal);
        foreach (var agent in agents.Values)
        {
            agent.Whitelisted = whitelist?.Contains(agent.Hostname) ?? true;
            Touch(agent);
        }
    }

    // Everything that is free is looked at again.
    private void Anew() => allAnew = true;

    // An agent is of interest while something of it is available and may be offered.
    private void Touch(AgentSlot agent)
    {
        if (agent is { Present: true, Activated: true, Whitelisted: true } && !agent.Available.IsEmpty)
        {
            free.Add(agent);
            todo.Add(agent);
        }
        else
        {
            free.Remove(agent);
            todo.Remove(agent);
        }
    }
}

/// <summary>How an engine runs.</summary>
internal sealed record EngineOptions
{
    /// <summary>
    /// Exactly the rules of Mesos. Otherwise limits and guarantees of a role also bind and protect the roles below it.
    /// </summary>
    public bool MesosCompatible { get; init; }

    /// <summary>Agents with GPUs are offered to frameworks that can use them only.</summary>
    public bool FilterGpus { get; init; } = true;

    public IReadOnlyList<string> FairSharingExcluded { get; init; } = [];

    /// <summary>Alternatives, each a list of names with thousandths.</summary>
    public IReadOnlyList<IReadOnlyList<(string Name, long Thousandths)>> MinAllocatable { get; init; } = [[("cpus", 10)], [("mem", 32_000)]];

    /// <summary>Where the leader is; agents of other regions go to frameworks that know regions.</summary>
    public string? Region { get; init; }

    public bool RandomRoles { get; init; }

    public bool RandomFrameworks { get; init; }

    public Minimum Minimum(Names names) => Of(names, MinAllocatable);

    public static Minimum Of(Names names, IReadOnlyList<IReadOnlyList<(string Name, long Thousandths)>> alternatives) =>
        new([.. alternatives.Select(all => all.Select(each => (names.Of(each.Name), each.Thousandths)).ToArray())]);
}
