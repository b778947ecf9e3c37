using Bourse.MesosEdge;

namespace Bourse.Agent.Host.Operator;

/// <summary>How a stream of records is sent: named after the records' encoding, or after the framing with the encoding beside it.</summary>
internal sealed record StreamFormat(WireFormat Encoding, bool AsRecordIO)
{
    public const string RecordIO = "application/recordio", MessageAccept = "Message-Accept", MessageContentType = "Message-Content-Type";

    /// <summary>What the caller takes; null when it takes none of them.</summary>
    public static StreamFormat? Accepted(HttpRequest request)
    {
        var accept = MesosCall.Last(request.Headers.Accept);
        var message = MesosCall.Last(request.Headers[MessageAccept]);
        if (accept is not null && accept.Contains(RecordIO, StringComparison.OrdinalIgnoreCase)
            && (message is not null || WireFormat.Accepted(accept) is null))
            return WireFormat.Accepted(message) is { } inner ? new(inner, AsRecordIO: true) : null;
        return message is null && WireFormat.Accepted(accept) is { } format ? new(format, AsRecordIO: false) : null;
    }

    public void Announce(HttpResponse response)
    {
        response.StatusCode = StatusCodes.Status200OK;
        response.ContentType = AsRecordIO ? RecordIO : Encoding.MediaType;
        if (AsRecordIO)
            response.Headers[MessageContentType] = Encoding.MediaType;
    }
}
