using Bourse.Contracts;

namespace Bourse.Allocator.Host.Http.Scheduler;

/// <summary>ACKNOWLEDGE: the scheduler has an update for good. One that is not waiting is ignored.</summary>
internal static class AcknowledgeCall
{
    public static async Task<MesosAnswer> Handle(SchedulerCall call, CancellationToken ct)
    {
        var acknowledge = call.Message.Acknowledge;
        return Decided.Answer(await call.Allocator.Send(
            new Acknowledge(
                call.FrameworkId,
                new TaskId(acknowledge.TaskId.Value),
                new AgentId(acknowledge.AgentId.Value),
                acknowledge.Uuid.ToBase64(),
                call.Now),
            call.Origin, ct));
    }
}
