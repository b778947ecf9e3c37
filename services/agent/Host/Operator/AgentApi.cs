using System.Globalization;
using System.Runtime.CompilerServices;
using Bourse.Agent.Host.Executors;
using Bourse.Agent.Host.Sandboxes;
using Bourse.MesosEdge;
using Bourse.MesosV1.Agent;
using Bourse.MesosV1.Wire;
using Google.Protobuf;
using V1 = Bourse.MesosV1;
using WireFormat = Bourse.MesosEdge.WireFormat;
using CallType = Bourse.MesosV1.Agent.Call.Types.Type;
using Of = Bourse.MesosV1.Agent.Response.Types.Type;

namespace Bourse.Agent.Host.Operator;

/// <summary><c>POST /api/v1</c> on the agent.</summary>
internal static class AgentApi
{
    private const int ReadBuffer = 64 * 1024;

    public static IEndpointRouteBuilder MapAgentApi(this IEndpointRouteBuilder app)
    {
        foreach (var path in (string[])["/api/v1", "/api/v1/operator", "/slave(1)/api/v1"])
            app.Map(path, Handle).AllowAnonymous();   // whoever may is told apart below: executors are known by another token
        return app;
    }

    private static async Task Handle(HttpContext context, AgentRuntime agent)
    {
        if (await Visitor.Of(context, agent) is not { } visitor)
        {
            await MesosAnswer.Unauthenticated(context).Write(context.Response);
            return;
        }
        try
        {
            if (await Serve(context, agent, visitor) is { } answer)
                await answer.Write(context.Response);
        }
        catch (UnreadableException e) when (!context.Response.HasStarted)
        {
            await MesosAnswer.Bad($"Failed to parse body into Call: {e.Message}").Write(context.Response);
        }
    }

    private static async Task<MesosAnswer?> Serve(HttpContext context, AgentRuntime agent, Visitor visitor)
    {
        if (IsRecordIO(context.Request))
        {
            return WireFormat.Named(MesosCall.Last(context.Request.Headers[StreamFormat.MessageContentType]) ?? "") is { } encoding
                ? await new ContainerCalls(agent).Input(visitor, Records(context, encoding, context.RequestAborted), context.RequestAborted)
                : new(StatusCodes.Status415UnsupportedMediaType, $"Expecting '{StreamFormat.MessageContentType}' of {WireFormat.Json.MediaType} or {WireFormat.Protobuf.MediaType}");
        }
        if (context.Request.Headers.ContainsKey(StreamFormat.MessageContentType))
            return new(StatusCodes.Status415UnsupportedMediaType, $"'{StreamFormat.MessageContentType}' is for requests that are streams");

        var (call, refusal) = await MesosCall.Read<Call>(context);
        if (call is null)
            return refusal;
        if (!call.HasType)
            return MesosAnswer.Bad("Failed to validate agent::Call: Expecting 'type' to be present");
        if (call.Type == CallType.AttachContainerInput)
            return new(StatusCodes.Status415UnsupportedMediaType, $"Expecting 'Content-Type' of {StreamFormat.RecordIO} for ATTACH_CONTAINER_INPUT");
        if (Missing(call) is { } member)
            return MesosAnswer.Bad($"Failed to validate agent::Call: Expecting '{member}' to be present");

        if (call.Type is CallType.LaunchNestedContainerSession or CallType.AttachContainerOutput)
        {
            if (StreamFormat.Accepted(context.Request) is not { } stream)
                return MesosAnswer.NotAcceptable;
            return call.Type == CallType.AttachContainerOutput
                ? await new ContainerCalls(agent).Output(context, visitor, call.AttachContainerOutput.ContainerId, stream)
                : await new ContainerCalls(agent).Session(context, visitor, call.LaunchNestedContainerSession, stream);
        }
        if (context.Request.Headers.ContainsKey(StreamFormat.MessageAccept) || WireFormat.Accepted(MesosCall.Last(context.Request.Headers.Accept)) is not { } format)
            return MesosAnswer.NotAcceptable;

        var (response, answer) = await Respond(call, agent, visitor, context.RequestServices.GetRequiredService<LoggingLevel>(), context.RequestAborted);
        if (response is null)
            return answer;
        var body = format.Write(response);
        context.Response.ContentType = format.MediaType;
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
        return null;
    }

