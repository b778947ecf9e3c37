using Bourse.Edge;

namespace Bourse.Agent.Host.Operator;

/// <summary>The id of a task's container, by which sessions beside it are opened.</summary>
internal static class TaskContainer
{
    public static IEndpointRouteBuilder MapTaskContainer(this IEndpointRouteBuilder app)
    {
        app.MapGet("/bourse/v1/tasks/{frameworkId}/{taskId}/container", Handle).RequireAuthorization(Policies.Framework);
        return app;
    }

    private static async Task<IResult> Handle(string frameworkId, string taskId, HttpContext context, AgentRuntime agent)
    {
        var caller = context.Caller();
        var found = await agent.Inbox.Read(
            state => state.Find(new TaskKey(new(frameworkId), new(taskId))) is { } task
                ? (Task: task, Executor: task.ExecutorKey is { } key ? state.Find(key) : null) : default, context.RequestAborted);
        // Somebody else's task is as unknown as one that never was.
        if (found.Task is not { } task || (!caller.IsOperator && caller.Principal != task.Principal))
            return Problems.Of(StatusCodes.Status404NotFound, "unknown-task", $"task {taskId} of framework {frameworkId} is not on this agent");
        return task.Phase switch
        {
            Phase.Running => Results.Json(new { container = Containers.IdOf(agent.Id, task) }),
            Phase.WithExecutor when found.Executor is { } executor => Results.Json(new { container = executor.Container }),
            _ => Problems.Of(StatusCodes.Status409Conflict, "not-running", $"task {taskId} does not run"),
        };
    }
}
