using System.Buffers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Bourse.MesosEdge;

/// <summary>
/// JSON of the endpoints from before v1: as it is, or as a script that calls a function with it. Pages of another server, as the web UI
/// of Mesos is to an agent, can read no other form.
/// </summary>
public static class JsonAnswer
{
    /// <summary>Answers with what <paramref name="fill"/> writes; with 400 when the function asked for has no name of one.</summary>
    public static Task Write(HttpContext context, Action<Utf8JsonWriter> fill)
    {
        ArgumentNullException.ThrowIfNull(fill);
        var json = new ArrayBufferWriter<byte>(4096);
        using (var writer = new Utf8JsonWriter(json))
            fill(writer);
        return Write(context, json.WrittenMemory);
    }

    /// <summary>Answers with JSON that is there already.</summary>
    public static async Task Write(HttpContext context, ReadOnlyMemory<byte> json)
    {
        ArgumentNullException.ThrowIfNull(context);
        var callback = MesosCall.Last(context.Request.Query["jsonp"]);
        if (callback is not null && !IsName(callback))
        {
            await MesosAnswer.Bad("Expecting 'jsonp' to be the name of a function").Write(context.Response);
            return;
        }
        var (before, after) = callback is null ? ("", "") : (callback + "(", ");");
        context.Response.ContentType = callback is null ? WireFormat.Json.MediaType : "text/javascript";
        context.Response.ContentLength = before.Length + json.Length + after.Length;
        await context.Response.Body.WriteAsync(Encoding.ASCII.GetBytes(before), context.RequestAborted);
        await context.Response.Body.WriteAsync(json, context.RequestAborted);
        await context.Response.Body.WriteAsync(Encoding.ASCII.GetBytes(after), context.RequestAborted);
    }

    // What is no name could be a script of its own.
    private static bool IsName(string callback) =>
        callback.Length > 0 && !char.IsAsciiDigit(callback[0]) && callback.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '$' or '.');
}
