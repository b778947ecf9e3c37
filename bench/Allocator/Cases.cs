using Bourse.Allocator.Engine;
using Bourse.Contracts;
using static Bourse.Bench.Allocator.Measured;

namespace Bourse.Bench.Allocator;

/// <summary>The cases of the reference benchmark of Mesos' allocator, each as defined there.</summary>
internal static class Cases
{
    public static Measured Run(string name, string layout, int agents, int frameworks) => name switch
    {
        "C1" => Cold(layout, agents, frameworks),
        "W1" => Saturated(_ => "*", agents, frameworks, partlyUsed: true),
        "W2" => Saturated(i => $"role{i}", agents, frameworks, partlyUsed: false),
        "S1" => Suppressing(agents, frameworks),
        "A1" => AddingAndUpdating(agents, frameworks),
        "F1" => Recovering(layout, agents, frameworks),
        "Q1" => LargeAndSmallQuotas(agents),
        "Q2" => QuotaOrNot(layout, agents),
        "X1" => ManyFrameworks(),
        _ => throw new ArgumentException($"no case {name}"),
    };

    /// <summary>The code is compiled for speed before anything is timed, as it is in a server that runs for months.</summary>
    public static void WarmUp()
    {
        for (var i = 0; i < 30; i++)
        {
            Cold("own", 200, 20, rounds: 5);
            Saturated(_ => "*", 100, 5, partlyUsed: true);
            LargeAndSmallQuotas(30);
        }
        // The runtime compiles hot code anew in the background, once nothing new came for 100 ms, and tells nobody when it has.
        Thread.Sleep(300);
        for (var i = 0; i < 30; i++)
        {
            Cold("one", 200, 20, rounds: 5);
            LargeAndSmallQuotas(30);
        }
    }

    private static Func<int, string> Roles(string layout) => layout == "own" ? i => $"role{i}" : _ => "role1";

    private static Measured Cold(string layout, int agents, int frameworks, int rounds = 9)
    {
        var cluster = new Cluster();
        var total = cluster.Standard();
        for (var i = 0; i < agents; i++)
            cluster.AddAgent(i, total);
        var adding = Cpu(() =>
        {
            for (var i = 0; i < frameworks; i++)
            {
                cluster.AddFramework(i, Roles(layout)(i));
                cluster.Cycle();
            }
        });
        ReturnAll(cluster);
        List<double> times = [];
        var offers = 0;
        for (var round = 0; round < rounds; round++)
        {
            IReadOnlyList<Allocation> made = [];
            times.Add(Cpu(() => made = cluster.Cycle()));
            offers = made.Count;
            cluster.Return([.. made]);
        }
        return new([("cycle", Median(times), offers), ("all frameworks added", adding, agents)]);
    }

    private static void ReturnAll(Cluster cluster)
    {
        foreach (var agent in cluster.Agents)
            while (agent.HoldingCount > 0)
                cluster.Engine.Release(agent, agent.Holdings[0].Client, agent.Holdings[0].Bag);
    }

    private static Measured Saturated(Func<int, string> role, int agents, int frameworks, bool partlyUsed)
    {
        var cluster = new Cluster();
        cluster.AddFrameworks(frameworks, role);
        var used = cluster.Bag(Resource.Of("cpus", 16), Resource.Of("mem", 2014), Resource.Of("disk", 1024), Cluster.FragmentedPorts);
        AddAgents(cluster, agents, partlyUsed ? used : default);

        List<double> first = [], saturated = [];
        double declining = 0;
        var declined = 0L;
        IReadOnlyList<Allocation> made = [];
        while (saturated.Count < 7)
        {
            var time = Cpu(() => made = cluster.Cycle());
            if (made.Count == 0)
            {
                saturated.Add(time);
                continue;
            }
            if (first.Count < 10)
                first.Add(time);
            var offers = made.ToArray();
            declined += offers.Length;
            declining += Cpu(() => cluster.Return(offers, Cluster.Year));
        }
        return new([
            ("saturated", Median(saturated), 0), ("first saturated", saturated[0], 0), ("rounds 0-9", Median(first), agents),
            ("1000 declines", declining / declined * 1000, 1000)]);
    }

