using System.Collections;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Bourse.Conformance.Wire;

/// <summary>Fills messages at random, required fields always, to a bounded depth; the same seed gives the same message.</summary>
internal sealed class RandomMessage(ulong seed)
{
    private const int Deepest = 7;

    private static readonly string[] Texts = ["", "a", "*", "eng/ui", "line\nbreak \"quoted\" \\", "é😀\u2028", "\u0000\u001f\u007f", "</script>&+'"];
    private static readonly double[] Doubles = [0, -0.0, 1, 0.1, -1.5, 1e300, 5e-324, double.MaxValue, double.PositiveInfinity, double.NegativeInfinity];

    private readonly Random random = new((int)(seed ^ (seed >> 32)));

    public IMessage Of(MessageDescriptor type) => Of(type, 0);

    private IMessage Of(MessageDescriptor type, int depth)
    {
        var message = (IMessage)Activator.CreateInstance(type.ClrType)!;
        foreach (var field in type.Fields.InFieldNumberOrder())
        {
            // Required messages nest without end nowhere, so only the optional ones are cut.
            if (!field.IsRequired && (random.Next(3) > 0 || (depth >= Deepest && field.FieldType == FieldType.Message)))
                continue;
            if (field.IsMap)
                FillMap(field, (IDictionary)field.Accessor.GetValue(message), depth);
            else if (field.IsRepeated)
                FillList(field, (IList)field.Accessor.GetValue(message), depth);
            else
                field.Accessor.SetValue(message, Value(field, depth));
        }
        return message;
    }

    private void FillMap(FieldDescriptor field, IDictionary map, int depth)
    {
        for (var i = random.Next(3); i > 0; i--)
            map[Texts[random.Next(Texts.Length)]] = Value(field.MessageType.FindFieldByNumber(2), depth);
    }

    private void FillList(FieldDescriptor field, IList list, int depth)
    {
        for (var i = random.Next(3); i > 0; i--)
            list.Add(Value(field, depth));
    }

    private object Value(FieldDescriptor field, int depth) => field.FieldType switch
    {
        FieldType.Message => Of(field.MessageType, depth + 1),
        FieldType.String => Texts[random.Next(Texts.Length)],
        FieldType.Bytes => Bytes(),
        FieldType.Bool => random.Next(2) == 0,
        FieldType.Enum => Enum.ToObject(field.EnumType.ClrType, field.EnumType.Values[random.Next(field.EnumType.Values.Count)].Number),
        FieldType.Double => random.Next(2) == 0 ? Doubles[random.Next(Doubles.Length)] : random.NextDouble() * 1000,
        FieldType.Int32 => (int)Edge(int.MinValue, int.MaxValue),
        FieldType.Int64 => Edge(long.MinValue, long.MaxValue),
        FieldType.UInt32 => (uint)Edge(uint.MinValue, uint.MaxValue),
        FieldType.UInt64 => random.Next(4) == 0 ? ulong.MaxValue : (ulong)random.NextInt64(),
        _ => throw new NotSupportedException($"{field.FullName} is {field.FieldType}"),
    };

    private long Edge(long least, long most) => random.Next(5) switch
    {
        0 => least,
        1 => most,
        2 => 0,
        _ => random.NextInt64(least, most),
    };

    private ByteString Bytes()
    {
        var bytes = new byte[random.Next(5)];
        random.NextBytes(bytes);
        return ByteString.CopyFrom(bytes);
    }
}
