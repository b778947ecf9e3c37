using System.Text.Json;
using Google.Protobuf;

namespace Bourse.MesosV1.Wire;

/// <summary>
/// Bytes as clients send them: base64 text; beyond Mesos also the buffer object of the Node client and a <c>{"value": "…"}</c>
/// around the text, as a Python client repeats it from a status.
/// </summary>
internal static class JsonBytes
{
    /// <summary>The bytes, or null when they are in none of these forms.</summary>
    public static ByteString? Read(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.String)
            return reader.TryGetBytesFromBase64(out var bytes) ? UnsafeByteOperations.UnsafeWrap(bytes) : null;
        if (reader.TokenType != JsonTokenType.StartObject)
            return null;
        using var document = JsonDocument.ParseValue(ref reader);
        return FromObject(document.RootElement);
    }

    private static ByteString? FromObject(JsonElement given)
    {
        if (given.TryGetProperty("value", out var value) && value.ValueKind == JsonValueKind.String)
            return value.TryGetBytesFromBase64(out var bytes) ? UnsafeByteOperations.UnsafeWrap(bytes) : null;

        // A Node Buffer, alone or wrapped by bytebuffer.js with the window that is meant.
        var buffer = given.TryGetProperty("buffer", out var inner) && inner.ValueKind == JsonValueKind.Object ? inner : given;
        if (!buffer.TryGetProperty("data", out var data) || data.ValueKind != JsonValueKind.Array)
            return null;
        var all = new byte[data.GetArrayLength()];
        var at = 0;
        foreach (var item in data.EnumerateArray())
            if (item.ValueKind != JsonValueKind.Number || !item.TryGetByte(out all[at++]))
                return null;
        var from = Bound(given, "offset", 0);
        var to = Bound(given, "limit", all.Length);
        return from is { } start && to is { } end && start <= end && end <= all.Length ? ByteString.CopyFrom(all, start, end - start) : null;
    }

    private static int? Bound(JsonElement given, string name, int otherwise) =>
        !given.TryGetProperty(name, out var bound) ? otherwise
        : bound.ValueKind == JsonValueKind.Number && bound.TryGetInt32(out var number) && number >= 0 ? number
        : null;
}
