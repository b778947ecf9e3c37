using Bourse.Allocator.Host.Http.Streams;
using Bourse.Contracts;
using Bourse.MesosV1.Scheduler;
using V1 = Bourse.MesosV1;

namespace Bourse.Allocator.Host.Http.Scheduler;

/// <summary>
/// RECONCILE_OPERATIONS: what is known of the named operations, or of all. None is ever recorded yet, so that all there is to tell
/// is whether its agent could be asked; nothing named, nothing told.
/// </summary>
internal static class ReconcileOperationsCall
{
    public static async Task<Answer> Handle(SchedulerCall call, CancellationToken ct)
    {
        // On the loop, so that the answer and the state of the agents belong together.
        await call.Allocator.Read(state =>
        {
            foreach (var operation in call.Message.ReconcileOperations.Operations)
                call.Stream.Post(new StreamItem.Operation(Status(state, operation)));
            return true;
        }, ct);
        return Answer.Accepted;
    }

    private static V1.OperationStatus Status(AllocatorState state, Call.Types.ReconcileOperations.Types.Operation operation)
    {
        var silent = operation.AgentId is { } named && state.Agents.TryGetValue(new AgentId(named.Value), out var agent) && agent.Silent;
        return new()
        {
            OperationId = operation.OperationId,
            State = silent ? V1.OperationState.OperationUnreachable : V1.OperationState.OperationUnknown,
            AgentId = operation.AgentId,
            ResourceProviderId = operation.ResourceProviderId,
            Message = silent ? "Reconciliation: the agent is unreachable" : "Reconciliation: the operation is unknown",
        };
    }
}
