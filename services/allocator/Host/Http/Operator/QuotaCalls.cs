using Bourse.Contracts;
using Bourse.Deciding;
using Bourse.Journal;
using Bourse.MesosV1.Master;
using Bourse.MesosV1.Quota;
using Google.Protobuf.Collections;
using V1 = Bourse.MesosV1;

namespace Bourse.Allocator.Host.Http.Operator;

/// <summary>
/// GET_QUOTA and UPDATE_QUOTA, with SET_QUOTA and REMOVE_QUOTA from before there were limits. Unlike in Mesos nested roles may have
/// quotas, and those bind everything below.
/// </summary>
internal static class QuotaCalls
{
    public static Response.Types.GetQuota Answer(ClusterView view) => new() { Status = Status(view) };

    public static QuotaStatus Status(ClusterView view) => new()
    {
        Configs = { view.Quotas.Select(Config) },
        Infos = { view.Quotas.Select(quota => new QuotaInfo { Role = quota.Role, Guarantee = { quota.Guarantee.Select(Scalar) } }) },
    };

    public static async Task<OperatorAnswer> Update(
        Call.Types.UpdateQuota call, IInbox<AllocatorState, AllocatorCommand> allocator, Origin origin, DateTimeOffset now, CancellationToken ct)
    {
        var quotas = new List<RoleQuota>();
        foreach (var config in call.QuotaConfigs)
        {
            if ((Problem(config.Guarantees) ?? Problem(config.Limits)) is { } problem)
                return MesosAnswer.Bad($"Invalid QuotaConfig of role '{config.Role}': {problem}");
            quotas.Add(new(config.Role, Read(config.Guarantees), Read(config.Limits)));
        }
        return Said(await allocator.Send(new UpdateQuota(quotas.ToValueList(), call.Force, origin.Principal, now), origin, ct), StatusCodes.Status400BadRequest);
    }

    public static async Task<OperatorAnswer> Set(
        QuotaRequest request, IInbox<AllocatorState, AllocatorCommand> allocator, Origin origin, DateTimeOffset now, CancellationToken ct)
    {
        if (!request.HasRole)
            return MesosAnswer.Bad("Invalid QuotaRequest: expecting 'role' to be present");
        if (Problem(request) is { } problem)
            return MesosAnswer.Bad($"Invalid QuotaRequest of role '{request.Role}': {problem}");
        var guarantee = request.Guarantee.Select(each => new Quantity(each.Name, Contracts.Scalar.From(each.Scalar.Value))).ToValueList();
        // What only knew guarantees meant limits as well.
        var command = new SetQuota(new(request.Role, guarantee, guarantee), request.Force, origin.Principal, now);
        return Said(await allocator.Send(command, origin, ct), StatusCodes.Status409Conflict);
    }

    public static async Task<OperatorAnswer> Remove(
        string role, IInbox<AllocatorState, AllocatorCommand> allocator, Origin origin, DateTimeOffset now, CancellationToken ct) =>
        Said(await allocator.Send(new RemoveQuota(role, origin.Principal, now), origin, ct), StatusCodes.Status400BadRequest);

    private static OperatorAnswer Said(Decision decision, int overcommitted) => decision.Refusal switch
    {
        null => OperatorAnswer.Done,
        { Code: RefusalCode.Overcommitted } refusal => new MesosAnswer(overcommitted, refusal.Message),
        var refusal => MesosAnswer.Bad(refusal.Message),
    };

    private static string? Problem(MapField<string, V1.Value.Types.Scalar> quantities) =>
        quantities.Select(each => QuotaRules.Problem(each.Key, each.Value.Value)).FirstOrDefault(problem => problem is not null);

    private static string? Problem(QuotaRequest request)
    {
        foreach (var resource in request.Guarantee)
        {
            if (resource.Type != V1.Value.Types.Type.Scalar || resource.Scalar is null)
                return $"'{resource.Name}' is not a scalar";
            if (resource.Reservations.Count > 0 || resource.Reservation is not null || (resource.HasRole && resource.Role != "*")
                || resource.Disk is not null || resource.Revocable is not null || resource.Shared is not null)
                return $"'{resource.Name}' must be a plain amount: not reserved, no volume, not revocable";
            if (QuotaRules.Problem(resource.Name, resource.Scalar.Value) is { } problem)
                return problem;
        }
        return request.Guarantee.Count == 0 ? "it guarantees nothing"
            : request.Guarantee.GroupBy(resource => resource.Name).FirstOrDefault(same => same.Count() > 1) is { } twice ? $"'{twice.Key}' is given twice"
            : null;
    }

    private static QuotaConfig Config(RoleQuota quota)
    {
        var config = new QuotaConfig { Role = quota.Role };
        foreach (var (name, amount) in quota.Guarantee)
            config.Guarantees[name] = new() { Value = amount.ToDouble() };
        foreach (var (name, amount) in quota.Limit)
            config.Limits[name] = new() { Value = amount.ToDouble() };
        return config;
    }

    private static V1.Resource Scalar(Quantity quantity) => new()
    {
        Name = quantity.Name,
        Type = V1.Value.Types.Type.Scalar,
        Scalar = new() { Value = quantity.Amount.ToDouble() },
    };

    private static ValueList<Quantity> Read(MapField<string, V1.Value.Types.Scalar> quantities) =>
        quantities.Select(each => new Quantity(each.Key, Contracts.Scalar.From(each.Value.Value))).OrderBy(each => each.Name, StringComparer.Ordinal).ToValueList();
}
