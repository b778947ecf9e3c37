using Bourse.Allocator.Host.Http.Mapping;
using Bourse.Allocator.Host.Http.Scheduler;
using Bourse.Allocator.Host.Registry;
using Bourse.Edge;
using Bourse.Journal;
using Bourse.MesosV1.Master;
using CallType = Bourse.MesosV1.Master.Call.Types.Type;
using ResponseType = Bourse.MesosV1.Master.Response.Types.Type;

namespace Bourse.Allocator.Host.Http.Operator;

/// <summary>Receives every call of an operator.</summary>
internal sealed class OperatorEndpoint(
    IInbox<AllocatorState, AllocatorCommand> allocator, ILeaderView leadership, MasterIdentity identity, MasterRecord record, EdgeSettings settings, AllocatorSettings configured,
    LoggingLevel logging, AttachedFiles files, IRegistry registry, SubscribeCall subscribe, TimeProvider clock)
{
    public async Task Handle(HttpContext context)
    {
        var (call, refusal) = await CallReading.Read<Call>(context, leadership);
        if (call is null)
        {
            await refusal!.Write(context.Response);
            return;
        }
        if (OperatorCallValidation.Problem(call) is { } problem)
            refusal = MesosAnswer.Bad($"Failed to validate master::Call: {problem}");
        var format = WireFormat.Accepted(MesosCall.Last(context.Request.Headers.Accept));
        if (format is null)
            refusal ??= new(StatusCodes.Status406NotAcceptable,
                $"Expecting 'Accept' to allow {WireFormat.Json.MediaType} or {WireFormat.Protobuf.MediaType}");
        if (refusal is not null)
            await refusal.Write(context.Response);
        else if (call.Type == CallType.Subscribe)
            await subscribe.Handle(context, format!);
        else
            await (await Respond(context, call, context.RequestAborted)).Write(context, format!);
    }

    private async Task<OperatorAnswer> Respond(HttpContext context, Call call, CancellationToken ct) => call.Type switch
    {
        _ when ResourceCalls.Of(call) is var (agent, operation) =>
            await ResourceCalls.Handle(agent, operation, allocator, context.Caller().Origin, clock.GetUtcNow(), ct),
        CallType.GetHealth => new Response { Type = ResponseType.GetHealth, GetHealth = new() { Healthy = true } },
        CallType.GetVersion => new Response { Type = ResponseType.GetVersion, GetVersion = new() { VersionInfo = GetVersionCall.Version() } },
        CallType.GetFlags => new Response
        {
            Type = ResponseType.GetFlags,
            GetFlags = new() { Flags = { Flags.Of(settings, configured).Select(flag => new MesosV1.Flag { Name = flag.Key, Value = flag.Value }) } },
        },
        CallType.GetMetrics => new Response
        {
            Type = ResponseType.GetMetrics,
            GetMetrics = GetMetricsCall.Answer(Metrics.Of(await View(ct), record, clock.GetUtcNow())),
        },
        CallType.GetLoggingLevel => new Response { Type = ResponseType.GetLoggingLevel, GetLoggingLevel = new() { Level = logging.Level } },
        CallType.SetLoggingLevel => SetLoggingLevel(call.SetLoggingLevel),
        CallType.ListFiles => FileCalls.List(call.ListFiles, files),
        CallType.ReadFile => FileCalls.Read(call.ReadFile, files),
        CallType.GetMaster => new Response { Type = ResponseType.GetMaster, GetMaster = GetMaster(context) },
        CallType.GetState => new Response { Type = ResponseType.GetState, GetState = GetStateCall.Answer(await View(ct)) },
        CallType.GetAgents => new Response { Type = ResponseType.GetAgents, GetAgents = GetAgentsCall.Answer(await View(ct)) },
        CallType.GetFrameworks => new Response { Type = ResponseType.GetFrameworks, GetFrameworks = GetFrameworksCall.Answer(await View(ct)) },
        CallType.GetTasks => new Response { Type = ResponseType.GetTasks, GetTasks = GetTasksCall.Answer(await View(ct)) },
        CallType.GetRoles => new Response { Type = ResponseType.GetRoles, GetRoles = GetRolesCall.Answer(await View(ct)) },
        CallType.Teardown => await TeardownCall.Handle(call.Teardown, allocator, context.Caller().Origin, clock.GetUtcNow(), ct),
        CallType.GetQuota => new Response { Type = ResponseType.GetQuota, GetQuota = QuotaCalls.Answer(await View(ct)) },
        CallType.UpdateQuota => await QuotaCalls.Update(call.UpdateQuota, allocator, context.Caller().Origin, clock.GetUtcNow(), ct),
        CallType.SetQuota => await QuotaCalls.Set(call.SetQuota.QuotaRequest, allocator, context.Caller().Origin, clock.GetUtcNow(), ct),
        CallType.RemoveQuota => await QuotaCalls.Remove(call.RemoveQuota.Role, allocator, context.Caller().Origin, clock.GetUtcNow(), ct),
        CallType.GetWeights => new Response { Type = ResponseType.GetWeights, GetWeights = WeightCalls.Answer(await View(ct)) },
        CallType.UpdateWeights => await WeightCalls.Update(call.UpdateWeights.WeightInfos, allocator, context.Caller().Origin, clock.GetUtcNow(), ct),
        CallType.GetExecutors => new Response { Type = ResponseType.GetExecutors, GetExecutors = GetExecutorsCall.Answer(await View(ct)) },
        CallType.GetOperations => new Response
        {
            Type = ResponseType.GetOperations,
            GetOperations = new() { Operations = { await allocator.Read(state => state.Operations.Values.Select(OperationMapping.Write).ToList(), ct) } },
        },
        CallType.GetMaintenanceStatus => new Response
        {
            Type = ResponseType.GetMaintenanceStatus,
            GetMaintenanceStatus = new() { Status = await allocator.Read(MaintenanceCalls.Status, ct) },
        },
        CallType.GetMaintenanceSchedule => new Response
        {
            Type = ResponseType.GetMaintenanceSchedule,
            GetMaintenanceSchedule = new() { Schedule = await allocator.Read(MaintenanceCalls.Schedule, ct) },
        },
        CallType.UpdateMaintenanceSchedule => await MaintenanceCalls.Update(call.UpdateMaintenanceSchedule.Schedule, registry, context.Caller().Origin, ct),
        CallType.StartMaintenance => await MaintenanceCalls.Start(call.StartMaintenance.Machines, registry, context.Caller().Origin, ct),
        CallType.StopMaintenance => await MaintenanceCalls.Stop(call.StopMaintenance.Machines, registry, context.Caller().Origin, ct),
        CallType.DrainAgent or CallType.DeactivateAgent or CallType.ReactivateAgent or CallType.MarkAgentGone =>
            await AgentCalls.Handle(call, registry, context.Caller().Origin, ct),
        _ => Unsupported.Call(EnumNames.Of(call.Type)),
    };

    private OperatorAnswer SetLoggingLevel(Call.Types.SetLoggingLevel call)
    {
        logging.Set(call.Level, TimeSpan.FromTicks(call.Duration.Nanoseconds / TimeSpan.NanosecondsPerTick));
        return OperatorAnswer.Done;
    }

    private Response.Types.GetMaster GetMaster(HttpContext context)
    {
        var master = new Response.Types.GetMaster { MasterInfo = identity.Of(context), StartTime = TaskStatusMapping.Seconds(record.StartedAt) };
        if (record.ElectedAt is { } elected)
            master.ElectedTime = TaskStatusMapping.Seconds(elected);
        return master;
    }

    private Task<ClusterView> View(CancellationToken ct) => allocator.Read(ClusterView.Of, ct);
}
