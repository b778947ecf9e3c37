using Bourse.Contracts;

namespace Bourse.Allocator;

/// <summary>When a task may be launched. The words are those of Mesos (<c>master/validation.cpp</c>), which frameworks match on.</summary>
internal static class TaskRules
{
    /// <summary>What is wrong with a task, or null.</summary>
    /// <param name="launch">The task.</param>
    /// <param name="framework">Its framework.</param>
    /// <param name="agent">The agent of the offers.</param>
    /// <param name="free">What is left of the offers, allocated to no role.</param>
    /// <param name="launched">Facts decided for tasks before it in the same call.</param>
    /// <param name="executor">The executor it names: as it is there already, or as it would be launched with the task.</param>
    public static string? Problem(
        Launch launch, Framework framework, Agent agent, Resources free, List<IFact> launched, (ExecutorSpec? There, ExecutorSpec? New) executor = default)
    {
        var id = launch.TaskId;
        if (IdProblem(id.Value) is { } bad)
            return bad;
        if (framework.Tasks.ContainsKey(id) || launched.Exists(fact => fact is TaskLaunched before && before.Spec.Id == id))
            return $"Task has duplicate ID: {id}";
        if (launch.Spec is not { } spec)
            return launch.Invalid ?? "Task has no description";
        if (launch.AgentId != agent.Description.Id)
            return $"Task uses invalid agent {launch.AgentId} while agent {agent.Description.Id} is expected";
        if (spec.Resources.IsEmpty)
            return "Task uses no resources";
        if (spec.Resources.Total("gpus").Thousandths % 1000 != 0)
            return "Task uses a fraction of a gpu: 'gpus' must be a whole number";
        if (spec.KillGrace < TimeSpan.Zero)
            return "Task's 'kill_policy.grace_period' must be non-negative";
        if (executor.There is { } there && launch.Executor is { } named && !Same(there, named))
            return "Task has invalid ExecutorInfo (existing ExecutorInfo with same ExecutorID is not compatible)";
        if (executor.New is { } started && Together(spec.Resources.AllocatedTo(null), started.Resources.AllocatedTo(null)) is { } clash)
            return clash;
        var wanted = (spec.Resources + (executor.New?.Resources ?? Resources.None)).AllocatedTo(null);
        return free.CanTake(wanted) ? null : $"Task uses more resources {wanted} than available {free}";
    }

    // Each may be right on its own; a port both name would be taken twice.
    private static string? Together(Resources task, Resources executor)
    {
        if (Pool.Common(task, executor).Entries.FirstOrDefault(entry => entry.Scalar is null) is { } both)
            return $"Task and executor both use {both}";
        var all = task.Entries.Concat(executor.Entries).ToList();
        if (all.GroupBy(entry => entry.Name).FirstOrDefault(same => same.Select(entry => entry.Revocable).Distinct().Count() > 1) is { } mixed)
            return $"Task and executor mix revocable and non-revocable resources of '{mixed.Key}'";
        return all.Where(entry => entry.Disk?.PersistenceId is not null).GroupBy(entry => (entry.ReservedFor, entry.Disk!.PersistenceId))
            .FirstOrDefault(same => same.Count() > 1) is { } twice ? $"Task and executor both use the persistence id '{twice.Key.PersistenceId}'" : null;
    }

    // The role its resources are allocated to is the offer's business.
    private static bool Same(ExecutorSpec a, ExecutorSpec b) =>
        a with { Resources = a.Resources.AllocatedTo(null) } == b with { Resources = b.Resources.AllocatedTo(null) };

    // Mesos: an id becomes a directory (common/validation.cpp).
    internal static string? IdProblem(string id) =>
        id.Length == 0 ? "ID must not be empty"
        : id.Length > 255 ? "ID must not be greater than 255 characters"
        : id is "." or ".." ? $"'{id}' is disallowed"
        : id.Any(c => char.IsControl(c) || c is '/' or '\\') ? $"'{id}' contains invalid characters"
        : null;
}
