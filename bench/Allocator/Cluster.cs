using Bourse.Allocator.Engine;
using Bourse.Contracts;

namespace Bourse.Bench.Allocator;

/// <summary>An engine with the agents and frameworks of the reference benchmarks.</summary>
internal sealed class Cluster
{
    /// <summary>A filter that holds for the whole benchmark.</summary>
    public const long Year = 365 * TimeSpan.TicksPerDay;

    /// <summary>31000 to 32000 in 16 pieces.</summary>
    public static readonly Resource FragmentedPorts = Resource.Of("ports",
        [.. Enumerable.Range(0, 15).Select(i => new Interval(31000 + (2 * (ulong)i), 31000 + (2 * (ulong)i))), new Interval(31030, 32000)]);

    private long seed;

    public AllocationEngine Engine { get; } = new(new EngineOptions { MesosCompatible = true });

    public List<AgentSlot> Agents { get; } = [];

    public List<FrameworkSlot> Frameworks { get; } = [];

    public Bag Bag(params IEnumerable<Resource> resources) => Engine.Kinds.Bag(Resources.Of(resources));

    public Bag Standard() => Bag(Resource.Of("cpus", 24), Resource.Of("mem", 4096), Resource.Of("disk", 4096), Ports());

    public static Resource Ports() => Resource.Of("ports", new Interval(31000, 32000));

    public void AddFrameworks(int count, Func<int, string> role, params string[] capabilities)
    {
        for (var i = 0; i < count; i++)
            AddFramework(i, role(i), capabilities);
    }

    /// <summary>A framework joins; the run that this triggers is the caller's.</summary>
    public FrameworkSlot AddFramework(int i, string role, params string[] capabilities)
    {
        Frameworks.Add(Engine.SetFramework($"framework{i}", [role], capabilities, active: true, suppressed: []));
        return Frameworks[^1];
    }

    public AgentSlot AddAgent(int i, Bag total, FrameworkSlot? user = null, Bag used = default)
    {
        var agent = Engine.AddAgent($"agent{i}", total, used: user is null ? null : [(user.Clients[0], used)]);
        Agents.Add(agent);
        return agent;
    }

    /// <summary>One cycle over some agents, or over all; the offers made.</summary>
    public IReadOnlyList<Allocation> Cycle(AgentSlot? only = null) => Engine.Run(++seed, only is null ? null : [only]);

    public void Return(IEnumerable<Allocation> offers, long? refuse = null)
    {
        foreach (var offer in offers)
        {
            Engine.Release(offer.Agent, offer.Client, offer.Bag);
            if (refuse is { } until)
                Engine.Refuse(offer.Agent, offer.Client, offer.Bag, until);
        }
    }
}
