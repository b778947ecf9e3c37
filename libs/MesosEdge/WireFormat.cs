using Bourse.MesosV1.Wire;
using Google.Protobuf;

namespace Bourse.MesosEdge;

/// <summary>The two encodings of the API, chosen by media type.</summary>
public sealed class WireFormat
{
    /// <summary>JSON with the habits of Mesos.</summary>
    public static readonly WireFormat Json = new("application/json");

    /// <summary>The binary form.</summary>
    public static readonly WireFormat Protobuf = new("application/x-protobuf");

    private WireFormat(string mediaType) => MediaType = mediaType;

    /// <summary>Bare: one client compares the whole header.</summary>
    public string MediaType { get; }

    /// <summary>The format a request's Content-Type names, or null.</summary>
    public static WireFormat? Named(string contentType)
    {
        // Mesos compares to the letter; parameters such as a charset do no harm.
        var bare = contentType.AsSpan();
        var parameters = bare.IndexOf(';');
        bare = (parameters < 0 ? bare : bare[..parameters]).Trim();
        return bare.Equals(Json.MediaType, StringComparison.OrdinalIgnoreCase) ? Json
            : bare.Equals(Protobuf.MediaType, StringComparison.OrdinalIgnoreCase) ? Protobuf
            : null;
    }

    /// <summary>The format an Accept header allows, JSON first; null when it allows neither. No header allows everything.</summary>
    public static WireFormat? Accepted(string? accept) =>
        string.IsNullOrWhiteSpace(accept) || Allows(accept, Json) ? Json : Allows(accept, Protobuf) ? Protobuf : null;

    /// <summary>Reads a message.</summary>
    /// <exception cref="UnreadableException">The bytes are not such a message.</exception>
    public T Read<T>(ReadOnlySpan<byte> body) where T : class, IMessage<T>, new() =>
        this == Json ? MesosJson.Parse<T>(body) : MesosProtobuf.Parse<T>(body);

    /// <summary>Writes a message.</summary>
    public byte[] Write(IMessage message) => this == Json ? MesosJson.Format(message) : MesosProtobuf.Format(message);

    /// <summary>The message as a record of a stream.</summary>
    public byte[] Frame(IMessage message) => RecordIO.Frame(Write(message));

    // Mesos knows ranges and q=0 and ignores every other weight. The most specific range decides.
    private static bool Allows(string accept, WireFormat format)
    {
        var (best, allowed) = (0, false);
        foreach (var part in accept.Split(','))
        {
            var pieces = part.Split(';', StringSplitOptions.TrimEntries);
            var specific = pieces[0].Equals(format.MediaType, StringComparison.OrdinalIgnoreCase) ? 3
                : pieces[0].Equals("application/*", StringComparison.OrdinalIgnoreCase) ? 2
                : pieces[0] == "*/*" ? 1
                : 0;
            if (specific > best)
                (best, allowed) = (specific, !pieces.Skip(1).Any(IsZero));
        }
        return allowed;
    }

    private static bool IsZero(string parameter) =>
        parameter.StartsWith("q=", StringComparison.OrdinalIgnoreCase) && parameter.AsSpan(2).TrimEnd("0.").IsEmpty;
}
