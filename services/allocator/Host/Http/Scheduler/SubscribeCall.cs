using Bourse.Allocator.Host.Http.Mapping;
using Bourse.Allocator.Host.Http.Streams;
using Bourse.Contracts;
using Bourse.Edge;
using Bourse.Journal;
using Bourse.MesosV1.Scheduler;
using V1 = Bourse.MesosV1;

namespace Bourse.Allocator.Host.Http.Scheduler;

/// <summary>
/// SUBSCRIBE: 200 and the stream of events, held open until either side ends it. A description that cannot be accepted is told by
/// an ERROR event on a stream that ends with it, as in Mesos; only a foreign principal is a 400.
/// </summary>
internal sealed class SubscribeCall(
    IInbox<AllocatorState, AllocatorCommand> allocator, SchedulerStreams streams, FrameworkMeters meters, TimeProvider clock, IHostApplicationLifetime lifetime, ILogger logger)
{
    // Two minutes of trying: as long as a framework has to come back after this service restarted.
    private const int DisconnectAttempts = 120;

    public async Task<MesosAnswer?> Handle(HttpContext context, Call call, Caller caller, WireFormat format, V1.MasterInfo master)
    {
        var info = call.Subscribe.FrameworkInfo;
        if (info.HasPrincipal && info.Principal != caller.Principal)
            return MesosAnswer.Bad($"Authenticated principal '{caller.Principal}' does not match principal '{info.Principal}' set in `FrameworkInfo`");

        Subscribe command;
        try
        {
            command = Command(call.Subscribe, caller.Principal);
        }
        catch (UnusableException e)
        {
            await Refuse(context, format, e.Message);
            return null;
        }

        // Not cancelled with the connection: the subscription may be committed already, and then its end has to be as well.
        var decision = await allocator.Send(command, caller.Origin, CancellationToken.None);
        if (decision.Refusal is { } refusal)
        {
            await Refuse(context, format, refusal.Message);
            return null;
        }
        var subscribed = decision.Facts.OfType<FrameworkSubscribed>().Single();
        meters.Called(subscribed.FrameworkId, Call.Types.Type.Subscribe);
        var stream = await streams.Claim(subscribed.FrameworkId, subscribed.Session, lifetime.ApplicationStopping);
        await Stream(context, stream, format, master, caller.Origin);
        return null;
    }

    private Subscribe Command(Call.Types.Subscribe subscribe, string principal)
    {
        var info = subscribe.FrameworkInfo;
        var description = FrameworkInfoMapping.Read(info, subscribe.OfferConstraints, principal);
        var id = info.Id is { Value.Length: > 0 } given ? new FrameworkId(given.Value) : (FrameworkId?)null;
        // Version 7 ids begin with the time, so that frameworks are listed in the order in which they came.
        return new(id, description, subscribe.SuppressedRoles.Distinct().Order(StringComparer.Ordinal).ToValueList(),
            new($"{Guid.CreateVersion7(clock.GetUtcNow())}-0000"), clock.GetUtcNow());
    }

    private async Task Stream(HttpContext context, SchedulerStream stream, WireFormat format, V1.MasterInfo master, Origin origin)
    {
        context.Response.Headers[SchedulerApi.StreamIdHeader] = stream.Id;
        var writer = new EventWriter(stream, master, format, new PatientStream(context.Response.Body, clock), meters, clock);
        var reason = await StreamResponse.Run(context, format, stream, writer.Run, "its scheduler", lifetime.ApplicationStopping);
        logger.LogInformation(
            "The event stream of framework {FrameworkId} to {Address} ended: {Reason}", stream.FrameworkId, context.Connection.RemoteIpAddress, reason);
        await Disconnect(stream, reason, origin);
    }

    /// <summary>
    /// The loop ignores the end of a stream that is not the framework's current one, so every end is told. Except our own: a
    /// restart gives frameworks time to come back, which the end of a stream may not.
    /// </summary>
    private async Task Disconnect(SchedulerStream stream, string reason, Origin origin)
    {
        for (var attempt = 1; !lifetime.ApplicationStopping.IsCancellationRequested; attempt++)
        {
            try
            {
                await allocator.Send(new Disconnect(stream.FrameworkId, stream.Session, reason, clock.GetUtcNow()), origin, lifetime.ApplicationStopping);
                return;
            }
            catch (JournalUnavailableException e) when (attempt < DisconnectAttempts)
            {
                logger.LogWarning("The end of a stream of framework {FrameworkId} could not be recorded yet: {Problem}", stream.FrameworkId, e.Message);
                await Task.Delay(TimeSpan.FromSeconds(1), clock, CancellationToken.None);
            }
            catch (OperationCanceledException)
            {
                return;
            }
        }
    }

    private static async Task Refuse(HttpContext context, WireFormat format, string message)
    {
        context.Response.Headers[SchedulerApi.StreamIdHeader] = Guid.NewGuid().ToString();
        await StreamResponse.Begin(context, format, context.RequestAborted);
        await context.Response.Body.WriteAsync(
            format.Frame(new Event { Type = Event.Types.Type.Error, Error = new() { Message = message } }), context.RequestAborted);
    }
}
