using Bourse.Contracts;

namespace Bourse.Agent;

/// <summary>What the container of an executor may use: what the executor holds, and what the tasks hold that it was handed.</summary>
internal static class Sizing
{
    private static readonly string[] Limited = ["cpus", "mem"];

    /// <summary>Makes the container fit the tasks as they are after the changes so far.</summary>
    public static void Follow(Reaction reaction, AgentState state, AgentExecutor executor)
    {
        var tasks = reaction.TasksOf(state, executor.Key).Where(task => task.Phase == Phase.WithExecutor).Select(task => task.Spec).ToList();
        var held = tasks.Aggregate(executor.Spec.Resources, (sum, task) => sum + task.Resources);
        reaction.Then(new SizeExecutor(executor, held, Limited.Select(name => Limit(name, executor, tasks)).OfType<ResourceLimit>().ToValueList()));
    }

    // Who says nothing goes no further than what it holds, and one without a limit lifts it for all: they share the container.
    private static ResourceLimit? Limit(string name, AgentExecutor executor, IReadOnlyList<TaskSpec> tasks)
    {
        if (!tasks.Any(task => Of(task) is not null))
            return null;
        if (tasks.Any(task => Of(task) is { Amount: null }))
            return new(name, null);
        return new(name, tasks.Aggregate(executor.Spec.Resources.Total(name), (sum, task) => sum + (Of(task)?.Amount ?? task.Resources.Total(name))));

        ResourceLimit? Of(TaskSpec task) => task.Limits.FirstOrDefault(limit => limit.Name == name);
    }
}
