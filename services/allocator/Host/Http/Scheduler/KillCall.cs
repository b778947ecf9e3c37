using Bourse.Allocator.Host.Http.Mapping;
using Bourse.Contracts;
using Bourse.Deciding;

namespace Bourse.Allocator.Host.Http.Scheduler;

/// <summary>KILL: the task is asked to end. A task nobody knows is answered like a RECONCILE of it.</summary>
internal static class KillCall
{
    public static async Task<MesosAnswer> Handle(SchedulerCall call, CancellationToken ct)
    {
        var kill = call.Message.Kill;
        var task = new TaskId(kill.TaskId.Value);
        var agent = kill.AgentId is { } named ? new AgentId(named.Value) : (AgentId?)null;
        if (agent is not null && await On(call, task, ct) is { } actual && actual != agent)
            return MesosAnswer.Accepted;

        var decision = await call.Allocator.Send(
            new Kill(call.FrameworkId, task, TaskInfoMapping.Grace(kill.KillPolicy), call.Now), call.Origin, ct);
        if (decision.Refusal is { Code: RefusalCode.UnknownTask })
            await ReconcileCall.Tell(call, [(task, agent)], ct);
        return Decided.Answer(decision);
    }

    private static Task<AgentId?> On(SchedulerCall call, TaskId task, CancellationToken ct) =>
        call.Allocator.Read(state => state.Living(call.FrameworkId)?.Find(task)?.AgentId, ct);
}
