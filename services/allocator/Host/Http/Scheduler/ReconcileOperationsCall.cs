using Bourse.Allocator.Host.Http.Mapping;
using Bourse.Allocator.Host.Http.Streams;
using Bourse.Contracts;
using Bourse.MesosV1.Scheduler;
using V1 = Bourse.MesosV1;

namespace Bourse.Allocator.Host.Http.Scheduler;

/// <summary>RECONCILE_OPERATIONS: what is known of the named operations, or of all that asked for feedback. Answers bear no uuid.</summary>
internal static class ReconcileOperationsCall
{
    public static async Task<MesosAnswer> Handle(SchedulerCall call, CancellationToken ct)
    {
        var asked = call.Message.ReconcileOperations.Operations;
        // On the loop, so that the answer and the state of the agents belong together.
        await call.Allocator.Read(state =>
        {
            var mine = state.Operations.Values.Where(operation => operation.FrameworkId == call.FrameworkId && operation.OperationId is not null).ToList();
            foreach (var status in asked.Count == 0 ? mine.Select(Status) : asked.Select(ask => Status(state, mine, ask)))
                call.Stream.Post(new StreamItem.Operation(status));
            return true;
        }, ct);
        return MesosAnswer.Accepted;
    }

    private static V1.OperationStatus Status(LiveOperation operation) => OperationMapping.Status(
        operation.OperationId!, operation.AgentId, operation.State, statusUuid: null, "Reconciliation: Latest operation state");

    private static V1.OperationStatus Status(AllocatorState state, List<LiveOperation> known, Call.Types.ReconcileOperations.Types.Operation asked)
    {
        if (known.Find(operation => operation.OperationId == asked.OperationId.Value) is { } found)
            return Status(found);
        var agent = asked.AgentId is { } named ? state.Agents.GetValueOrDefault(new AgentId(named.Value)) : null;
        return new()
        {
            OperationId = asked.OperationId,
            State = agent switch
            {
                { Standing.Gone: true } => V1.OperationState.OperationGoneByOperator,
                { Silent: true } => V1.OperationState.OperationUnreachable,
                _ => V1.OperationState.OperationUnknown,
            },
            AgentId = asked.AgentId,
            ResourceProviderId = asked.ResourceProviderId,
            Message = agent is { Silent: true } ? "Reconciliation: the agent is unreachable" : "Reconciliation: the operation is unknown",
        };
    }
}
