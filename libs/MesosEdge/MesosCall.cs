using Bourse.MesosV1.Wire;
using Google.Protobuf;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Format = Bourse.MesosEdge.WireFormat;

namespace Bourse.MesosEdge;

/// <summary>The checks that come before any call, in the order of Mesos.</summary>
public static class MesosCall
{
    /// <summary>Reads the call, or says why not.</summary>
    public static async Task<(T? Call, MesosAnswer? Refusal)> Read<T>(HttpContext context) where T : class, IMessage<T>, new()
    {
        ArgumentNullException.ThrowIfNull(context);
        var (format, refusal) = Check(context);
        if (format is null)
            return (null, refusal);
        try
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
            return (format.Read<T>(body.GetBuffer().AsSpan(0, (int)body.Length)), null);
        }
        catch (UnreadableException e)
        {
            return (null, MesosAnswer.Bad($"Failed to parse body into Call: {e.Message}"));
        }
        catch (BadHttpRequestException e) when (e.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return (null, new(e.StatusCode, "the body is larger than this server takes"));
        }
    }

    /// <summary>The format of the request's body, or why it cannot be a call.</summary>
    public static (Format? Format, MesosAnswer? Refusal) Check(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var request = context.Request;
        if (!HttpMethods.IsPost(request.Method))
        {
            context.Response.Headers.Allow = "POST";
            return (null, new(StatusCodes.Status405MethodNotAllowed, $"Expecting 'POST', received '{request.Method}'"));
        }
        if (Last(request.Headers.ContentType) is not { Length: > 0 } contentType)
            return (null, MesosAnswer.Bad("Expecting 'Content-Type' to be present"));
        return Format.Named(contentType) is { } format
            ? (format, null)
            : (null, new(StatusCodes.Status415UnsupportedMediaType, $"Expecting 'Content-Type' of {Format.Json.MediaType} or {Format.Protobuf.MediaType}"));
    }

    /// <summary>The value of a header; when it occurs twice, the last one.</summary>
    public static string? Last(StringValues values) => values.Count == 0 ? null : values[^1];
}
