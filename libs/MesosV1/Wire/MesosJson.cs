using System.Buffers;
using Google.Protobuf;

namespace Bourse.MesosV1.Wire;

/// <summary>
/// The JSON form of the v1 messages, with the habits of Mesos: proto field names, enums by name, 64-bit integers as numbers, bytes as
/// base64, declared defaults written out; on input null is absent, a single value may stand for a list and unknown members are
/// ignored.
/// </summary>
public static class MesosJson
{
    /// <summary>Members may be nested this deep.</summary>
    public const int MaxDepth = 64;

    /// <summary>Reads a message.</summary>
    /// <exception cref="UnreadableException">The text is not JSON, a value has the wrong type, or a required field is missing.</exception>
    public static T Parse<T>(ReadOnlySpan<byte> utf8) where T : class, IMessage<T>, new() => (T)Parse(new T(), utf8);

    /// <summary>Reads a message into an empty instance of its type.</summary>
    /// <exception cref="UnreadableException">The text is not JSON, a value has the wrong type, or a required field is missing.</exception>
    public static IMessage Parse(IMessage empty, ReadOnlySpan<byte> utf8)
    {
        ArgumentNullException.ThrowIfNull(empty);
        return JsonMessageReader.Read(empty, utf8);
    }

    /// <summary>Writes a message: one line of ASCII, whatever text is in it.</summary>
    public static byte[] Format(IMessage message)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        Write(message, buffer);
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Writes a message: one line of ASCII, whatever text is in it.</summary>
    public static void Write(IMessage message, IBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(output);
        new JsonMessageWriter(output).Message(MessagePlan.Of(message.Descriptor), message);
    }
}
