using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Bourse.Conformance.Wire;

/// <summary>Calls with nothing in them that may be left out.</summary>
internal static class SmallestCall
{
    /// <summary>A call of a type with what it must have and nothing else.</summary>
    public static IMessage Of(MessageDescriptor descriptor, string type)
    {
        var call = (IMessage)Activator.CreateInstance(descriptor.ClrType)!;
        var kind = descriptor.FindFieldByName("type");
        kind.Accessor.SetValue(call, Enum.ToObject(kind.EnumType.ClrType, kind.EnumType.FindValueByName(type).Number));
        foreach (var field in descriptor.Fields.InFieldNumberOrder().Where(field => field.IsRequired || field.Name.Equals(type, StringComparison.OrdinalIgnoreCase)))
            if (field.FieldType == FieldType.Message)
                field.Accessor.SetValue(call, Required(field.MessageType));
        return call;
    }

    private static IMessage Required(MessageDescriptor descriptor)
    {
        var message = (IMessage)Activator.CreateInstance(descriptor.ClrType)!;
        foreach (var field in descriptor.Fields.InFieldNumberOrder().Where(field => field.IsRequired))
            field.Accessor.SetValue(message, field.FieldType switch
            {
                FieldType.Message => Required(field.MessageType),
                FieldType.String => "x",
                FieldType.Bytes => ByteString.CopyFrom(new byte[16]),
                FieldType.Bool => false,
                FieldType.Enum => Enum.ToObject(field.EnumType.ClrType, field.EnumType.Values[0].Number),
                FieldType.Double => 1.0,
                FieldType.UInt32 => 0u,
                FieldType.UInt64 => 0ul,
                FieldType.Int64 => 0L,
                FieldType.Int32 => 0,
                _ => throw new NotSupportedException(field.FullName),
            });
        return message;
    }

    /// <summary>The types of calls that a message may be.</summary>
    public static IEnumerable<string> Types(MessageDescriptor descriptor) =>
        descriptor.FindFieldByName("type").EnumType.Values.Select(value => value.Name).Where(name => name != "UNKNOWN");
}
