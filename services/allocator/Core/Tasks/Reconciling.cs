using Bourse.Contracts;

namespace Bourse.Allocator;

/// <summary>RECONCILE: what is known about tasks, told again. Decides nothing and records nothing.</summary>
public static class Reconciling
{
    /// <summary>
    /// The latest status of the named tasks, or of all live tasks of the framework when none is named. A task nobody knows is
    /// GONE, UNREACHABLE or UNKNOWN to partition-aware frameworks, by what is known of its agent, and LOST to others. Updates carry no uuid.
    /// </summary>
    public static IReadOnlyList<(TaskId TaskId, AgentId? AgentId, TaskUpdate Update)> Answer(
        AllocatorState state, FrameworkId id, ValueList<(TaskId TaskId, AgentId? AgentId)> asked, DateTimeOffset now)
    {
        if (state.Living(id) is not { } framework)
            return [];
        if (asked.Count == 0)
            return [.. framework.Tasks.Values.Where(task => !task.State.IsTerminal() || task.Unacknowledged.Count > 0)
                .Select(task => (task.Spec.Id, (AgentId?)task.AgentId, Latest(task, now)))];
        return [.. asked.Select(ask => framework.Find(ask.TaskId) is { } task
            ? (ask.TaskId, (AgentId?)task.AgentId, Latest(task, now))
            : (ask.TaskId, ask.AgentId, new TaskUpdate(
                Unknown(state, framework, ask.AgentId), now, "SOURCE_MASTER", "REASON_RECONCILIATION", "Reconciliation: Task is unknown")))];
    }

    // A registered agent would have told of the task, so it is gone; of other agents nobody can say.
    private static TaskState Unknown(AllocatorState state, Framework framework, AgentId? agentId) =>
        !framework.Can("PARTITION_AWARE") ? TaskState.Lost
        : agentId is { } id && state.Agents.TryGetValue(id, out var agent)
            ? agent.Standing.Gone ? TaskState.GoneByOperator : agent.Silent ? TaskState.Unreachable : TaskState.Gone
        : TaskState.Unknown;

    private static TaskUpdate Latest(LiveTask task, DateTimeOffset now) =>
        new(task.State, now, "SOURCE_MASTER", "REASON_RECONCILIATION", "Reconciliation: Latest task state",
            Healthy: task.Statuses.Count > 0 ? task.Statuses[^1].Healthy : null);
}
