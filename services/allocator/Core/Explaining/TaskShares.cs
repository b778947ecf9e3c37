using Bourse.Allocator.Engine;
using Bourse.Contracts;

namespace Bourse.Allocator;

/// <summary>What tasks and their executors alone hold, by role and by framework: the shares by which outstanding offers were once decided.</summary>
internal sealed class TaskShares
{
    private readonly AllocatorState state;
    private readonly AllocationEngine engine;
    private readonly Dictionary<(string Role, FrameworkId Framework), Dictionary<string, long>> used = [];

    public TaskShares(AllocatorState state, AllocationEngine engine)
    {
        (this.state, this.engine) = (state, engine);
        foreach (var framework in state.Frameworks.Values)
            foreach (var task in framework.Tasks.Values)
                if (!task.State.IsTerminal() && !state.Agents[task.AgentId].Silent)
                    Add(task.Role, framework.Id, task.Spec.Resources);
        foreach (var agent in state.Agents.Values.Where(agent => !agent.Silent))
            foreach (var executor in agent.Executors)
                Add(executor.Role, executor.FrameworkId, executor.Spec.Resources);
    }

    /// <summary>Of a role with everything below it, over its weight; a path that ends in <c>/.</c> means a role's own frameworks.</summary>
    public double Of(string path) => path.EndsWith("/.", StringComparison.Ordinal)
        ? engine.ShareOf(Where(key => key.Role == path[..^2]), 1)
        : engine.ShareOf(Where(key => Roles.MayUse(key.Role, path)), state.Weights.GetValueOrDefault(path, UpdatingWeights.Default));

    /// <summary>Of a framework in a role.</summary>
    public double Of(string role, FrameworkId framework) => engine.ShareOf(Where(key => key == (role, framework)), 1);

    /// <summary>What a framework's tasks hold in a role.</summary>
    public ValueList<Quantity> UsedBy(string role, FrameworkId framework) => Amounts.Sorted(Where(key => key == (role, framework)));

    private void Add(string role, FrameworkId framework, Resources resources)
    {
        if (!used.TryGetValue((role, framework), out var sums))
            used[(role, framework)] = sums = new(StringComparer.Ordinal);
        foreach (var entry in resources.Entries)
            if (entry.Scalar is { } amount)
                sums[entry.Name] = sums.GetValueOrDefault(entry.Name) + amount.Thousandths;
    }

    private IEnumerable<(string Name, long Amount)> Where(Func<(string Role, FrameworkId Framework), bool> which) =>
        used.Where(each => which(each.Key)).SelectMany(each => each.Value).Select(each => (each.Key, each.Value));
}

/// <summary>Sums of scalars by name.</summary>
internal static class Amounts
{
    public static ValueList<Quantity> Sorted(IEnumerable<(string Name, long Amount)> amounts) => amounts
        .GroupBy(each => each.Name, each => each.Amount)
        .Select(each => new Quantity(each.Key, new(each.Sum())))
        .Where(each => each.Amount > Scalar.Zero)
        .OrderBy(each => Rank(each.Name)).ThenBy(each => each.Name, StringComparer.Ordinal).ToValueList();

    public static IEnumerable<(string Name, long Amount)> Of(IEnumerable<Resources> all) =>
        all.SelectMany(resources => resources.Entries).Where(entry => entry.Scalar is not null).Select(entry => (entry.Name, entry.Scalar!.Value.Thousandths));

    /// <summary>For people: <c>cpus 2, mem 512</c>.</summary>
    public static string Text(ValueList<Quantity> amounts) =>
        amounts.Count == 0 ? "nothing" : string.Join(", ", amounts.Select(each => $"{each.Name} {each.Amount}"));

    private static int Rank(string name) => name switch { "cpus" => 0, "gpus" => 1, "mem" => 2, "disk" => 3, _ => 4 };
}
