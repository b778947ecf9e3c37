using System.Collections;
using System.Globalization;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Bourse.MesosV1.Wire;

/// <summary>The binary form of the v1 messages: proto2, with required fields enforced and unknown enum values read as unset.</summary>
public static class MesosProtobuf
{
    /// <summary>Reads a message.</summary>
    /// <exception cref="UnreadableException">The bytes are not such a message, or a required field is missing.</exception>
    public static T Parse<T>(ReadOnlySpan<byte> bytes) where T : class, IMessage<T>, new()
    {
        var message = new T();
        try
        {
            message.MergeFrom(bytes);
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or InvalidOperationException)
        {
            throw new UnreadableException("the body is not a valid protobuf message", e);
        }
        Settle(MessagePlan.Of(message.Descriptor), message, null);
        return message;
    }

    /// <summary>Writes a message.</summary>
    public static byte[] Format(IMessage message) => message.ToByteArray();

    /// <summary>The generated code keeps enum numbers it does not know; proto2 says they are absent.</summary>
    private static void Settle(MessagePlan plan, IMessage message, Path? path)
    {
        foreach (var field in plan.Fields)
        {
            if (field.IsMap)
            {
                if (field.MapValue.Kind == FieldType.Message)
                    foreach (var value in ((IDictionary)field.Accessor.GetValue(message)).Values)
                        Settle(field.MapValue.Message, (IMessage)value, new(path, field.Name));
            }
            else if (field.IsRepeated)
            {
                SettleList(field, (IList)field.Accessor.GetValue(message), path);
            }
            else if (field.HasPresence && field.Accessor.HasValue(message))
            {
                if (field.Kind == FieldType.Message)
                    Settle(field.Message, (IMessage)field.Accessor.GetValue(message), new(path, field.Name));
                else if (field.Kind == FieldType.Enum && !Known(field, field.Accessor.GetValue(message)))
                    field.Accessor.Clear(message);
            }
            if (field.IsRequired && !field.Accessor.HasValue(message))
                throw new UnreadableException($"{Path.Of(path, field)} is required");
        }
    }

    private static void SettleList(FieldPlan field, IList list, Path? path)
    {
        if (field.Kind == FieldType.Message)
        {
            foreach (var item in list)
                Settle(field.Message, (IMessage)item, new(path, field.Name));
        }
        else if (field.Kind == FieldType.Enum)
        {
            for (var i = list.Count - 1; i >= 0; i--)
                if (!Known(field, list[i]!))
                    list.RemoveAt(i);
        }
    }

    private static bool Known(FieldPlan field, object value) =>
        field.EnumLabels.ContainsKey(Convert.ToInt32(value, CultureInfo.InvariantCulture));
}
