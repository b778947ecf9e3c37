using System.Text.Json;
using Bourse.Contracts;
using Bourse.Edge;

namespace Bourse.Allocator.Host.Api;

/// <summary>GET /bourse/v1/events: the journals as lines of JSON, past and, following, as they come.</summary>
internal static class EventsCall
{
    private static readonly byte[] Newline = "\n"u8.ToArray();

    private sealed record Line(string Service, long Position, string Name, DateTimeOffset At, JsonElement Data, Origin Origin, long Epoch);

    public static async Task Handle(
        HttpContext context, EventLog log, string? service, string? from, string? stream, string? type, string? principal, bool follow = false)
    {
        if (service is not null && !Services.All.Contains(service))
        {
            await Problems.Write(context, 400, "malformed", $"service: '{service}' is none of {string.Join(", ", Services.All)}");
            return;
        }
        if (Start.Parse(from, service) is not { } start)
        {
            await Problems.Write(context, 400, "malformed", $"from: '{from}' is neither a position such as allocator:12 nor an ISO 8601 instant");
            return;
        }

        var ct = context.RequestAborted;
        var subject = stream ?? (principal is null ? null : new Subject("principal", principal).ToString());
        context.Response.ContentType = "application/x-ndjson";
        try
        {
            await foreach (var logged in log.Read(service is null ? Services.All : [service], start, subject, follow, context.Caller().Origin, ct))
            {
                if (logged is { } found)
                {
                    if (type is not null && found.Event.Name != type || principal is not null && found.Event.Origin.Principal != principal)
                        continue;
                    var e = found.Event;
                    await JsonSerializer.SerializeAsync(
                        context.Response.Body, new Line(found.Service, e.Position, e.Name, e.At, e.Data, e.Origin, e.Epoch), Json.Options, ct);
                }
                await context.Response.Body.WriteAsync(Newline, ct);
                if (follow)
                    await context.Response.Body.FlushAsync(ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // The reader has gone; there is nobody to tell.
        }
    }
}
