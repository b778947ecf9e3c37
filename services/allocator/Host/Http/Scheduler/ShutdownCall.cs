using Bourse.Contracts;

namespace Bourse.Allocator.Host.Http.Scheduler;

/// <summary>
/// SHUTDOWN of an executor. The executor of a command bears its task's id and ends by ending the task. One that nobody knows is
/// ignored, as in Mesos.
/// </summary>
internal static class ShutdownCall
{
    public static async Task<MesosAnswer> Handle(SchedulerCall call, CancellationToken ct)
    {
        var task = new TaskId(call.Message.Shutdown.ExecutorId.Value);
        var agent = new AgentId(call.Message.Shutdown.AgentId.Value);
        var executor = new ExecutorId(task.Value);
        if (await call.Allocator.Read(state => state.Agents.TryGetValue(agent, out var known)
            && known.Executors.Exists(live => live.FrameworkId == call.FrameworkId && live.Spec.Id == executor), ct))
            return Decided.Answer(await call.Allocator.Send(new Shutdown(call.FrameworkId, executor, agent, call.Now), call.Origin, ct));
        var runs = await call.Allocator.Read(
            state => state.Living(call.FrameworkId) is { } framework && framework.Tasks.TryGetValue(task, out var live) && live.AgentId == agent, ct);
        return runs ? Decided.Answer(await call.Allocator.Send(new Kill(call.FrameworkId, task, Grace: null, call.Now), call.Origin, ct)) : MesosAnswer.Accepted;
    }
}
