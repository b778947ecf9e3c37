using Bourse.Allocator.Host.Http.Mapping;
using Bourse.Contracts;
using Bourse.Deciding;
using Bourse.Edge;
using Bourse.Journal;
using Bourse.MesosV1.Master;
using V1 = Bourse.MesosV1;

namespace Bourse.Allocator.Host.Http.Operator;

/// <summary>RESERVE_RESOURCES, CREATE_VOLUMES and the others: an operator changes an agent's resources.</summary>
internal static class ResourceCalls
{
    /// <summary>The agent and the operation that a call names; null when it is none of these calls.</summary>
    public static (V1.AgentID? Agent, Conversion Operation)? Of(Call call) => call.Type switch
    {
        Call.Types.Type.ReserveResources =>
            (call.ReserveResources.AgentId, OperationMapping.Read(OperationType.Reserve, call.ReserveResources.Resources, other: call.ReserveResources.Source)),
        Call.Types.Type.UnreserveResources =>
            (call.UnreserveResources.AgentId, OperationMapping.Read(OperationType.Unreserve, call.UnreserveResources.Resources)),
        Call.Types.Type.CreateVolumes => (call.CreateVolumes.AgentId, OperationMapping.Read(OperationType.Create, call.CreateVolumes.Volumes)),
        Call.Types.Type.DestroyVolumes => (call.DestroyVolumes.AgentId, OperationMapping.Read(OperationType.Destroy, call.DestroyVolumes.Volumes)),
        Call.Types.Type.GrowVolume => (call.GrowVolume.AgentId, OperationMapping.Read(
            OperationType.GrowVolume, [call.GrowVolume.Volume], other: [call.GrowVolume.Addition])),
        Call.Types.Type.ShrinkVolume => (call.ShrinkVolume.AgentId, OperationMapping.Read(
            OperationType.ShrinkVolume, [call.ShrinkVolume.Volume], subtract: call.ShrinkVolume.Subtract.Value)),
        _ => null,
    };

    /// <summary>Does it: 202 when it is in the books, 409 when somebody uses what it needs.</summary>
    public static async Task<MesosAnswer> Handle(
        V1.AgentID? agent, Conversion operation, IInbox<AllocatorState, AllocatorCommand> allocator, Origin origin, DateTimeOffset now, CancellationToken ct)
    {
        if (agent is null)
            return MesosAnswer.Bad("Expecting 'agent_id' to be present");
        var principal = origin.Principal == Caller.Anonymous ? null : origin.Principal;
        var decision = await allocator.Send(new Operate(new(agent.Value), operation, principal, now), origin, ct);
        return decision.Refusal switch
        {
            null => MesosAnswer.Accepted,
            { Code: RefusalCode.Conflict } refusal => new(StatusCodes.Status409Conflict, refusal.Message),
            var refusal => MesosAnswer.Bad(refusal.Message),
        };
    }
}
