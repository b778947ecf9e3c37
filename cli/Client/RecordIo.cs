using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;

namespace Bourse.Cli.Client;

/// <summary>The framing of Mesos streams: a length in decimal digits, a line feed, so many bytes.</summary>
internal static class RecordIo
{
    private const int LongestRecord = 64 * 1024 * 1024;

    /// <summary>The records until the stream ends.</summary>
    /// <exception cref="IOException">The stream broke off inside a record, or is no such stream.</exception>
    public static async IAsyncEnumerable<JsonObject> Read(Stream stream, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var buffered = new BufferedStream(stream, 64 * 1024);
        var one = new byte[1];
        while (true)
        {
            long length = 0;
            var digits = 0;
            while (true)
            {
                if (await buffered.ReadAsync(one, cancellationToken) == 0)
                {
                    if (digits == 0)
                    {
                        yield break;
                    }

                    throw new IOException("the stream ended inside a record's length");
                }

                if (one[0] == '\n')
                {
                    break;
                }

                if (!char.IsAsciiDigit((char)one[0]) || (length = (length * 10) + (one[0] - '0')) > LongestRecord)
                {
                    throw new IOException(string.Create(CultureInfo.InvariantCulture, $"not a record's length: byte {one[0]} after {digits} digits"));
                }

                digits++;
            }

            var record = new byte[length];
            await buffered.ReadExactlyAsync(record, cancellationToken);
            yield return JsonNode.Parse(record) as JsonObject ?? throw new IOException("a record is not a JSON object");
        }
    }
}
