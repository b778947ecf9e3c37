using Bourse.MesosV1.Scheduler;
using V1 = Bourse.MesosV1;

namespace Bourse.Allocator.Host.Http.Scheduler;

/// <summary>What a call must have to be one, whatever the state of the cluster.</summary>
internal static class CallValidation
{
    /// <summary>What is wrong with the call, or null.</summary>
    public static string? Problem(Call call)
    {
        // The reader drops names it does not know, so an unknown type looks like none.
        if (!call.HasType)
            return "Expecting 'type' to be present and to be the name of a call";
        if (call.Type == Call.Types.Type.Subscribe)
            return SubscribeProblem(call);
        if (call.FrameworkId is not { Value.Length: > 0 })
            return "Expecting 'framework_id' to be present";
        return call.Type switch
        {
            Call.Types.Type.Accept when call.Accept is null => Missing("accept"),
            Call.Types.Type.Accept => call.Accept.Operations.Select(OperationProblem).FirstOrDefault(problem => problem is not null),
            Call.Types.Type.Decline when call.Decline is null => Missing("decline"),
            Call.Types.Type.AcceptInverseOffers when call.AcceptInverseOffers is null => Missing("accept_inverse_offers"),
            Call.Types.Type.DeclineInverseOffers when call.DeclineInverseOffers is null => Missing("decline_inverse_offers"),
            Call.Types.Type.Kill when call.Kill is null => Missing("kill"),
            Call.Types.Type.Shutdown when call.Shutdown is null => Missing("shutdown"),
            Call.Types.Type.Acknowledge when call.Acknowledge is null => Missing("acknowledge"),
            Call.Types.Type.Acknowledge when call.Acknowledge.Uuid.Length != 16 => "Expecting 'acknowledge.uuid' to have 16 bytes",
            Call.Types.Type.AcknowledgeOperationStatus when call.AcknowledgeOperationStatus is null => Missing("acknowledge_operation_status"),
            Call.Types.Type.AcknowledgeOperationStatus when call.AcknowledgeOperationStatus.Uuid.Length != 16 =>
                "Expecting 'acknowledge_operation_status.uuid' to have 16 bytes",
            Call.Types.Type.Reconcile when call.Reconcile is null => Missing("reconcile"),
            Call.Types.Type.ReconcileOperations when call.ReconcileOperations is null => Missing("reconcile_operations"),
            Call.Types.Type.Message when call.Message is null => Missing("message"),
            Call.Types.Type.Request when call.Request is null => Missing("request"),
            Call.Types.Type.UpdateFramework when call.UpdateFramework is null => Missing("update_framework"),
            Call.Types.Type.UpdateFramework when call.FrameworkId.Value != call.UpdateFramework.FrameworkInfo.Id?.Value =>
                "'framework_id' differs from 'update_framework.framework_info.id'",
            _ => null,
        };
    }

    private static string? SubscribeProblem(Call call)
    {
        if (call.Subscribe is not { } subscribe)
            return Missing("subscribe");
        // An empty id counts as none.
        var (outer, inner) = (call.FrameworkId?.Value ?? "", subscribe.FrameworkInfo.Id?.Value ?? "");
        return outer != inner ? "'framework_id' differs from 'subscribe.framework_info.id'" : null;
    }

    private static string? OperationProblem(V1.Offer.Types.Operation operation) => operation.Type switch
    {
        _ when !operation.HasType => "Expecting 'accept.operations.type' to be present and to be the name of an operation",
        V1.Offer.Types.Operation.Types.Type.Launch when operation.Launch is null => Missing("accept.operations.launch"),
        V1.Offer.Types.Operation.Types.Type.LaunchGroup when operation.LaunchGroup is null => Missing("accept.operations.launch_group"),
        _ => null,
    };

    private static string Missing(string member) => $"Expecting '{member}' to be present";
}
