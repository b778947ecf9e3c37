namespace Bourse.Allocator.Tests;

/// <summary>
/// The rules of allocation written as plainly as possible, everything computed anew each time: an oracle for the engine. One agent is
/// allocated at a time, so that no order is left to chance. Resources are amounts by name and reservation ("" for none).
/// </summary>
internal sealed class NaiveAllocator
{
    public sealed class Machine
    {
        public Dictionary<(string Name, string Reserved), long> Total { get; set; } = [];

        public Dictionary<(string Framework, string Role), Dictionary<(string Name, string Reserved), long>> Held { get; } = [];

        public Dictionary<(string Name, string Reserved), long> Available() => Total
            .Select(each => (each.Key, Left: each.Value - Held.Values.Sum(held => held.GetValueOrDefault(each.Key))))
            .Where(each => each.Left > 0).ToDictionary(each => each.Key, each => each.Left);
    }

    public sealed record Refusal(string Framework, string Role, string Machine, Dictionary<(string Name, string Reserved), long> Resources, long Until);

    public SortedDictionary<string, Machine> Machines { get; } = new(StringComparer.Ordinal);

    public List<(string Framework, string Role)> Clients { get; } = [];

    public HashSet<(string Framework, string Role)> Suppressed { get; } = [];

    public HashSet<string> WithGpus { get; } = [];

    public Dictionary<string, double> Weights { get; } = [];

    public Dictionary<string, Dictionary<string, long>> Guarantees { get; } = [];

    public Dictionary<string, Dictionary<string, long>> Limits { get; } = [];

    public List<Refusal> Filters { get; } = [];

    private readonly Dictionary<string, long> counts = [];
    private static readonly string[] Names = ["cpus", "mem", "gpus"];

    public List<(string Framework, string Role, Dictionary<(string Name, string Reserved), long> Resources)> Run(string id, long now)
    {
        var made = new Dictionary<(string, string), Dictionary<(string, string), long>>();
        Guarantee(id, now, made);
        Share(id, now, made);
        return [.. made.Select(each => (each.Key.Item1, each.Key.Item2, each.Value))];
    }

    private void Guarantee(string id, long now, Dictionary<(string, string), Dictionary<(string, string), long>> made)
    {
        foreach (var role in RolesInOrder())
            foreach (var framework in FrameworksInOrder(role))
            {
                var unsatisfied = Names.ToDictionary(name => name, name => Math.Max(0, Guarantees.GetValueOrDefault(role, []).GetValueOrDefault(name) - Consumed(role, name)));
                if (unsatisfied.Values.All(amount => amount == 0) || Candidate(id, framework, role) is not { } candidate)
                    continue;
                Dictionary<(string, string), long> chosen = [];
                foreach (var ((name, reserved), amount) in candidate)
                {
                    if (reserved.Length > 0)
                    {
                        if (reserved == role)
                            chosen[(name, reserved)] = amount;
                        continue;
                    }
                    var guaranteed = Math.Min(amount, unsatisfied[name]);
                    chosen[(name, "")] = guaranteed + Math.Max(0, Math.Min(amount - guaranteed, Math.Min(LimitLeft(role, name) - guaranteed, Surplus(name))));
                }
                if (candidate.Any(each => each.Key.Item2.Length == 0 && unsatisfied[each.Key.Item1] > 0))
                    Give(id, framework, role, chosen, now, made);
            }
    }

    private void Share(string id, long now, Dictionary<(string, string), Dictionary<(string, string), long>> made)
    {
        // What is required for guarantees is fixed when the fair share begins; what is used of the surplus counts against it.
        var required = Names.ToDictionary(name => name, Required);
        foreach (var role in RolesInOrder())
            foreach (var framework in FrameworksInOrder(role))
                if (Candidate(id, framework, role) is { } candidate)
                    Give(id, framework, role, candidate.ToDictionary(each => each.Key, each => each.Key.Item2.Length > 0
                        ? each.Value
                        : Math.Min(each.Value, Math.Min(LimitLeft(role, each.Key.Item1),
                            required.Values.Any(amount => amount > 0) ? Math.Max(0, OrdinaryLeft(each.Key.Item1) - required[each.Key.Item1]) : long.MaxValue))), now, made);
    }

    private Dictionary<(string, string), long>? Candidate(string id, string framework, string role)
    {
        var machine = Machines[id];
        var candidate = machine.Available().Where(each => each.Key.Reserved.Length == 0 || IsUnder(role, each.Key.Reserved)).ToDictionary(each => each.Key, each => each.Value);
        var gpus = machine.Total.Keys.Any(key => key.Name == "gpus");
        return Enough(candidate) && (!gpus || WithGpus.Contains(framework)) ? candidate : null;
    }

