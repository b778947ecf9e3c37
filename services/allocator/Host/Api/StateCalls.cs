using System.Text.Json;
using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Contracts.Messages;
using Bourse.Edge;

namespace Bourse.Allocator.Host.Api;

/// <summary>GET /bourse/v1/state and POST /bourse/v1/verify: what was, and whether it all adds up.</summary>
internal static class StateCalls
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private sealed record ServiceState(long Position, JsonElement State);

    public static async Task<IResult> State(HttpContext context, IBus bus, string? at)
    {
        if (Start.Parse(at, null) is not { } point)
            return Problems.Of(400, "malformed", $"at: '{at}' is neither a position such as allocator:12 nor an ISO 8601 instant");

        var states = new Dictionary<string, ServiceState>();
        foreach (var service in point.Service is { } one ? [one] : Services.All)
        {
            var question = new ReadState(point.Service is null ? null : point.Position, point.Since);
            var answer = await bus.Ask<StateAt>(Destination.Service(service), question, context.Caller().Origin, Patience, context.RequestAborted);
            states[service] = new(answer.Position, answer.State);
        }
        return Results.Json(states, Json.Options);
    }

    public static async Task<IResult> Verify(HttpContext context, IBus bus)
    {
        var answers = new List<Verified>();
        foreach (var service in Services.All)
            answers.Add(await bus.Ask<Verified>(Destination.Service(service), new VerifyJournal(), context.Caller().Origin, Patience, context.RequestAborted));
        return Results.Json(new { services = answers }, Json.Options);
    }
}
