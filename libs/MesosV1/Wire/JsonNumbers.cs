using System.Buffers;
using System.Globalization;
using System.Numerics;
using System.Text.Json;

namespace Bourse.MesosV1.Wire;

/// <summary>Numbers as Mesos reads them: also as strings, a fraction cut off where an integer is wanted. Null: it is no such number.</summary>
internal static class JsonNumbers
{
    // Longer than any number that fits: 1 followed by 308 zeros is the largest double.
    private const int Longest = 400;

    private static readonly SearchValues<byte> OfNumbers = SearchValues.Create("0123456789+-.eE"u8);

    public static double? Double(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("Infinity"u8))
            return double.PositiveInfinity;
        if (reader.TokenType == JsonTokenType.String && reader.ValueTextEquals("-Infinity"u8))
            return double.NegativeInfinity;
        Span<byte> buffer = stackalloc byte[Longest];
        return Text(ref reader, buffer) is var length and > 0
            && double.TryParse(buffer[..length], NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)
            ? value
            : null;
    }

    public static T? Whole<T>(ref Utf8JsonReader reader) where T : struct, IBinaryInteger<T>, IMinMaxValue<T>
    {
        Span<byte> buffer = stackalloc byte[Longest];
        var text = buffer[..Text(ref reader, buffer)];
        if (T.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var exact))
            return exact;
        // Only numbers with a fraction or exponent come through here; 64-bit integers above 2^53 would lose digits.
        if (!text.ContainsAny((byte)'.', (byte)'e', (byte)'E')
            || !double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
            return null;
        value = Math.Truncate(value);
        // The double nearest to MaxValue of a 64-bit type lies above it, hence the strict comparison with the bound beyond.
        var beyond = double.CreateChecked(T.MaxValue / T.CreateChecked(2) + T.One) * 2;
        return value >= double.CreateChecked(T.MinValue) && value < beyond ? T.CreateChecked(value) : null;
    }

    /// <summary>Copies the digits; 0 when there is no number in them.</summary>
    private static int Text(ref Utf8JsonReader reader, scoped Span<byte> buffer)
    {
        if (reader.TokenType is not (JsonTokenType.Number or JsonTokenType.String) || reader.ValueSpan.Length > buffer.Length)
            return 0;
        var length = reader.ValueSpan.Length;
        if (reader.TokenType == JsonTokenType.Number)
            reader.ValueSpan.CopyTo(buffer);
        else
            length = reader.CopyString(buffer);
        // What JSON calls a number has no white space, no leading plus and no words.
        return length > 0 && !buffer[..length].ContainsAnyExcept(OfNumbers) && buffer[0] != (byte)'+' ? length : 0;
    }
}
