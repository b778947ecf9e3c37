using Bourse.MesosV1.Wire;
using Google.Protobuf;

namespace Bourse.Allocator.Host.Http;

/// <summary>The checks that come before any call of either API, in the order of Mesos.</summary>
internal static class CallReading
{
    /// <summary>Reads the call, or says why not.</summary>
    public static async Task<(T? Call, Answer? Refusal)> Read<T>(HttpContext context, ILeaderView leadership) where T : class, IMessage<T>, new()
    {
        var request = context.Request;
        if (!leadership.Leads)
            return (null, NotLeading(context, leadership.Leader));
        if (!HttpMethods.IsPost(request.Method))
        {
            context.Response.Headers.Allow = "POST";
            return (null, new(StatusCodes.Status405MethodNotAllowed, $"Expecting 'POST', received '{request.Method}'"));
        }
        if (Last(request.Headers.ContentType) is not { Length: > 0 } contentType)
            return (null, Answer.Bad("Expecting 'Content-Type' to be present"));
        if (WireFormat.Named(contentType) is not { } format)
            return (null, new(StatusCodes.Status415UnsupportedMediaType,
                $"Expecting 'Content-Type' of {WireFormat.Json.MediaType} or {WireFormat.Protobuf.MediaType}"));
        try
        {
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body, context.RequestAborted);
            return (format.Read<T>(body.GetBuffer().AsSpan(0, (int)body.Length)), null);
        }
        catch (UnreadableException e)
        {
            return (null, Answer.Bad($"Failed to parse body into Call: {e.Message}"));
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return (null, new(e.StatusCode, "the body is larger than this server takes"));
        }
    }

    /// <summary>The value of a header; when it occurs twice, the last one.</summary>
    public static string? Last(Microsoft.Extensions.Primitives.StringValues values) => values.Count == 0 ? null : values[^1];

    /// <summary>
    /// The way to the leader. Without a scheme, so that it holds for plain and encrypted connections alike; always with a port, which
    /// one client insists on.
    /// </summary>
    public static Answer NotLeading(HttpContext context, string? leader)
    {
        if (leader is null)
            return Answer.Unavailable("No leader elected");
        context.Response.Headers.Location = $"//{leader}{context.Request.Path}{context.Request.QueryString}";
        return new(StatusCodes.Status307TemporaryRedirect);
    }
}
