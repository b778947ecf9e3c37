using Bourse.Allocator.Host.Http.Streams;
using Bourse.Journal;

namespace Bourse.Allocator.Host.Http.Operator;

/// <summary>SUBSCRIBE of an operator: everything there is, then every change.</summary>
internal sealed class SubscribeCall(
    IInbox<AllocatorState, AllocatorCommand> allocator, OperatorStreams streams, TimeProvider clock, IHostApplicationLifetime lifetime,
    ILogger<SubscribeCall> logger)
{
    public async Task Handle(HttpContext context, WireFormat format)
    {
        var stream = await allocator.Read(streams.Open, context.RequestAborted);
        try
        {
            var writer = new OperatorEventWriter(stream, format, new PatientStream(context.Response.Body, clock), clock);
            var reason = await StreamResponse.Run(context, format, stream, writer.Run, "its reader", lifetime.ApplicationStopping);
            logger.LogInformation("An operator's event stream to {Address} ended: {Reason}", context.Connection.RemoteIpAddress, reason);
        }
        finally
        {
            streams.Remove(stream);
        }
    }
}