    private static async Task<(Response? Response, MesosAnswer? Answer)> Respond(
        Call call, AgentRuntime agent, Visitor visitor, LoggingLevel logging, CancellationToken ct)
    {
        var containers = new ContainerCalls(agent);
        switch (call.Type)
        {
            case CallType.ListFiles:
                return SandboxPaths.Find(agent, visitor, call.ListFiles.Path) is var (root, inside) && SandboxTree.List(root, inside, call.ListFiles.Path) is { } found
                    ? (new() { Type = Of.ListFiles, ListFiles = new() { FileInfos = { found } } }, null)
                    : (null, NoFile());
            case CallType.ReadFile:
                return Read(call.ReadFile, agent, visitor);

            case CallType.LaunchContainer:
                return (null, await containers.Launch(visitor, call.LaunchContainer.ContainerId, call.LaunchContainer.Command, call.LaunchContainer.Container, ct));
            case CallType.LaunchNestedContainer:
                return (null, await containers.Launch(
                    visitor, call.LaunchNestedContainer.ContainerId, call.LaunchNestedContainer.Command, call.LaunchNestedContainer.Container, ct));
            case CallType.WaitContainer:
                return await containers.Wait(visitor, call.WaitContainer.ContainerId, ct) is (var status, null)
                    ? (new() { Type = Of.WaitContainer, WaitContainer = new() { ExitStatus = status } }, null) : (null, NoContainer());
            case CallType.WaitNestedContainer:
                return await containers.Wait(visitor, call.WaitNestedContainer.ContainerId, ct) is (var nested, null)
                    ? (new() { Type = Of.WaitNestedContainer, WaitNestedContainer = new() { ExitStatus = nested } }, null) : (null, NoContainer());
            case CallType.KillContainer:
                return (null, await containers.Signal(visitor, call.KillContainer.ContainerId, call.KillContainer.HasSignal ? call.KillContainer.Signal : null, ct));
            case CallType.KillNestedContainer:
                return (null, await containers.Signal(
                    visitor, call.KillNestedContainer.ContainerId, call.KillNestedContainer.HasSignal ? call.KillNestedContainer.Signal : null, ct));
            case CallType.RemoveContainer:
                return (null, await containers.Remove(visitor, call.RemoveContainer.ContainerId, ct));
            case CallType.RemoveNestedContainer:
                return (null, await containers.Remove(visitor, call.RemoveNestedContainer.ContainerId, ct));
        }

        // What is left tells of everybody's tasks.
        if (!visitor.IsOperator)
            return (null, MesosAnswer.Forbidden($"{visitor.Principal} may not do this"));
        switch (call.Type)
        {
            case CallType.SetLoggingLevel when call.SetLoggingLevel.Duration.Nanoseconds < 0:
                return (null, MesosAnswer.Bad("Expecting 'set_logging_level.duration' not to be negative"));
            case CallType.SetLoggingLevel:
                logging.Set(call.SetLoggingLevel.Level, TimeSpan.FromTicks(call.SetLoggingLevel.Duration.Nanoseconds / TimeSpan.NanosecondsPerTick));
                return (null, MesosAnswer.Done);
            case CallType.PruneImages:
                // Only images of registries have a name here; others were never fetched, and none is in the way of keeping them.
                await agent.Containers.PruneImages([.. call.PruneImages?.ExcludedImages.Where(image => image.Docker is not null).Select(image => image.Docker.Name) ?? []], ct);
                return (null, MesosAnswer.Done);
        }
        var views = await AgentViews.Of(agent, ct);
        return call.Type switch
        {
            CallType.GetHealth => (new() { Type = Of.GetHealth, GetHealth = new() { Healthy = true } }, null),
            CallType.GetVersion => (new() { Type = Of.GetVersion, GetVersion = new() { VersionInfo = AboutAgent.Version() } }, null),
            CallType.GetFlags => (new() { Type = Of.GetFlags, GetFlags = new() { Flags = { AboutAgent.Flags(agent).Select(flag => new V1.Flag { Name = flag.Key, Value = flag.Value }) } } }, null),
            CallType.GetMetrics => (new() { Type = Of.GetMetrics, GetMetrics = new() { Metrics = { AboutAgent.Metrics(agent, views).Select(metric => new V1.Metric { Name = metric.Key, Value = metric.Value }) } } }, null),
            CallType.GetLoggingLevel => (new() { Type = Of.GetLoggingLevel, GetLoggingLevel = new() { Level = logging.Level } }, null),
            CallType.GetState => (new() { Type = Of.GetState, GetState = new() { GetTasks = views.GetTasks(agent.Id), GetExecutors = views.GetExecutors(), GetFrameworks = views.GetFrameworks() } }, null),
            CallType.GetTasks => (new() { Type = Of.GetTasks, GetTasks = views.GetTasks(agent.Id) }, null),
            CallType.GetExecutors => (new() { Type = Of.GetExecutors, GetExecutors = views.GetExecutors() }, null),
            CallType.GetFrameworks => (new() { Type = Of.GetFrameworks, GetFrameworks = views.GetFrameworks() }, null),
            CallType.GetAgent => (new() { Type = Of.GetAgent, GetAgent = new() { AgentInfo = Words.Agent(agent.Description) } }, null),
            CallType.GetContainers => (new() { Type = Of.GetContainers, GetContainers = AgentViews.WithUse(views.GetContainers(
                agent.Id, agent.Nested, call.GetContainers?.ShowNested ?? false, call.GetContainers?.ShowStandalone ?? false), agent) }, null),
            // There are none of either, so none is the truth.
            CallType.GetOperations => (new() { Type = Of.GetOperations, GetOperations = new() }, null),
            CallType.GetResourceProviders => (new() { Type = Of.GetResourceProviders, GetResourceProviders = new() }, null),
            _ => ((Response?)null, Unsupported.Call(EnumNames.Of(call.Type))),
        };
    }