    private void Give(string id, string framework, string role, Dictionary<(string, string), long> chosen, long now, Dictionary<(string, string), Dictionary<(string, string), long>> made)
    {
        chosen = chosen.Where(each => each.Value > 0).ToDictionary(each => each.Key, each => each.Value);
        if (!Enough(chosen) || Filters.Exists(f => f.Until > now && (f.Framework, f.Role, f.Machine) == (framework, role, id)
            && chosen.All(each => f.Resources.GetValueOrDefault(each.Key) >= each.Value)))
            return;
        Add(Of(Machines[id].Held, (framework, role)), chosen);
        Add(Of(made, (framework, role)), chosen);
        counts[$"framework {framework} {role}"] = counts.GetValueOrDefault($"framework {framework} {role}") + 1;
        foreach (var node in Path(role))
            counts[node] = counts.GetValueOrDefault(node) + 1;
    }

    private static bool Enough(Dictionary<(string Name, string), long> resources) =>
        resources.Where(each => each.Key.Name == "cpus").Sum(each => each.Value) >= 10 || resources.Where(each => each.Key.Name == "mem").Sum(each => each.Value) >= 32_000;

    private static Dictionary<(string, string), long> Of(Dictionary<(string, string), Dictionary<(string, string), long>> all, (string, string) key) =>
        all.TryGetValue(key, out var there) ? there : all[key] = [];

    private static void Add(Dictionary<(string, string), long> to, Dictionary<(string, string), long> more)
    {
        foreach (var (key, amount) in more)
            to[key] = to.GetValueOrDefault(key) + amount;
    }

    private static bool IsUnder(string role, string above) => role == above || role.StartsWith(above + "/", StringComparison.Ordinal);

    private long Consumed(string role, string name) =>
        Machines.Values.Sum(machine => machine.Total.Where(each => each.Key.Name == name && each.Key.Reserved.Length > 0 && IsUnder(each.Key.Reserved, role)).Sum(each => each.Value)
            + machine.Held.Where(each => IsUnder(each.Key.Role, role)).Sum(each => each.Value.GetValueOrDefault((name, ""))));

    private long LimitLeft(string role, string name) =>
        Limits.TryGetValue(role, out var limit) && limit.TryGetValue(name, out var most) ? Math.Max(0, most - Consumed(role, name)) : long.MaxValue;

    private long Required(string name) => Guarantees.Sum(each => Math.Max(0, each.Value.GetValueOrDefault(name) - Consumed(each.Key, name)));

    private long OrdinaryLeft(string name) =>
        Machines.Values.Sum(machine => machine.Total.GetValueOrDefault((name, "")) - machine.Held.Values.Sum(held => held.GetValueOrDefault((name, ""))));

    private long Surplus(string name) => Names.Any(each => Required(each) > 0) ? Math.Max(0, OrdinaryLeft(name) - Required(name)) : long.MaxValue;

    // The nodes above and at a role's place in the tree; a role with roles below it has a hidden child for itself.
    private IEnumerable<string> Path(string role)
    {
        if (Clients.Exists(client => client.Role != role && IsUnder(client.Role, role)))
            yield return role + "/.";
        for (var node = role; node.Length > 0; node = node[..Math.Max(0, node.LastIndexOf('/'))])
            yield return node;
    }

    private List<string> RolesInOrder() => [.. Below("")];

    private IEnumerable<string> Below(string parent)
    {
        var nodes = Clients.SelectMany(client => Path(client.Role))
            .Where(node => node[..Math.Max(0, node.LastIndexOf('/'))] == parent).Distinct()
            .Select(node => (Node: node, Share: NodeShare(node) / Weights.GetValueOrDefault(node, 1)))
            .OrderBy(each => each.Share).ThenBy(each => counts.GetValueOrDefault(each.Node)).ThenBy(each => each.Node, StringComparer.Ordinal).ToList();
        foreach (var (node, _) in nodes)
            if (node.EndsWith("/.", StringComparison.Ordinal))
                yield return node[..^2];
            else if (Clients.Exists(client => client.Role != node && IsUnder(client.Role, node)))
                foreach (var below in Below(node))
                    yield return below;
            else
                yield return node;
    }

    private double NodeShare(string node) => Part(client => node.EndsWith("/.", StringComparison.Ordinal) ? client.Role == node[..^2] : IsUnder(client.Role, node));

    private List<string> FrameworksInOrder(string role) =>
        [.. Clients.Where(client => client.Role == role && !Suppressed.Contains(client)).Select(client => client.Framework)
            .OrderBy(framework => Part(client => client == (framework, role))).ThenBy(framework => counts.GetValueOrDefault($"framework {framework} {role}")).ThenBy(framework => framework, StringComparer.Ordinal)];

    private double Part(Func<(string Framework, string Role), bool> whose)
    {
        var share = 0d;
        foreach (var name in Names)
        {
            var total = Machines.Values.Sum(machine => machine.Total.Where(each => each.Key.Name == name).Sum(each => each.Value));
            var held = Machines.Values.Sum(machine => machine.Held.Where(each => whose(each.Key)).Sum(each => each.Value.Where(one => one.Key.Name == name).Sum(one => one.Value)));
            if (total > 0)
                share = Math.Max(share, (double)held / total);
        }
        return share;
    }
}
