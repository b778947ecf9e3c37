using Bourse.MesosV1.Master;

namespace Bourse.Allocator.Host.Http.Operator;

/// <summary>What an operator's call is answered with: a message, or a status alone.</summary>
internal readonly record struct OperatorAnswer(Response? Response, MesosAnswer? Status)
{
    /// <summary>Most writes: done, nothing to tell.</summary>
    public static readonly OperatorAnswer Done = new MesosAnswer(StatusCodes.Status200OK);

    public static implicit operator OperatorAnswer(Response response) => new(response, null);

    public static implicit operator OperatorAnswer(MesosAnswer status) => new(null, status);

    public async Task Write(HttpContext context, WireFormat format)
    {
        if (Status is not null)
        {
            await Status.Write(context.Response);
            return;
        }
        var body = format.Write(Response!);
        context.Response.ContentType = format.MediaType;
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }
}
