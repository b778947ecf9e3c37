using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Bourse.MesosEdge;

/// <summary>The HTTP side of every event stream: headers at once, then records until either side ends it.</summary>
public static class StreamResponse
{
    /// <summary>Sends the headers. Clients wait for them before anything else, some of them only for seconds.</summary>
    public static async Task Begin(HttpContext context, WireFormat format, CancellationToken ct)
    {
        context.Response.StatusCode = StatusCodes.Status200OK;
        context.Response.ContentType = format.MediaType;
        // The server's own rule counts bytes a second, and ends a stream without a word of why; PatientStream stands for it.
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
            rate.MinDataRate = null;
        await context.Response.StartAsync(ct);
        await context.Response.Body.FlushAsync(ct);
    }

    /// <summary>Begins and writes until the stream ends. Says why it ended.</summary>
    /// <param name="context">The request.</param>
    /// <param name="format">JSON or protobuf.</param>
    /// <param name="stream">What is written.</param>
    /// <param name="write">Writes all of it.</param>
    /// <param name="reader">What the other side is called.</param>
    /// <param name="stopping">This process ends.</param>
    public static async Task<string> Run<T>(
        HttpContext context, WireFormat format, EventStream<T> stream, Func<CancellationToken, Task> write, string reader, CancellationToken stopping)
        where T : class
    {
        using var closing = stopping.Register(() => stream.Close(error: null));
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        try
        {
            await Begin(context, format, ended.Token);
            var writing = write(ended.Token);
            if (await Task.WhenAny(writing, stream.Broken) != writing)
                await ended.CancelAsync();
            await writing;
            return "the stream was closed";
        }
        catch (Exception e) when (ended.IsCancellationRequested || e is IOException)
        {
            var behind = stream.Items.Count;
            context.Abort();
            return stream.Broken.IsCompleted ? $"{reader} was too slow: more than {EventStream<T>.Capacity} events behind"
                : e is StalledException ? $"{reader} was too slow: {e.Message}, {behind} events behind"
                : $"{reader} closed the stream";
        }
    }
}