    private static void AddAgents(Cluster cluster, int agents, Bag used)
    {
        var total = cluster.Standard();
        for (var i = 0; i < agents; i++)
            cluster.AddAgent(i, total, used.IsEmpty ? null : cluster.Frameworks[i % cluster.Frameworks.Count], used);
    }

    private static Measured Suppressing(int agents, int frameworks)
    {
        var cluster = new Cluster();
        cluster.AddFrameworks(frameworks, _ => "*");
        AddAgents(cluster, agents, cluster.Bag(Resource.Of("cpus", 16), Resource.Of("mem", 1024), Resource.Of("disk", 1024), Cluster.FragmentedPorts));
        IReadOnlyList<Allocation> made = cluster.Cycle();
        List<(string, double, long)> rounds = [];
        for (var round = 0; round < 5; round++)
        {
            cluster.Return([.. made]);
            foreach (var framework in cluster.Frameworks.Skip(round * frameworks / 5).Take(frameworks / 5))
                cluster.Engine.Suppress(framework, null);
            var time = Cpu(() => made = cluster.Cycle());
            rounds.Add(($"round {round}", time, made.Count));
        }
        return new([("5 rounds", rounds.Sum(each => each.Item2), rounds.Sum(each => each.Item3)), .. rounds]);
    }

    private static Measured AddingAndUpdating(int agents, int frameworks)
    {
        var cluster = new Cluster();
        cluster.AddFrameworks(frameworks, _ => "*", "REVOCABLE_RESOURCES");
        var total = cluster.Bag(Resource.Of("cpus", 2), Resource.Of("mem", 1024), Resource.Of("disk", 4096), Cluster.Ports());
        var used = cluster.Bag(Resource.Of("cpus", 1), Resource.Of("mem", 128), Resource.Of("disk", 1024),
            Resource.Of("ports", new Interval(31126, 31510), new Interval(31512, 31623), new Interval(31810, 31852), new Interval(31854, 31964)));
        var more = total + cluster.Bag(Resource.Of("cpus", 10) with { Revocable = true });
        long offers = 0, updates = 0;
        var adding = Cpu(() =>
        {
            for (var i = 0; i < agents; i++)
                offers += cluster.Cycle(cluster.AddAgent(i, total, cluster.Frameworks[i % frameworks], used)).Count;
        });
        var updating = Cpu(() =>
        {
            foreach (var agent in cluster.Agents)
                if (cluster.Engine.UpdateAgent(agent, more, null))
                    updates += cluster.Cycle(agent).Count;
        });
        return new([("add all agents", adding, offers), ("update all agents", updating, updates)]);
    }

    private static Measured Recovering(string layout, int agents, int frameworks)
    {
        var cluster = new Cluster();
        long offers = 0;
        var added = 0;
        var recovery = Cpu(() =>
        {
            for (var i = 0; i < (layout == "own" ? frameworks : 1); i++)
                cluster.Engine.SetQuota(Roles(layout)(i), Amounts(cluster, 1, 512, 256), []);
            cluster.AddFrameworks(frameworks, Roles(layout));
            var total = cluster.Standard();
            var used = cluster.Bag(Resource.Of("cpus", 16), Resource.Of("mem", 2014), Resource.Of("disk", 1024), Cluster.FragmentedPorts);
            for (var i = 0; i < agents; i++)
            {
                var agent = cluster.AddAgent(i, total, cluster.Frameworks[i % frameworks], used);
                // Nothing is offered before most agents are back.
                if (++added >= agents * 8 / 10)
                    offers += cluster.Cycle(agent).Count;
            }
        });
        ReturnOffers(cluster);
        List<double> later = [];
        var made = cluster.Cycle();
        for (var round = 0; round < 5; round++)
        {
            cluster.Return([.. made]);
            later.Add(Cpu(() => made = cluster.Cycle()));
        }
        return new([("whole recovery", recovery, offers), ("later full cycle", Median(later), made.Count)]);

        void ReturnOffers(Cluster all)
        {
            foreach (var agent in all.Agents)
                for (var i = agent.HoldingCount - 1; i >= 0; i--)
                {
                    var holding = agent.Holdings[i];
                    var used = all.Bag(Resource.Of("cpus", 16), Resource.Of("mem", 2014), Resource.Of("disk", 1024), Cluster.FragmentedPorts);
                    all.Engine.Release(agent, holding.Client, holding.Bag.Contains(used) ? holding.Bag - used : holding.Bag);
                }
        }
    }

