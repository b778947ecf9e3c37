using System.Buffers;
using System.Buffers.Text;
using System.Collections;
using System.Globalization;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Bourse.MesosV1.Wire;

/// <summary>
/// Writes messages as Mesos does. Text is escaped down to ASCII and no line break is ever written: one real client compares the
/// byte length of a record with its number of characters, and splits on line feeds.
/// </summary>
internal readonly struct JsonMessageWriter(IBufferWriter<byte> output)
{
    public void Message(MessagePlan plan, IMessage message)
    {
        Raw("{"u8);
        var first = true;
        foreach (var field in plan.Fields)
        {
            if (field.IsMap)
            {
                if (field.Accessor.GetValue(message) is IDictionary { Count: > 0 } map)
                {
                    Label(field, ref first);
                    Map(field.MapValue, map);
                }
            }
            else if (field.IsRepeated)
            {
                var list = (IList)field.Accessor.GetValue(message);
                if (list.Count > 0 || plan.WritesEmptyLists)
                {
                    Label(field, ref first);
                    List(field, list);
                }
            }
            else if (!field.HasPresence || field.HasDefault || field.Accessor.HasValue(message))
            {
                Label(field, ref first);
                Value(field, field.Accessor.GetValue(message));
            }
        }
        Raw("}"u8);
    }

    private void Label(FieldPlan field, ref bool first)
    {
        if (!first)
            Raw(","u8);
        first = false;
        Raw(field.Label);
    }

    private void List(FieldPlan field, IList list)
    {
        Raw("["u8);
        for (var i = 0; i < list.Count; i++)
        {
            if (i > 0)
                Raw(","u8);
            Value(field, list[i]!);
        }
        Raw("]"u8);
    }

    private void Map(FieldPlan value, IDictionary map)
    {
        Raw("{"u8);
        var first = true;
        // Sorted, so that equal messages give equal bytes.
        foreach (var key in map.Keys.Cast<string>().Order(StringComparer.Ordinal))
        {
            if (!first)
                Raw(","u8);
            first = false;
            Text(key);
            Raw(":"u8);
            Value(value, map[key]!);
        }
        Raw("}"u8);
    }

    private void Value(FieldPlan field, object value)
    {
        switch (field.Kind)
        {
            case FieldType.Message:
                Message(field.Message, (IMessage)value);
                break;
            case FieldType.String:
                Text((string)value);
                break;
            case FieldType.Bytes:
                Base64(((ByteString)value).Span);
                break;
            case FieldType.Bool:
                Raw((bool)value ? "true"u8 : "false"u8);
                break;
            case FieldType.Enum:
                Raw(field.EnumLabels.TryGetValue(Convert.ToInt32(value, CultureInfo.InvariantCulture), out var name) ? name : "null"u8);
                break;
            case FieldType.Double:
                Double((double)value);
                break;
            case FieldType.Int32:
                Number((int)value);
                break;
            case FieldType.Int64:
                Number((long)value);
                break;
            case FieldType.UInt32:
                Number((uint)value);
                break;
            case FieldType.UInt64:
                Number((ulong)value);
                break;
            default:
                throw new NotSupportedException($"{field.Name} has a type that no Mesos message uses: {field.Kind}");
        }
    }

    private void Number<T>(T value) where T : IUtf8SpanFormattable
    {
        var span = output.GetSpan(24);
        value.TryFormat(span, out var written, default, CultureInfo.InvariantCulture);
        output.Advance(written);
    }

    /// <summary>Shortest form that reads back as the same number; always with a fraction or an exponent, as Mesos writes them.</summary>
    private void Double(double value)
    {
        // JSON has no such numbers; Mesos reads these words.
        if (!double.IsFinite(value))
        {
            Raw(double.IsNaN(value) ? "\"NaN\""u8 : value > 0 ? "\"Infinity\""u8 : "\"-Infinity\""u8);
            return;
        }
        Span<byte> text = stackalloc byte[32];
        value.TryFormat(text, out var written, "R", CultureInfo.InvariantCulture);
        text = text[..written];
        Raw(text);
        if (!text.ContainsAny((byte)'.', (byte)'E'))
            Raw(".0"u8);
    }

    private void Base64(ReadOnlySpan<byte> bytes)
    {
        Raw("\""u8);
        var span = output.GetSpan(System.Buffers.Text.Base64.GetMaxEncodedToUtf8Length(bytes.Length));
        System.Buffers.Text.Base64.EncodeToUtf8(bytes, span, out _, out var written);
        output.Advance(written);
        Raw("\""u8);
    }

    private void Text(string text)
    {
        Raw("\""u8);
        var rest = text.AsSpan();
        while (!rest.IsEmpty)
        {
            var plain = rest.IndexOfAnyExcept(Plain);
            if (plain < 0)
                plain = rest.Length;
            var span = output.GetSpan(plain + 6);
            Encoding.ASCII.GetBytes(rest[..plain], span);
            var length = plain;
            if (plain < rest.Length)
            {
                length += Escape(rest[plain], span[plain..]);
                plain++;
            }
            output.Advance(length);
            rest = rest[plain..];
        }
        Raw("\""u8);
    }

    private static int Escape(char c, Span<byte> to)
    {
        var twin = c switch
        {
            '"' => '"', '\\' => '\\', '\b' => 'b', '\f' => 'f', '\n' => 'n', '\r' => 'r', '\t' => 't', _ => '\0',
        };
        to[0] = (byte)'\\';
        if (twin != '\0')
        {
            to[1] = (byte)twin;
            return 2;
        }
        // Surrogates are escaped one by one, as JSON asks; a lone one stays what it is and breaks nobody's framing.
        to[1] = (byte)'u';
        for (var digit = 0; digit < 4; digit++)
            to[2 + digit] = "0123456789abcdef"u8[(c >> (12 - 4 * digit)) & 0xF];
        return 6;
    }

    private static readonly SearchValues<char> Plain = SearchValues.Create(
        [.. Enumerable.Range(0x20, 0x5F).Select(c => (char)c).Where(c => c is not ('"' or '\\'))]);

    private void Raw(ReadOnlySpan<byte> bytes) => output.Write(bytes);
}
