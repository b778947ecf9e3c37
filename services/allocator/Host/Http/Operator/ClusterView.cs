using Bourse.Contracts;

namespace Bourse.Allocator.Host.Http.Operator;

/// <summary>A copy of what operators are shown, taken between two commits. Only references are copied: the values are immutable.</summary>
internal sealed record ClusterView(
    IReadOnlyList<ClusterView.AgentView> Agents,
    IReadOnlyList<ClusterView.FrameworkView> Frameworks,
    IReadOnlyList<ClusterView.FrameworkView> Completed,
    IReadOnlyList<RoleQuota> Quotas,
    IReadOnlyList<RoleWeight> Weights,
    long Cycle,
    IReadOnlyList<ClusterView.ExecutorView> Executors)
{
    public static ClusterView Of(AllocatorState state) => new(
        [.. state.Agents.Values.Select(View)],
        [.. state.Frameworks.Values.Where(framework => !framework.Removed).Select(framework => View(state, framework))],
        [.. state.CompletedFrameworks.Concat(state.Frameworks.Values.Where(framework => framework.Removed)).Select(framework => View(state, framework))],
        [.. state.Quotas.Values],
        [.. state.Weights.Select(weight => new RoleWeight(weight.Key, weight.Value))],
        state.Cycle,
        [.. state.Agents.Values.SelectMany(agent => agent.Executors, (agent, executor) => new ExecutorView(executor.FrameworkId, executor.Spec, agent.Description.Id))]);

    public static AgentView View(Agent agent) =>
        new(agent.Description, !agent.Silent, agent.RegisteredAt, agent.ReregisteredAt, agent.Used, agent.Offered);

    public static FrameworkView View(AllocatorState state, Framework framework) => new(
        framework.Id, framework.Description, framework.Connected, framework.RegisteredAt, framework.ReregisteredAt,
        [.. state.OffersTo(framework.Id).Select(offer => (offer, state.Agents[offer.AgentId].Description))],
        [.. framework.Tasks.Values.Select(task => View(framework, task))],
        [.. framework.CompletedTasks.Select(task => View(framework, task))],
        [.. framework.Filters.Values.SelectMany(filters => filters, (_, filter) => filter.Role)],
        framework.RemovedAt);

    public static TaskView View(Framework framework, LiveTask task) =>
        new(framework.Id, task.Spec, task.AgentId, task.State, [.. task.Statuses], task.Unacknowledged.Count > 0 ? task.Unacknowledged[0] : null,
            task.Spec.Command.User ?? framework.Description.User);

    internal sealed record AgentView(
        AgentDescription Description, bool Active, DateTimeOffset RegisteredAt, DateTimeOffset? ReregisteredAt, Resources Used, Resources Offered);

    internal sealed record FrameworkView(
        FrameworkId Id, FrameworkDescription Description, bool Connected, DateTimeOffset RegisteredAt, DateTimeOffset? ReregisteredAt,
        IReadOnlyList<(Offer Offer, AgentDescription Agent)> Offers, IReadOnlyList<TaskView> Tasks, IReadOnlyList<TaskView> CompletedTasks,
        IReadOnlyList<string> Filtered, DateTimeOffset? RemovedAt);

    internal sealed record ExecutorView(FrameworkId FrameworkId, ExecutorSpec Spec, AgentId AgentId);

    internal sealed record TaskView(
        FrameworkId FrameworkId, TaskSpec Spec, AgentId AgentId, TaskState State, IReadOnlyList<TaskUpdate> Statuses, TaskUpdate? Unacknowledged, string User);
}
