using Bourse.Deciding;

namespace Bourse.Allocator.Host.Http;

/// <summary>What a call is answered with: a status and, for a refusal, one sentence of plain text.</summary>
internal sealed record Answer(int Status, string? Text = null)
{
    /// <summary>Most calls: taken; whatever goes wrong later is an event.</summary>
    public static readonly Answer Accepted = new(StatusCodes.Status202Accepted);

    public static Answer Bad(string text) => new(StatusCodes.Status400BadRequest, text);

    public static Answer Forbidden(string text) => new(StatusCodes.Status403Forbidden, text);

    public static Answer NotImplemented(string text) => new(StatusCodes.Status501NotImplemented, text);

    public static Answer Unavailable(string text) => new(StatusCodes.Status503ServiceUnavailable, text);

    /// <summary>
    /// The answer to what the loop decided. Only what could not be recorded, and a framework that went between the checks and the
    /// decision, are told here; every other no is an event, or silence, as Mesos has it.
    /// </summary>
    public static Answer To(Decision decision) => decision.Refusal switch
    {
        { Code: RefusalCode.Malformed } refusal => Bad(refusal.Message),
        { Code: RefusalCode.UnknownFramework } => Bad("Framework cannot be found"),
        _ => Accepted,
    };

    /// <summary>An empty body bears no Content-Type: one client refuses it otherwise.</summary>
    public Task Write(HttpResponse response)
    {
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
