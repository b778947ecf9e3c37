using Bourse.Allocator.Host.Http.Mapping;
using Bourse.Allocator.Host.Http.Scheduler;
using Bourse.Edge;
using Bourse.Journal;
using Bourse.MesosV1.Master;

namespace Bourse.Allocator.Host.Http.Operator;

/// <summary><c>POST /api/v1</c>: the calls of operators.</summary>
internal static class OperatorApi
{
    public static IServiceCollection AddOperatorApi(this IServiceCollection services) => services.AddSingleton<OperatorEndpoint>();

    /// <summary>Maps the endpoint, and the few reads from before v1 that clients still make before they do anything else.</summary>
    public static void MapOperatorApi(this IEndpointRouteBuilder app)
    {
        foreach (var path in (string[])["/api/v1", "/master/api/v1"])
            app.Map(path + "/{**rest}", (HttpContext context, OperatorEndpoint endpoint) => endpoint.Handle(context))
                .RequireAuthorization(Policies.Operator);
        app.MapGet("/version", WriteVersion).AllowAnonymous();
        app.MapGet("/health", static (HttpContext context) => new Answer(StatusCodes.Status200OK).Write(context.Response)).AllowAnonymous();
    }

    private static Task WriteVersion(HttpContext context)
    {
        var body = MesosV1.Wire.MesosJson.Format(GetVersionCall.Version());
        context.Response.ContentType = WireFormat.Json.MediaType;
        context.Response.ContentLength = body.Length;
        return context.Response.Body.WriteAsync(body).AsTask();
    }
}

/// <summary>Receives every call.</summary>
internal sealed class OperatorEndpoint(IInbox<AllocatorState, AllocatorCommand> allocator, ILeaderView leadership)
{
    public async Task Handle(HttpContext context)
    {
        var (call, refusal) = await CallReading.Read<Call>(context, leadership);
        if (call is null)
        {
            await refusal!.Write(context.Response);
            return;
        }
        if (!call.HasType)
            refusal = Answer.Bad("Failed to validate master::Call: Expecting 'type' to be present and to be the name of a call");
        var format = WireFormat.Accepted(CallReading.Last(context.Request.Headers.Accept));
        if (format is null)
            refusal ??= new(StatusCodes.Status406NotAcceptable,
                $"Expecting 'Accept' to allow {WireFormat.Json.MediaType} or {WireFormat.Protobuf.MediaType}");
        if (refusal is not null)
        {
            await refusal.Write(context.Response);
            return;
        }

        var response = await Respond(call, context.RequestAborted);
        if (response is null)
        {
            await Answer.NotImplemented($"The call {EnumNames.Of(call.Type)} is not implemented").Write(context.Response);
            return;
        }
        var body = format!.Write(response);
        context.Response.ContentType = format.MediaType;
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    private async Task<Response?> Respond(Call call, CancellationToken ct) => call.Type switch
    {
        Call.Types.Type.GetHealth => new() { Type = Response.Types.Type.GetHealth, GetHealth = new() { Healthy = true } },
        Call.Types.Type.GetVersion => new() { Type = Response.Types.Type.GetVersion, GetVersion = new() { VersionInfo = GetVersionCall.Version() } },
        Call.Types.Type.GetAgents => new() { Type = Response.Types.Type.GetAgents, GetAgents = GetAgentsCall.Answer(await View(ct)) },
        Call.Types.Type.GetFrameworks =>
            new() { Type = Response.Types.Type.GetFrameworks, GetFrameworks = GetFrameworksCall.Answer(await View(ct)) },
        Call.Types.Type.GetTasks => new() { Type = Response.Types.Type.GetTasks, GetTasks = GetTasksCall.Answer(await View(ct)) },
        Call.Types.Type.GetState => new() { Type = Response.Types.Type.GetState, GetState = GetStateCall.Answer(await View(ct)) },
        _ => null,
    };

    private Task<ClusterView> View(CancellationToken ct) => allocator.Read(ClusterView.Of, ct);
}
