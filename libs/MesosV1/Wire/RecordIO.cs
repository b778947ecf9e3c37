using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Bourse.MesosV1.Wire;

/// <summary>The framing of streams: the payload's length in decimal, a line feed, the payload. Nothing between records.</summary>
public static class RecordIO
{
    /// <summary>Real clients give up above this size.</summary>
    public const int MaxRecord = 4 * 1024 * 1024;

    /// <summary>A record, length line and payload together. Write it in one go: one client parses chunk by chunk.</summary>
    /// <exception cref="ArgumentException">The payload is empty, which one client cannot bear.</exception>
    public static byte[] Frame(ReadOnlySpan<byte> payload)
    {
        if (payload.IsEmpty)
            throw new ArgumentException("a record must not be empty", nameof(payload));
        Span<byte> length = stackalloc byte[12];
        payload.Length.TryFormat(length, out var digits, default, CultureInfo.InvariantCulture);
        length[digits++] = (byte)'\n';
        return [.. length[..digits], .. payload];
    }
}

/// <summary>Takes records out of a stream of bytes, however the bytes were cut.</summary>
/// <param name="maxRecord">Longer records are refused before they are buffered.</param>
public sealed class RecordReader(int maxRecord = RecordIO.MaxRecord)
{
    private const int LongestLength = 20;

    private readonly ArrayBufferWriter<byte> payload = new();
    private long announced = -1;
    private long length;
    private int digits;
    private bool failed;

    /// <summary>Whether the bytes so far end between two records.</summary>
    public bool AtBoundary => announced < 0 && digits == 0 && !failed;

    /// <summary>Takes more bytes and hands out the records they complete.</summary>
    /// <exception cref="UnreadableException">A length is not a number or too large. The stream is lost: no later byte can be trusted.</exception>
    public IReadOnlyList<byte[]> Feed(ReadOnlySpan<byte> bytes)
    {
        if (failed)
            throw new UnreadableException("the stream has already failed");
        var records = new List<byte[]>();
        while (!bytes.IsEmpty)
        {
            if (announced < 0)
            {
                Digit(bytes[0]);
                bytes = bytes[1..];
                // An empty record is complete with its length line.
                if (announced == 0)
                    Complete(records);
                continue;
            }
            var taken = (int)Math.Min(announced - payload.WrittenCount, bytes.Length);
            payload.Write(bytes[..taken]);
            bytes = bytes[taken..];
            if (payload.WrittenCount == announced)
                Complete(records);
        }
        return records;
    }

    private void Digit(byte next)
    {
        if (next == (byte)'\n' && digits > 0)
        {
            announced = length;
            return;
        }
        if (next is < (byte)'0' or > (byte)'9' || ++digits > LongestLength)
            throw Fail("a record's length must be a decimal number and a line feed");
        length = length * 10 + (next - '0');
        if (length > maxRecord)
            throw Fail($"a record may have at most {maxRecord} bytes");
    }

    private void Complete(List<byte[]> records)
    {
        records.Add(payload.WrittenSpan.ToArray());
        payload.ResetWrittenCount();
        (announced, length, digits) = (-1, 0, 0);
    }

    private UnreadableException Fail(string why)
    {
        failed = true;
        return new(why);
    }
}
