using Bourse.Contracts;

namespace Bourse.Allocator.Host.Http.Scheduler;

/// <summary>
/// SHUTDOWN of an executor. The only ones there are belong to a command and bear its task's id: they end by ending the task. One that
/// nobody knows is ignored, as in Mesos.
/// </summary>
internal static class ShutdownCall
{
    public static async Task<Answer> Handle(SchedulerCall call, CancellationToken ct)
    {
        var task = new TaskId(call.Message.Shutdown.ExecutorId.Value);
        var agent = new AgentId(call.Message.Shutdown.AgentId.Value);
        var runs = await call.Allocator.Read(
            state => state.Living(call.FrameworkId) is { } framework && framework.Tasks.TryGetValue(task, out var live) && live.AgentId == agent, ct);
        return runs ? Answer.To(await call.Allocator.Send(new Kill(call.FrameworkId, task, Grace: null, call.Now), call.Origin, ct)) : Answer.Accepted;
    }
}
