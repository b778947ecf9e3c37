using Bourse.Contracts;

namespace Bourse.Allocator.Host.Http.Scheduler;

/// <summary>ACKNOWLEDGE_OPERATION_STATUS: the framework knows the end of an operation. The operation is found by its id alone: one client names no agent.</summary>
internal static class AcknowledgeOperationCall
{
    public static async Task<MesosAnswer> Handle(SchedulerCall call, CancellationToken ct)
    {
        var acknowledge = call.Message.AcknowledgeOperationStatus;
        return Decided.Answer(await call.Allocator.Send(
            new AcknowledgeOperation(call.FrameworkId, acknowledge.OperationId.Value, acknowledge.Uuid.ToBase64(), call.Now), call.Origin, ct));
    }
}
