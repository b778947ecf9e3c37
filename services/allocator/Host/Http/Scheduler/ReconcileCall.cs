using Bourse.Allocator.Host.Http.Streams;
using Bourse.Contracts;

namespace Bourse.Allocator.Host.Http.Scheduler;

/// <summary>RECONCILE: what is known of the named tasks, or of all, is told again. Nothing is recorded.</summary>
internal static class ReconcileCall
{
    public static async Task<MesosAnswer> Handle(SchedulerCall call, CancellationToken ct)
    {
        await Tell(call, call.Message.Reconcile.Tasks
            .Select(task => (new TaskId(task.TaskId.Value), task.AgentId is { } agent ? new AgentId(agent.Value) : (AgentId?)null)).ToValueList(), ct);
        return MesosAnswer.Accepted;
    }

    /// <summary>
    /// Puts the answer on the stream. Within the read, that is on the loop: otherwise a newer update could overtake it, and the
    /// scheduler would take the older state for the latest.
    /// </summary>
    public static Task Tell(SchedulerCall call, ValueList<(TaskId TaskId, AgentId? AgentId)> tasks, CancellationToken ct) =>
        call.Allocator.Read(state =>
        {
            var answers = Reconciling.Answer(state, call.FrameworkId, tasks, call.Now);
            if (answers.Count > 0)
                call.Stream.Post(new StreamItem.Updates([.. answers.Select(a => new StreamItem.Update(a.TaskId, a.AgentId, a.Update))]));
            return answers.Count;
        }, ct);
}
