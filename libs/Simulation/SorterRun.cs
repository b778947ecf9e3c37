using System.Globalization;
using Bourse.Allocator;
using Bourse.Allocator.Engine;

namespace Bourse.Simulation;

/// <summary>Scenarios of one sorter by itself: in dominant share order, or at random by weight.</summary>
internal sealed class SorterRun : IScenarioRun
{
    private readonly Names names = new();
    private readonly Kinds kinds;
    private readonly Totals totals = new();
    private readonly DrfSorter sorter;
    private readonly Dictionary<string, Bag> agents = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Client, string Agent), Bag> held = [];
    private readonly Sequence random;
    private readonly bool atRandom;

    public SorterRun(Args? config, bool random, long seed)
    {
        kinds = new Kinds(names, path => new RoleSlot(path, null, totals));
        sorter = new DrfSorter(totals);
        atRandom = random;
        this.random = new Sequence((ulong)seed);
        if (config is null)
            return;
        foreach (var excluded in config.Take("fair_sharing_excluded")?.Words() ?? [])
            totals.Exclude(names.Of(excluded));
        if (config.Take("sorter") is { } named)
            atRandom = named.Text() switch { "random" => true, "drf" => false, _ => throw named.Wrong("drf or random") };
        config.End();
    }

    public StepReport Step(int number, string name, Value value) =>
        new(number, name, value.ToString(), 0, [], [], name.StartsWith("expect", StringComparison.Ordinal) ? Check(name, value) : Act(name, value));

    private FailureReport? Act(string name, Value value)
    {
        switch (name)
        {
            case "add_agent" or "set_agent": SetAgent(value.Args(), there: name == "set_agent"); break;
            case "remove_agent":
                var id = value.Args().Need("id");
                Count(Agent(id), -1);
                agents.Remove(id.Text());
                break;
            case "add" or "add_inactive":
                foreach (var client in value.Words())
                {
                    var node = sorter.Add(client);
                    if (name == "add")
                        sorter.Activate(node);
                }
                break;
            case "remove":
                foreach (var client in Clients(value))
                {
                    foreach (var key in held.Keys.Where(key => key.Client == client).ToList())
                        Change(client, key.Agent, held[key], -1);
                    sorter.Remove(client);
                }
                break;
            case "activate":
                foreach (var client in Clients(value))
                    sorter.Activate(sorter.Find(client)!);
                break;
            case "deactivate":
                foreach (var client in Clients(value))
                    sorter.Deactivate(sorter.Find(client)!);
                break;
            case "weight" or "weights":
                foreach (var (path, weight) in value.Map())
                    sorter.SetWeight(path, weight.Number() is > 0 and var positive ? positive : throw weight.Wrong("a weight above 0"));
                break;
            case "allocated" or "unallocated" or "update": Allocate(name, value.Args()); break;
            default: throw value.Error($"unknown step '{name}'");
        }
        return null;
    }

    private FailureReport? Check(string name, Value value)
    {
        switch (name)
        {
            case "expect_order": return Compare(value.Words(), Order());
            case "expect_set": return Compare(value.Words().Order(StringComparer.Ordinal), Order().Order(StringComparer.Ordinal));
            case "expect_count": return sorter.Count == value.Whole() ? null : new([value.Text()], [$"{sorter.Count}"]);
            case "expect_contains":
                return Compare(value.Map().Select(each => $"{each.Key}: {each.Value.Truth()}"), value.Map().Select(each => $"{each.Key}: {sorter.Find(each.Key) is not null}"));
            case "expect_allocation":
                return Compare(value.Map().Select(each => $"{each.Key}: {Text(Quantities(each.Value))}"), value.Map().Select(each => $"{each.Key}: {Text(Amounts(each.Key, each.Value))}"));
            case "expect_first": return First(value.Args());
            default: throw value.Error($"unknown step '{name}'");
        }
    }

    private static FailureReport? Compare(IEnumerable<string> expected, IEnumerable<string> happened)
    {
        var (wanted, was) = (expected.ToList(), happened.ToList());
        return wanted.SequenceEqual(was) ? null : new(wanted, was);
    }

    private List<string> Order() =>
        [.. (atRandom ? RandomSorter.Sorted(sorter.Root, random) : sorter.Sorted()).Select(node => node.Path.EndsWith("/.", StringComparison.Ordinal) ? node.Path[..^2] : node.Path)];

    private void SetAgent(Args args, bool there)
    {
        var id = args.Need("id");
        var total = ResourceText.Read(args.Need("total"), kinds);
        args.End();
        if (there)
            Count(Agent(id), -1);
        agents[id.Text()] = total;
        Count(total, 1);
    }

    private Bag Agent(Value id) => agents.TryGetValue(id.Text(), out var total) ? total : throw id.Error($"there is no agent '{id.Text()}'");

    private void Count(Bag total, int sign)
    {
        foreach (ref readonly var entry in total.Entries)
            if (entry.Kind.Type == KindType.Scalar)
                totals.Add(entry.Kind.Name, sign * entry.Quantity);
    }

    private List<string> Clients(Value value)
    {
        var clients = value.Words();
        return clients.Find(client => sorter.Find(client) is null) is { } unknown ? throw value.Error($"there is no client '{unknown}'") : clients;
    }

    private void Allocate(string name, Args args)
    {
        var named = args.Need("client");
        var client = named.Text();
        if (sorter.Find(client) is not { } node)
            throw named.Error($"there is no client '{client}'");
        var agent = args.Take("agent")?.Text() ?? agents.Keys.FirstOrDefault() ?? "";
        if (name == "update")
        {
            Change(client, agent, ResourceText.Read(args.Need("old"), kinds), -1);
            Change(client, agent, ResourceText.Read(args.Need("new"), kinds), 1);
        }
        else
        {
            Change(client, agent, ResourceText.Read(args.Need("res"), kinds), name == "allocated" ? 1 : -1);
            if (name == "allocated")
                DrfSorter.CountAllocation(node);
        }
        args.End();
    }

    // A shared resource counts once per node and agent, whoever holds it there.
    private void Change(string client, string agent, Bag bag, int sign)
    {
        var before = held.GetValueOrDefault((client, agent));
        var after = sign > 0 ? before + bag : before - bag;
        var node = sorter.Find(client)!;
        foreach (ref readonly var entry in bag.Entries)
        {
            if (entry.Kind.Type != KindType.Scalar)
                continue;
            if (!entry.Kind.Shared)
                DrfSorter.Charge(node, entry.Kind.Name, sign * entry.Amount);
            else if (Has(sign > 0 ? before : after, entry.Kind))
                continue;
            else
                ChargeShared(node, client, agent, entry.Kind, sign);
        }
        if (after.IsEmpty)
            held.Remove((client, agent));
        else
            held[(client, agent)] = after;
    }

    private void ChargeShared(SorterNode leaf, string client, string agent, Kind kind, int sign)
    {
        for (var node = leaf; node is not null; node = node.Parent)
        {
            var path = node.Path;
            var elsewhere = node != leaf && held.Any(each => each.Key.Agent == agent && each.Key.Client != client && Has(each.Value, kind)
                && (node.Parent is null || each.Key.Client == path || each.Key.Client.StartsWith(path + "/", StringComparison.Ordinal)));
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

    private IEnumerable<(string Name, long Amount)> Quantities(Value value) =>
        ResourceText.Quantities(value).GroupBy(each => each.Name).Select(same => (same.Key, same.Sum(each => each.Thousandths)));

    private IEnumerable<(string Name, long Amount)> Amounts(string client, Value value)
    {
        var amounts = client == "*total*" ? totals.Amounts.ToArray()
            : sorter.Subtree(client) is { } node ? node.Allocated
            : throw value.Error($"there is no client '{client}'");
        return Enumerable.Range(0, Math.Min(names.Count, amounts.Length)).Select(name => (names[name], amounts[name]));
    }

    private static string Text(IEnumerable<(string Name, long Amount)> amounts) => string.Join(";", amounts
        .Where(each => each.Amount != 0).OrderBy(each => each.Name, StringComparer.Ordinal).Select(each => $"{each.Name}:{ResourceText.Write(each.Amount)}"));

    // How often each client comes first, against how often it should.
    private FailureReport? First(Args args)
    {
        var rounds = args.Take("rounds")?.Whole() ?? 2000;
        var tolerance = args.Take("tolerance")?.Number() ?? 0.05;
        var wanted = args.Need("shares").Map().ToDictionary(each => each.Key, each => each.Value.Number(), StringComparer.Ordinal);
        args.End();
        var firsts = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var round = 0; round < rounds; round++)
            if (Order() is [var first, ..])
                firsts[first] = firsts.GetValueOrDefault(first) + 1;
        return wanted.All(each => Math.Abs((firsts.GetValueOrDefault(each.Key) / (double)rounds) - each.Value) <= tolerance)
            ? null
            : new([.. wanted.Select(each => Line(each.Key, each.Value))], [.. firsts.Select(each => Line(each.Key, each.Value / (double)rounds))]);

        static string Line(string client, double share) => $"{client}: {share.ToString("0.###", CultureInfo.InvariantCulture)}";
    }
}
