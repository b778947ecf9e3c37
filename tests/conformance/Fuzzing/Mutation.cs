using System.Text;
using System.Text.Json;

namespace Bourse.Conformance.Fuzzing;

/// <summary>Changes a few things in a valid body; the same random numbers give the same change.</summary>
internal sealed class Mutation(Random random)
{
    private static readonly string[] Values =
    [
        "null", "true", "0", "-1", "1", "1e400", "-1e400", "1.5", "18446744073709551615", "18446744073709551616", "-9223372036854775809", "1E-400", "00", "+1",
        "NaN", "\"\"", "\"*\"", "\"Infinity\"", "\"-Infinity\"", "\"NaN\"", "\"true\"", "\"5050\"", "\"UNKNOWN\"", "\"LAUNCH\"", "\"TASK_RUNNING\"", "\"no such name\"",
        "\"\\u0000\"", "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"\\u2028\"", "\"..\"", "\"/\"", "\"a//b\"", "\"AAAA\"", "\"AAAAAAAAAAAAAAAAAAAAAA==\"", "\"====\"",
        "[]", "{}", "[null]", "[[]]", "[{}]", "{\"\":{}}", "{\"value\":null}", "{\"value\":1e308}", "{\"value\":\"x\"}", "{\"seconds\":-1,\"nanos\":2147483647}",
        "{\"nanoseconds\":-9223372036854775808}", "{\"nanoseconds\":9223372036854775807}", "{\"range\":[{\"begin\":5,\"end\":1}]}", "{\"type\":\"SCALAR\"}",
    ];

    public byte[] Of(byte[] valid, bool json)
    {
        var body = valid;
        for (var changes = random.Next(1, 4); changes > 0; changes--)
            body = json && random.Next(4) > 0 ? Structure(body) : json || random.Next(3) > 0 ? Bytes(body) : Wire(body);
        return body;
    }

    /// <summary>Another value at some place, or the same one somewhere else, twice, deeper or not at all.</summary>
    private byte[] Structure(byte[] body)
    {
        var spans = Spans(body);
        if (spans.Count == 0)
            return Bytes(body);
        var (start, end) = spans[random.Next(spans.Count)];
        var value = body[start..end];
        return random.Next(6) switch
        {
            0 or 1 => [.. body[..start], .. Encoding.UTF8.GetBytes(Values[random.Next(Values.Length)]), .. body[end..]],
            2 => [.. body[..start], .. body[end..]],
            3 when spans[random.Next(spans.Count)] is var (from, to) => [.. body[..start], .. body[from..to], .. body[end..]],
            4 when random.Next(20) == 0 && Deep() is var depth =>
                [.. body[..start], .. Enumerable.Repeat((byte)'[', depth), .. value, .. Enumerable.Repeat((byte)']', depth), .. body[end..]],
            4 => [.. body[..start], .. "{\"unknown\":"u8, .. value, .. "}"u8, .. body[end..]],
            _ => [.. body[..start], .. "["u8, .. value, .. ","u8, .. value, .. "]"u8, .. body[end..]],
        };
    }

    private int Deep() => random.Next(3) switch { 0 => 10, 1 => 100, _ => 5000 };

    private byte[] Bytes(byte[] body)
    {
        if (body.Length == 0)
            return [(byte)random.Next(256)];
        var at = random.Next(body.Length);
        switch (random.Next(6))
        {
            case 0:
                return body[..at];
            case 1:
                return [.. body[..at], (byte)random.Next(256), .. body[at..]];
            case 2:
                return [.. body[..at], .. body[Math.Min(at + random.Next(1, 9), body.Length)..]];
            case 3:
                return [.. body, .. body[at..]];
            default:
                var changed = (byte[])body.Clone();
                changed[at] = random.Next(3) == 0 ? (byte)random.Next(256) : (byte)(changed[at] ^ (1 << random.Next(8)));
                return changed;
        }
    }

    /// <summary>Field keys and lengths of protobuf: groups, numbers without end, lengths beyond the body, fields unknown or of another kind.</summary>
    private byte[] Wire(byte[] body)
    {
        var at = random.Next(body.Length + 1);
        byte[] more = random.Next(7) switch
        {
            0 => [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
            1 => [0x0b, 0x0c],
            2 => [0x0a, 0xff, 0xff, 0xff, 0xff, 0x07],
            3 => [.. Enumerable.Repeat((byte)0x0b, 200)],
            4 => [0xfa, 0xff, 0x03, 0x02, 0x00, 0xff],
            5 => [0x0a, 0x02, 0xc3, 0x28],
            _ => [0x10, 0xff, 0xff, 0xff, 0x7f],
        };
        return [.. body[..at], .. more, .. body[at..]];
    }

    /// <summary>Where values are; none in what is no JSON any more.</summary>
    private static List<(int Start, int End)> Spans(byte[] body)
    {
        var spans = new List<(int, int)>();
        var open = new Stack<int>();
        try
        {
            var reader = new Utf8JsonReader(body);
            while (reader.Read())
            {
                var (start, end) = ((int)reader.TokenStartIndex, (int)reader.BytesConsumed);
                if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
                    open.Push(start);
                else if (reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray)
                    spans.Add((open.Pop(), end));
                else
                    spans.Add((start, end));
            }
        }
        catch (JsonException)
        {
            // What was found before is enough.
        }
        return spans;
    }
}