    private static (Response?, MesosAnswer?) Read(Call.Types.ReadFile call, AgentRuntime agent, Visitor visitor)
    {
        if (call.Offset > long.MaxValue)
            return (null, MesosAnswer.Bad("Invalid offset"));
        var length = call.HasLength ? (long)Math.Min(call.Length, long.MaxValue) : (long?)null;
        return SandboxPaths.Find(agent, visitor, call.Path) is var (root, inside) && SandboxTree.Read(root, inside, (long)call.Offset, length) is var (size, data)
            ? (new() { Type = Of.ReadFile, ReadFile = new() { Size = (ulong)size, Data = ByteString.CopyFrom(data) } }, null)
            : (null, NoFile());
    }

    private static string? Missing(Call call) => call.Type switch
    {
        CallType.GetMetrics when call.GetMetrics is null => "get_metrics",
        CallType.SetLoggingLevel when call.SetLoggingLevel is null => "set_logging_level",
        CallType.ListFiles when call.ListFiles is null => "list_files",
        CallType.ReadFile when call.ReadFile is null => "read_file",
        CallType.LaunchNestedContainer when call.LaunchNestedContainer is null => "launch_nested_container",
        CallType.WaitNestedContainer when call.WaitNestedContainer is null => "wait_nested_container",
        CallType.KillNestedContainer when call.KillNestedContainer is null => "kill_nested_container",
        CallType.RemoveNestedContainer when call.RemoveNestedContainer is null => "remove_nested_container",
        CallType.LaunchNestedContainerSession when call.LaunchNestedContainerSession is null => "launch_nested_container_session",
        CallType.AttachContainerOutput when call.AttachContainerOutput is null => "attach_container_output",
        CallType.LaunchContainer when call.LaunchContainer is null => "launch_container",
        CallType.WaitContainer when call.WaitContainer is null => "wait_container",
        CallType.KillContainer when call.KillContainer is null => "kill_container",
        CallType.RemoveContainer when call.RemoveContainer is null => "remove_container",
        _ => null,
    };

    private static bool IsRecordIO(HttpRequest request) => HttpMethods.IsPost(request.Method)
        && (MesosCall.Last(request.Headers.ContentType) ?? "").StartsWith(StreamFormat.RecordIO, StringComparison.OrdinalIgnoreCase);

    private static async IAsyncEnumerable<Call> Records(HttpContext context, WireFormat format, [EnumeratorCancellation] CancellationToken ct)
    {
        // Somebody types: there is no size that such a request has.
        if (context.Features.Get<Microsoft.AspNetCore.Http.Features.IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
            limit.MaxRequestBodySize = null;
        if (context.Features.Get<Microsoft.AspNetCore.Server.Kestrel.Core.Features.IHttpMinRequestBodyDataRateFeature>() is { } rate)
            rate.MinDataRate = null;
        var (reader, buffer) = (new RecordReader(), new byte[ReadBuffer]);
        while (await context.Request.Body.ReadAsync(buffer, ct) is var read and > 0)
            foreach (var record in reader.Feed(buffer.AsSpan(0, read)))
                yield return format.Read<Call>(record);
    }

    private static MesosAnswer NoFile() => MesosAnswer.NotFound("No such file or directory");

    private static MesosAnswer NoContainer() => MesosAnswer.NotFound("Container cannot be found");
}
