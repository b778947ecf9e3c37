using Bourse.Allocator.Host.Registry;
using Bourse.Contracts;
using Bourse.Contracts.Messages;
using Bourse.Deciding;
using Bourse.MesosV1.Master;

namespace Bourse.Allocator.Host.Http.Operator;

/// <summary>DRAIN_AGENT, DEACTIVATE_AGENT, REACTIVATE_AGENT and MARK_AGENT_GONE: decided by the registry.</summary>
internal static class AgentCalls
{
    public static async Task<OperatorAnswer> Handle(Call call, IRegistry registry, Origin origin, CancellationToken ct)
    {
        object request = call.Type switch
        {
            Call.Types.Type.DrainAgent => new DrainAgent(Id(call.DrainAgent.AgentId), call.DrainAgent.MaxGracePeriod?.ToTimeSpan(), call.DrainAgent.MarkGone),
            Call.Types.Type.DeactivateAgent => new DeactivateAgent(Id(call.DeactivateAgent.AgentId)),
            Call.Types.Type.ReactivateAgent => new ReactivateAgent(Id(call.ReactivateAgent.AgentId)),
            _ => new MarkAgentGone(Id(call.MarkAgentGone.AgentId)),
        };
        return await registry.Ask(request, origin, ct) switch
        {
            null => OperatorAnswer.Done,
            // Mesos answers 404 to one of these calls and 400 to the others.
            { Code: RefusalCode.UnknownAgent } refusal when call.Type == Call.Types.Type.MarkAgentGone => new MesosAnswer(StatusCodes.Status404NotFound, refusal.Message),
            { Code: RefusalCode.Conflict } refusal => new MesosAnswer(StatusCodes.Status409Conflict, refusal.Message),
            var refusal => MesosAnswer.Bad(refusal.Message),
        };
    }

    private static AgentId Id(MesosV1.AgentID id) => new(id.Value);
}
