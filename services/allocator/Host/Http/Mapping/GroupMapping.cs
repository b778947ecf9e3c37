using Bourse.Contracts;
using V1 = Bourse.MesosV1;

namespace Bourse.Allocator.Host.Http.Mapping;

/// <summary>LAUNCH_GROUP: tasks of one executor, launched together or not at all.</summary>
internal static class GroupMapping
{
    // What the built-in executor of Mesos needs for itself; there these are errors, not advice.
    private const double LeastCpus = 0.01, LeastMemMb = 32;

    /// <summary>The launches of a group; when the group is unacceptable on its own, each of them says why.</summary>
    public static IEnumerable<Launch> Read(V1.Offer.Types.Operation operation)
    {
        var (tasks, id) = (operation.LaunchGroup.TaskGroup.Tasks, Guid.NewGuid().ToString("N"));
        try
        {
            if (operation.Id is not null)
                throw new UnusableException("The operation LAUNCH_GROUP must not have an 'id'");
            var executor = Executor(operation.LaunchGroup.Executor);
            if (tasks.Count == 0)
                throw new UnusableException("Task group cannot be empty");
            foreach (var task in tasks.Where(task => task.Executor is not null && !task.Executor.Equals(operation.LaunchGroup.Executor)))
                throw new UnusableException($"The 'TaskInfo.executor' of task '{task.TaskId.Value}' differs from the executor of its group");
            return [.. tasks.Select(task => TaskInfoMapping.Read(task, executor, new TaskGroup(id, tasks.Count)))];
        }
        catch (UnusableException e)
        {
            return [.. tasks.Select(task => new Launch(new(task.TaskId.Value), new(task.AgentId.Value), Spec: null, e.Message) { Group = id })];
        }
    }

    private static ExecutorSpec Executor(V1.ExecutorInfo info)
    {
        if (!info.HasType)
            throw new UnusableException("'ExecutorInfo.type' must be set for the executor of a task group");
        var executor = ExecutorMapping.Read(info);
        if (executor.Kind != ExecutorKind.Default)
            return executor;
        if (executor.Resources.Total("cpus").ToDouble() < LeastCpus)
            throw new UnusableException($"Executor '{executor.Id}' uses less CPUs than the minimum required ({LeastCpus})");
        if (executor.Resources.Total("mem").ToDouble() < LeastMemMb)
            throw new UnusableException($"Executor '{executor.Id}' uses less memory than the minimum required ({LeastMemMb}MB)");
        return executor;
    }
}
