using System.Diagnostics;
using System.Security.Claims;
using Bourse.Contracts;
using Microsoft.AspNetCore.Http;

namespace Bourse.Edge;

/// <summary>Who is calling, and the id that everything following from the call shares.</summary>
/// <param name="Principal">The authenticated name.</param>
/// <param name="Kinds">What the caller is; see <see cref="Edge.Kinds"/>.</param>
/// <param name="Correlation">The trace id of the caller's <c>traceparent</c>, or a fresh one.</param>
public sealed record Caller(string Principal, IReadOnlyList<string> Kinds, string Correlation)
{
    /// <summary>The principal of callers without credentials, where they are let in.</summary>
    public const string Anonymous = "anonymous";

    internal const string KindClaim = "kind";

    /// <summary>Whether the caller may do everything.</summary>
    public bool IsOperator => Kinds.Contains(Edge.Kinds.Operator);

    /// <summary>Who and what is behind whatever follows from this call.</summary>
    public Origin Origin => new(Principal, Correlation);
}

/// <summary>What a request says about its caller.</summary>
public static class CallerOfRequest
{
    private static readonly object CorrelationKey = new();

    /// <summary>The caller; anonymous and of no kind when not authenticated.</summary>
    public static Caller Caller(this HttpContext context) => new(
        context.User.Identity is { IsAuthenticated: true, Name: { } name } ? name : Edge.Caller.Anonymous,
        context.User.FindAll(Edge.Caller.KindClaim).Select(claim => claim.Value).ToArray(),
        context.Correlation());

    /// <summary>The id shared by everything that follows from this request: 32 hexadecimal digits.</summary>
    public static string Correlation(this HttpContext context)
    {
        if (context.Items.TryGetValue(CorrelationKey, out var known))
            return (string)known!;
        var id = TraceIdOf(context.Request.Headers.TraceParent) ?? ActivityTraceId.CreateRandom().ToHexString();
        context.Items[CorrelationKey] = id;
        return id;
    }

    // W3C trace context: version, trace id, parent id and flags; a trace id of zeros is no id.
    private static string? TraceIdOf(string? traceparent) =>
        traceparent is not null && ActivityContext.TryParse(traceparent, null, out var parsed) && parsed.TraceId != default
            ? parsed.TraceId.ToHexString()
            : null;
}
