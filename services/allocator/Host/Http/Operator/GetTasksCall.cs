using Bourse.Allocator.Host.Http.Mapping;
using Bourse.Contracts;
using Bourse.MesosV1.Master;
using Google.Protobuf;
using V1 = Bourse.MesosV1;

namespace Bourse.Allocator.Host.Http.Operator;

/// <summary>GET_TASKS: tasks that live or whose end is not acknowledged, those that are unreachable, and the latest completed ones.</summary>
internal static class GetTasksCall
{
    public static Response.Types.GetTasks Answer(ClusterView view)
    {
        var all = view.Frameworks.Concat(view.Completed).ToList();
        var live = all.SelectMany(framework => framework.Tasks).ToLookup(task => task.State == TaskState.Unreachable);
        return new()
        {
            Tasks = { live[false].Select(Task) },
            UnreachableTasks = { live[true].Select(Task) },
            CompletedTasks = { all.SelectMany(framework => framework.CompletedTasks).Select(Task) },
        };
    }

    public static V1.Task Task(ClusterView.TaskView view)
    {
        var task = new V1.Task
        {
            Name = view.Spec.Name,
            TaskId = new() { Value = view.Spec.Id.Value },
            FrameworkId = new() { Value = view.FrameworkId.Value },
            AgentId = new() { Value = view.AgentId.Value },
            State = TaskStatusMapping.State(view.State),
            Resources = { ResourceWriting.Write(view.Spec.Resources, ReservationFormat.Endpoint, allocationInfo: true) },
            Statuses = { view.Statuses.Select(update => TaskStatusMapping.WriteForOperators(view.Spec.Id, view.AgentId, update)) },
            Labels = LabelMapping.Write(view.Spec.Labels),
            Discovery = DiscoveryMapping.Write(view.Spec.Discovery),
            KillPolicy = new() { GracePeriod = new() { Nanoseconds = view.Spec.KillGrace.Ticks * TimeSpan.NanosecondsPerTick } },
            User = view.User,
        };
        LimitMapping.Write(task.Limits, view.Spec.Limits);
        if (view.Spec.Executor is { } executor)
            task.ExecutorId = new() { Value = executor.Value };
        // What the framework is to acknowledge next; without such an update the two are the latest state and absent.
        task.StatusUpdateState = TaskStatusMapping.State(view.Unacknowledged?.State ?? view.State);
        if (view.Unacknowledged?.Uuid is { } uuid)
            task.StatusUpdateUuid = ByteString.FromBase64(uuid);
        return task;
    }
}
