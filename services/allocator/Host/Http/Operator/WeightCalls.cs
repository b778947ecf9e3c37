using Bourse.Contracts;
using Bourse.Journal;
using Bourse.MesosV1.Master;
using V1 = Bourse.MesosV1;

namespace Bourse.Allocator.Host.Http.Operator;

/// <summary>GET_WEIGHTS and UPDATE_WEIGHTS. Roles that were given no weight are not listed: they weigh 1.</summary>
internal static class WeightCalls
{
    public static Response.Types.GetWeights Answer(ClusterView view) => new() { WeightInfos = { Infos(view) } };

    public static IEnumerable<V1.WeightInfo> Infos(ClusterView view) =>
        view.Weights.Select(each => new V1.WeightInfo { Role = each.Role, Weight = each.Weight });

    public static async Task<OperatorAnswer> Update(
        IEnumerable<V1.WeightInfo> weights, IInbox<AllocatorState, AllocatorCommand> allocator, Origin origin, DateTimeOffset now, CancellationToken ct)
    {
        var update = new UpdateWeights(weights.Select(each => new RoleWeight(each.Role.Trim(), each.Weight)).ToValueList(), origin.Principal, now);
        var decision = await allocator.Send(update, origin, ct);
        return decision.Refusal is { } refusal ? MesosAnswer.Bad(refusal.Message) : OperatorAnswer.Done;
    }
}
