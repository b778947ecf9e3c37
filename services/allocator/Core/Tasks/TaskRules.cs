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
    public static string? Problem(Launch launch, Framework framework, Agent agent, Resources free, List<IFact> launched)
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
        var wanted = spec.Resources.AllocatedTo(null);
        return free.CanTake(wanted) ? null : $"Task uses more resources {wanted} than available {free}";
    }

    // Mesos: an id becomes a directory (common/validation.cpp).
    internal static string? IdProblem(string id) =>
        id.Length == 0 ? "ID must not be empty"
        : id.Length > 255 ? "ID must not be greater than 255 characters"
        : id is "." or ".." ? $"'{id}' is disallowed"
        : id.Any(c => char.IsControl(c) || c is '/' or '\\') ? $"'{id}' contains invalid characters"
        : null;
}
