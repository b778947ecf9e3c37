using System.Collections;
using System.Globalization;
using System.Text.Json;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Bourse.MesosV1.Wire;

/// <summary>Reads messages as leniently as Mesos does, and no more leniently.</summary>
internal static class JsonMessageReader
{
    private static readonly JsonReaderOptions Options = new() { MaxDepth = MesosJson.MaxDepth };

    public static IMessage Read(IMessage empty, ReadOnlySpan<byte> utf8)
    {
        var reader = new Utf8JsonReader(utf8, Options);
        try
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                throw new UnreadableException("the body must be a JSON object");
            Fill(ref reader, MessagePlan.Of(empty.Descriptor), empty, null);
            // Anything but white space after the object makes the reader throw.
            if (reader.Read())
                throw new UnreadableException("the body must be one JSON object");
            return empty;
        }
        catch (JsonException e)
        {
            throw new UnreadableException($"the body is not valid JSON: line {e.LineNumber + 1}, byte {e.BytePositionInLine}", e);
        }
        catch (InvalidOperationException e)
        {
            // The reader's way to say that a string is not UTF-8 or holds half a surrogate pair.
            throw new UnreadableException("the body holds a string that is not valid UTF-8", e);
        }
    }

    private static void Fill(ref Utf8JsonReader reader, MessagePlan plan, IMessage message, Path? path)
    {
        Span<bool> seen = plan.Fields.Length <= 64 ? stackalloc bool[plan.Fields.Length] : new bool[plan.Fields.Length];
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var field = Find(ref reader, plan);
            reader.Read();
            if (field is null || reader.TokenType == JsonTokenType.Null)
            {
                reader.Skip();
                continue;
            }
            // Which of two would win differs from reader to reader, and that is how a request comes to mean two things.
            if (seen[field.Index])
                throw new UnreadableException($"{Path.Of(path, field)} is given twice");
            seen[field.Index] = true;
            Field(ref reader, field, message, new(path, field.Name));
        }
        foreach (var field in plan.Fields)
            if (field.IsRequired && !field.Accessor.HasValue(message))
                throw new UnreadableException($"{Path.Of(path, field)} is required");
    }

    private static FieldPlan? Find(ref Utf8JsonReader reader, MessagePlan plan)
    {
        // No field has a longer name; what is longer, escapes included, is unknown and hence ignored.
        Span<char> name = stackalloc char[128];
        return reader.ValueSpan.Length <= name.Length ? plan.Find(name[..reader.CopyString(name)]) : null;
    }

    private static void Field(ref Utf8JsonReader reader, FieldPlan field, IMessage message, Path path)
    {
        if (field.IsMap)
            Map(ref reader, field, (IDictionary)field.Accessor.GetValue(message), path);
        else if (field.IsRepeated)
            List(ref reader, field, (IList)field.Accessor.GetValue(message), path);
        else if (Value(ref reader, field, path) is { } value)
            field.Accessor.SetValue(message, value);
    }

    private static void List(ref Utf8JsonReader reader, FieldPlan field, IList list, Path path)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            if (Value(ref reader, field, path) is { } single)
                list.Add(single);
            return;
        }
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            if (reader.TokenType != JsonTokenType.Null && Value(ref reader, field, path) is { } value)
                list.Add(value);
    }

    private static void Map(ref Utf8JsonReader reader, FieldPlan field, IDictionary map, Path path)
    {
        if (reader.TokenType == JsonTokenType.StartArray)
        {
            if (!reader.Read() || reader.TokenType != JsonTokenType.EndArray)
                throw Wrong(path, "an object");
            return;
        }
        if (reader.TokenType != JsonTokenType.StartObject)
            throw Wrong(path, "an object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var key = reader.GetString()!;
            reader.Read();
            if (reader.TokenType == JsonTokenType.Null)
                continue;
            if (map.Contains(key))
                throw new UnreadableException($"{path} has a key twice");
            if (Value(ref reader, field.MapValue, path) is { } value)
                map.Add(key, value);
        }
    }

    /// <summary>The value at the reader; null for an enum name that is not known, which reads as absent.</summary>
    private static object? Value(ref Utf8JsonReader reader, FieldPlan field, Path path)
    {
        switch (field.Kind)
        {
            case FieldType.Message:
                if (reader.TokenType != JsonTokenType.StartObject)
                    throw Wrong(path, "an object");
                var message = field.Message.New();
                Fill(ref reader, field.Message, message, path);
                return message;
            case FieldType.String:
                return reader.TokenType == JsonTokenType.String ? reader.GetString() : throw Wrong(path, "a string");
            case FieldType.Bytes:
                return JsonBytes.Read(ref reader) ?? throw Wrong(path, "a base64 string");
            case FieldType.Bool:
                return Bool(ref reader) ?? throw Wrong(path, "true or false");
            case FieldType.Enum:
                if (reader.TokenType != JsonTokenType.String)
                    throw Wrong(path, "the name of an enum value");
                return field.EnumNumbers.TryGetValue(reader.GetString()!, out var number) ? number : null;
            case FieldType.Double:
                return JsonNumbers.Double(ref reader) ?? throw Wrong(path, "a number");
            case FieldType.Int32:
                return JsonNumbers.Whole<int>(ref reader) ?? throw Wrong(path, "a 32-bit integer");
            case FieldType.Int64:
                return JsonNumbers.Whole<long>(ref reader) ?? throw Wrong(path, "a 64-bit integer");
            case FieldType.UInt32:
                return JsonNumbers.Whole<uint>(ref reader) ?? throw Wrong(path, "an unsigned 32-bit integer");
            case FieldType.UInt64:
                return JsonNumbers.Whole<ulong>(ref reader) ?? throw Wrong(path, "an unsigned 64-bit integer");
            default:
                throw new NotSupportedException($"{path} has a type that no Mesos message uses: {field.Kind}");
        }
    }

    private static bool? Bool(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        JsonTokenType.String when reader.ValueTextEquals("true"u8) => true,
        JsonTokenType.String when reader.ValueTextEquals("false"u8) => false,
        _ => null,
    };

    private static UnreadableException Wrong(Path path, string expected) => new($"{path} must be {expected}");
}

/// <summary>Where in the message the reader is; turned into text only when something is wrong there.</summary>
internal sealed record Path(Path? Parent, string Name)
{
    public static string Of(Path? parent, FieldPlan field) => new Path(parent, field.Name).ToString();

    public override string ToString() => Parent is null ? Name : $"{Parent}.{Name}";
}
