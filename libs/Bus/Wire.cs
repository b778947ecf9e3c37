using System.Buffers;
using System.Text.Json;
using Bourse.Contracts;

namespace Bourse.Bus;

/// <summary>Envelopes to bytes and back; the one form that every transport carries.</summary>
public static class Wire
{
    /// <summary>The content type of every message.</summary>
    public const string ContentType = "application/json";

    /// <summary>Writes a message in its envelope, without building the JSON of the message twice.</summary>
    public static byte[] Write(string id, object message, Origin origin, string? answerTo = null, string? answers = null)
    {
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = Json.Options.Encoder, SkipValidation = true }))
        {
            json.WriteStartObject();
            json.WriteString("name"u8, MessageNames.All.NameOf(message.GetType()));
            json.WriteString("id"u8, id);
            json.WritePropertyName("data"u8);
            JsonSerializer.Serialize(json, message, message.GetType(), Json.Options);
            json.WritePropertyName("origin"u8);
            JsonSerializer.Serialize(json, origin, Json.Options);
            if (answerTo is not null)
                json.WriteString("answerTo"u8, answerTo);
            if (answers is not null)
                json.WriteString("answers"u8, answers);
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads an envelope.</summary>
    /// <exception cref="JsonException">The bytes are no envelope.</exception>
    public static Envelope Read(ReadOnlySpan<byte> body)
    {
        var envelope = JsonSerializer.Deserialize<Envelope>(body, Json.Options);
        return envelope is { Name: not null, Id: not null, Origin: not null }
            ? envelope
            : throw new JsonException("the body is no envelope: name, id or origin is missing");
    }

    /// <summary>Reads the message inside an envelope.</summary>
    /// <exception cref="JsonException">The data is not what the name says.</exception>
    /// <exception cref="KeyNotFoundException">No message has that name.</exception>
    public static object Open(Envelope envelope)
    {
        var (type, toCurrent) = MessageNames.All.ShapeOf(envelope.Name);
        var message = envelope.Data.Deserialize(type, Json.Options) ?? throw new JsonException($"a {envelope.Name} without data");
        return toCurrent is null ? message : toCurrent(message);
    }

    internal static string NewId() => Guid.CreateVersion7().ToString("N");
}
