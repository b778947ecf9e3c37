using Bourse.Contracts;
using Bourse.Edge;
using Bourse.Journal;

namespace Bourse.Allocator.Host.Api;

/// <summary>
/// POST /bourse/v1/tasks/FRAMEWORK/TASK/kill: an operator asks for a task's end. Its framework is told like of any other end. The
/// Mesos API has no such call for operators: KILL belongs to the framework's own stream.
/// </summary>
internal static class KillTaskCall
{
    public static async Task<IResult> Handle(
        HttpContext context, IInbox<AllocatorState, AllocatorCommand> allocator, TimeProvider clock, string framework, string task)
    {
        var kill = new Kill(new FrameworkId(framework), new TaskId(task), Grace: null, clock.GetUtcNow());
        var decision = await allocator.Send(kill, context.Caller().Origin, context.RequestAborted);
        return decision.Refusal is { } refusal ? Problems.Of(404, "unknown-task", refusal.Message) : Results.Accepted();
    }
}
