using System.Text.Json;
using System.Text.Json.Serialization;
using Bourse.Contracts;
using Bourse.Edge;
using Bourse.Journal;

namespace Bourse.Allocator.Host.Api;

/// <summary>GET /bourse/v1/frameworks/ID/offers/explain: why a framework is offered what it is, and not the rest.</summary>
internal static class ExplainOffersCall
{
    // What is zero or false is part of the answer.
    private static readonly JsonSerializerOptions Whole = new(Json.Options) { DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull };

    public static async Task<IResult> Handle(
        HttpContext context, IInbox<AllocatorState, AllocatorCommand> allocator, TimeProvider clock, string id)
    {
        var now = clock.GetUtcNow();
        var explanation = await allocator.Read(state => ExplainingOffers.Of(state, new(id), now), context.RequestAborted);
        return explanation is null
            ? Problems.Of(404, "unknown-framework", $"no framework '{id}' is subscribed or may come back")
            : Results.Json(explanation, Whole);
    }
}