    private static (int, long)[] Amounts(Cluster cluster, long cpus, long mem, long disk) =>
        [(cluster.Engine.Names.Of("cpus"), cpus * 1000), (cluster.Engine.Names.Of("mem"), mem * 1000), (cluster.Engine.Names.Of("disk"), disk * 1000)];

    private static Measured LargeAndSmallQuotas(int roles)
    {
        // S small and S/5 large roles.
        var small = roles * 5 / 6;
        var large = small / 5;
        var cluster = new Cluster();
        for (var i = 0; i < small + large; i++)
        {
            var amounts = i < small ? Amounts(cluster, 1, 1024, 1024) : Amounts(cluster, 4, 4096, 4096);
            cluster.Engine.SetQuota($"role{i}", amounts, amounts);
            cluster.AddFramework(i, $"role{i}");
        }
        return FirstAndSecond(cluster, large + (5 * large));
    }

    private static Measured QuotaOrNot(string layout, int agents)
    {
        var cluster = new Cluster();
        for (var i = 0; i < agents / 2; i++)
        {
            if (layout == "quota")
                cluster.Engine.SetQuota($"role{i}", Amounts(cluster, 4, 4096, 4096), Amounts(cluster, 4, 4096, 4096));
            cluster.AddFramework(2 * i, $"role{i}");
            cluster.AddFramework((2 * i) + 1, $"role{i}");
        }
        return FirstAndSecond(cluster, agents);
    }

    private static Measured FirstAndSecond(Cluster cluster, int agents)
    {
        var total = cluster.Bag(Resource.Of("cpus", 2), Resource.Of("mem", 2048), Resource.Of("disk", 2048));
        for (var i = 0; i < agents; i++)
            cluster.AddAgent(i, total);
        var (first, second) = (0L, 0L);
        var one = Cpu(() => first = cluster.Cycle().Count);
        var two = Cpu(() => second = cluster.Cycle().Count);
        return new([("first cycle", one, first), ("second cycle", two, second)]);
    }

    private static Measured ManyFrameworks()
    {
        var cluster = new Cluster();
        var total = cluster.Bag(Resource.Of("cpus", 64), Resource.Of("mem", 488_000));
        for (var i = 0; i < 80; i++)
            cluster.AddAgent(i, total);
        var work = new List<(Bag Task, int Left, int PerOffer)>();
        for (var i = 0; i < 554; i++)
        {
            cluster.AddFramework(i, i is >= 4 and < 504 ? "batch" : $"role{i}");
            work.Add(i < 4 ? (cluster.Bag(Resource.Of("cpus", 0.07), Resource.Of("mem", 400)), 4000, 100)
                : i < 504 ? (cluster.Bag(Resource.Of("cpus", 0.1), Resource.Of("mem", 4000)), 5, 1)
                : (cluster.Bag(Resource.Of("cpus", 1), Resource.Of("mem", 1000)), 20, 5));
        }

        List<double> times = [];
        long offers = 0;
        for (var round = 0; round < 579; round++)
        {
            IReadOnlyList<Allocation> made = [];
            times.Add(Cpu(() => made = cluster.Cycle()));
            offers += made.Count;
            foreach (var offer in made.ToArray())
            {
                var number = int.Parse(offer.Client.Framework.Id.AsSpan("framework".Length), System.Globalization.CultureInfo.InvariantCulture);
                var (task, left, perOffer) = work[number];
                var rest = offer.Bag;
                for (; perOffer > 0 && left > 0 && rest.Contains(task); perOffer--, left--)
                    rest -= task;
                work[number] = work[number] with { Left = left };
                cluster.Engine.Release(offer.Agent, offer.Client, rest);
            }
        }
        return new([("median round", Median(times), offers / 579), ("tasks left", 0, work.Sum(each => each.Left))]);
    }
}
