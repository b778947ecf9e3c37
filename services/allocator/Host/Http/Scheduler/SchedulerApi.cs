using Bourse.Allocator.Host.Http.Streams;
using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Edge;
using Bourse.Journal;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Bourse.MesosV1.Scheduler;

namespace Bourse.Allocator.Host.Http.Scheduler;

/// <summary><c>POST /api/v1/scheduler</c>: the checks every call passes, in the order of Mesos, and the way to each call.</summary>
internal static class SchedulerApi
{
    public const string StreamIdHeader = "Mesos-Stream-Id";

    /// <summary>What the API needs beside the loop: the streams, which are also to be told of every commit.</summary>
    public static IServiceCollection AddSchedulerApi(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddRateLimits(configuration);
        services.AddSingleton<SchedulerStreams>();
        services.AddSingleton<ICommitListener<AllocatorState>>(provider => provider.GetRequiredService<SchedulerStreams>());
        services.AddSingleton<FrameworkMeters>();
        services.AddSingleton<ICommitListener<AllocatorState>>(provider => provider.GetRequiredService<FrameworkMeters>());
        services.AddSingleton<ILeaderView, SoleLeader>();
        services.TryAddSingleton(new AllocatorSettings());
        services.AddSingleton<MasterIdentity>();
        services.AddSingleton<SchedulerEndpoint>();
        return services;
    }

    /// <summary>
    /// Maps the endpoint. Mesos falls back to the longest registered prefix of a path and knows each path a second time below
    /// <c>/master</c>.
    /// </summary>
    public static void MapSchedulerApi(this WebApplication app)
    {
        app.UseRateLimiter();
        foreach (var path in (string[])["/api/v1/scheduler", "/master/api/v1/scheduler"])
            app.Map(path + "/{**rest}", (HttpContext context, SchedulerEndpoint endpoint) => endpoint.Handle(context))
                .RequireAuthorization(Policies.Framework).RequireRateLimiting(RateLimits.Policy);
    }
}

/// <summary>A call that passed the checks, with all it takes to serve it.</summary>
internal sealed record SchedulerCall(
    Call Message, Subscriber Framework, SchedulerStream Stream, Origin Origin, IInbox<AllocatorState, AllocatorCommand> Allocator, DateTimeOffset Now)
{
    public FrameworkId FrameworkId => Framework.Id;
}

/// <summary>Receives every call.</summary>
internal sealed class SchedulerEndpoint(
    IInbox<AllocatorState, AllocatorCommand> allocator, SchedulerStreams streams, FrameworkMeters meters, ILeaderView leadership, MasterIdentity master,
    TimeProvider clock, IHostApplicationLifetime lifetime, IBus bus, ILogger<SchedulerEndpoint> logger)
{
    public async Task Handle(HttpContext context)
    {
        try
        {
            if (await Serve(context) is { } answer)
                await answer.Write(context.Response);
        }
        catch (JournalUnavailableException) when (!context.Response.HasStarted)
        {
            // Nothing is decided that is not recorded; the scheduler tries again.
            await MesosAnswer.Unavailable("The journal cannot be written now").Write(context.Response);
        }
    }

    /// <summary>The answer; null when the call has written its own.</summary>
    private async Task<MesosAnswer?> Serve(HttpContext context)
    {
        var (call, refusal) = await CallReading.Read<Call>(context, leadership);
        if (call is null)
            return refusal;

        var streamId = MesosCall.Last(context.Request.Headers[SchedulerApi.StreamIdHeader]);
        // Beyond Mesos: a widespread client leaves the framework's id out of most calls, and the stream tells it anyway.
        if (call.HasType && call.Type != Call.Types.Type.Subscribe && call.FrameworkId is null && streamId is not null
            && streams.Find(streamId) is { } known)
            call.FrameworkId = new() { Value = known.Id.Value };
        if (CallValidation.Problem(call) is { } problem)
            return MesosAnswer.Bad($"Failed to validate scheduler::Call: {problem}");

        var format = WireFormat.Accepted(MesosCall.Last(context.Request.Headers.Accept));
        if (call.Type is Call.Types.Type.Subscribe or Call.Types.Type.ReconcileOperations && format is null)
            return new(StatusCodes.Status406NotAcceptable,
                $"Expecting 'Accept' to allow {WireFormat.Json.MediaType} or {WireFormat.Protobuf.MediaType}");

        var caller = context.Caller();
        if (call.Type == Call.Types.Type.Subscribe)
            return streamId is not null
                ? MesosAnswer.Bad($"Subscribe calls should not include the '{SchedulerApi.StreamIdHeader}' header")
                : await new SubscribeCall(allocator, streams, meters, clock, lifetime, logger).Handle(context, call, caller, format!, master.Of(context));

        var framework = streams.Find(new FrameworkId(call.FrameworkId!.Value));
        if (framework is null)
            return MesosAnswer.Bad("Framework cannot be found");
        if (framework.Principal != caller.Principal)
            return MesosAnswer.Bad($"Authenticated principal '{caller.Principal}' does not match principal '{framework.Principal}' set in `FrameworkInfo`");
        if (framework.Stream is not { } stream)
            return MesosAnswer.Forbidden("Framework is not subscribed");
        if (string.IsNullOrEmpty(streamId))
            return MesosAnswer.Bad($"All non-subscribe calls should include the '{SchedulerApi.StreamIdHeader}' header");
        if (streamId != stream.Id)
            return MesosAnswer.Bad($"The stream ID '{streamId}' included in this request didn't match the stream ID currently associated with framework ID '{framework.Id}'");

        meters.Called(framework.Id, call.Type);
        return await Dispatch(new(call, framework, stream, caller.Origin, allocator, clock.GetUtcNow()), context.RequestAborted);
    }

    private Task<MesosAnswer> Dispatch(SchedulerCall call, CancellationToken ct) => call.Message.Type switch
    {
        Call.Types.Type.Teardown => TeardownCall.Handle(call, ct),
        Call.Types.Type.Accept => AcceptCall.Handle(call, ct),
        Call.Types.Type.Decline => DeclineCall.Handle(call, ct),
        Call.Types.Type.Revive => ReviveCall.Handle(call, ct),
        Call.Types.Type.Suppress => SuppressCall.Handle(call, ct),
        Call.Types.Type.Kill => KillCall.Handle(call, ct),
        Call.Types.Type.Acknowledge => AcknowledgeCall.Handle(call, ct),
        Call.Types.Type.Reconcile => ReconcileCall.Handle(call, ct),
        Call.Types.Type.Shutdown => ShutdownCall.Handle(call, ct),
        Call.Types.Type.UpdateFramework => UpdateFrameworkCall.Handle(call, ct),
        Call.Types.Type.ReconcileOperations => ReconcileOperationsCall.Handle(call, ct),
        // A wish for resources; the allocator of Mesos takes it and does nothing with it either.
        Call.Types.Type.Request => Task.FromResult(MesosAnswer.Accepted),
        Call.Types.Type.Message => MessageCall.Handle(call, bus, ct),
        Call.Types.Type.AcknowledgeOperationStatus => AcknowledgeOperationCall.Handle(call, ct),
        Call.Types.Type.AcceptInverseOffers => InverseOfferCalls.Accept(call, ct),
        Call.Types.Type.DeclineInverseOffers => InverseOfferCalls.Decline(call, ct),
        _ => Task.FromResult(Unsupported.Call(EnumNames.Of(call.Message.Type))),
    };
}
