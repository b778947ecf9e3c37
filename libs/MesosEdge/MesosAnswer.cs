using Microsoft.AspNetCore.Http;

namespace Bourse.MesosEdge;

/// <summary>What a call is answered with: a status and, for a refusal, one sentence of plain text.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Text">The sentence.</param>
public sealed record MesosAnswer(int Status, string? Text = null)
{
    /// <summary>Done, with nothing to say.</summary>
    public static readonly MesosAnswer Done = new(StatusCodes.Status200OK);

    /// <summary>Taken; whatever goes wrong later is an event.</summary>
    public static readonly MesosAnswer Accepted = new(StatusCodes.Status202Accepted);

    /// <summary>The caller takes neither JSON nor protobuf.</summary>
    public static readonly MesosAnswer NotAcceptable = new(StatusCodes.Status406NotAcceptable,
        $"Expecting 'Accept' to allow {WireFormat.Json.MediaType} or {WireFormat.Protobuf.MediaType}");

    /// <summary>400.</summary>
    public static MesosAnswer Bad(string text) => new(StatusCodes.Status400BadRequest, text);

    /// <summary>403.</summary>
    public static MesosAnswer Forbidden(string text) => new(StatusCodes.Status403Forbidden, text);

    /// <summary>404.</summary>
    public static MesosAnswer NotFound(string text) => new(StatusCodes.Status404NotFound, text);

    /// <summary>501.</summary>
    public static MesosAnswer NotImplemented(string text) => new(StatusCodes.Status501NotImplemented, text);

    /// <summary>503.</summary>
    public static MesosAnswer Unavailable(string text) => new(StatusCodes.Status503ServiceUnavailable, text);

    /// <summary>401, saying how to do better.</summary>
    public static MesosAnswer Unauthenticated(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        context.Response.Headers.WWWAuthenticate = "Bearer realm=\"bourse\"";
        return new(StatusCodes.Status401Unauthorized, "No token was sent");
    }

    /// <summary>Writes it. An empty body bears no Content-Type: one client refuses it otherwise.</summary>
    public Task Write(HttpResponse response)
    {
        ArgumentNullException.ThrowIfNull(response);
        response.StatusCode = Status;
        if (Text is null)
        {
            response.ContentLength = 0;
            return Task.CompletedTask;
        }
        response.ContentType = "text/plain";
        return response.WriteAsync(Text);
    }
}
