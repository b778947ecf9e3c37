using Bourse.MesosV1.Wire;
using CsCheck;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Bourse.Conformance.Wire;

/// <summary>Whatever a message holds, both encodings carry all of it.</summary>
public sealed class RoundTrips
{
    private static readonly MessageDescriptor[] Roots =
    [
        Bourse.MesosV1.Scheduler.Call.Descriptor, Bourse.MesosV1.Scheduler.Event.Descriptor, Bourse.MesosV1.Master.Call.Descriptor,
        Bourse.MesosV1.Master.Response.Descriptor, Bourse.MesosV1.Master.Event.Descriptor, Bourse.MesosV1.Agent.Call.Descriptor,
        Bourse.MesosV1.Agent.Response.Descriptor, Bourse.MesosV1.Executor.Call.Descriptor, Bourse.MesosV1.Executor.Event.Descriptor,
    ];

    /// <summary>A message of one of the API's root types, filled at random from a seed.</summary>
    internal static readonly Gen<IMessage> AnyMessage =
        Gen.Select(Gen.Int[0, Roots.Length - 1].Select(i => Roots[i]), Gen.ULong).Select((root, seed) => new RandomMessage(seed).Of(root));

    [Fact]
    public void JSON_gives_back_the_message_with_its_defaults_written_out() =>
        AnyMessage.Sample(message =>
        {
            var text = MesosJson.Format(message);
            var back = MesosJson.Parse(Empty(message), text);
            return MesosJson.Format(back).AsSpan().SequenceEqual(text) && Equals(WithDefaults(message), back);
        }, print: message => message.ToString()!, iter: 2000);

    [Fact]
    public void Protobuf_gives_back_the_message() =>
        AnyMessage.Sample(message => Equals(message, Empty(message).Descriptor.Parser.ParseFrom(MesosProtobuf.Format(message))), iter: 2000);

    [Fact]
    public void JSON_and_protobuf_say_the_same() =>
        AnyMessage.Sample(message =>
        {
            var viaProtobuf = message.Descriptor.Parser.ParseFrom(message.ToByteArray());
            return MesosJson.Format(viaProtobuf).AsSpan().SequenceEqual(MesosJson.Format(message));
        }, iter: 1000);

    [Fact]
    public void JSON_is_one_line_of_ASCII() =>
        AnyMessage.Sample(message => MesosJson.Format(message).All(b => b is >= 0x20 and < 0x7F), iter: 1000);

    internal static IMessage Empty(IMessage message) => (IMessage)Activator.CreateInstance(message.GetType())!;

    /// <summary>What a reader sees: Mesos writes declared defaults, so they are no longer unset after the journey.</summary>
    private static IMessage WithDefaults(IMessage message)
    {
        var copy = message.Descriptor.Parser.ParseFrom(message.ToByteArray());
        Fill(copy);
        return copy;
    }

    private static void Fill(IMessage message)
    {
        foreach (var field in message.Descriptor.Fields.InFieldNumberOrder())
        {
            if (field.IsMap)
            {
                if (field.MessageType.FindFieldByNumber(2).FieldType == FieldType.Message)
                    foreach (var value in ((System.Collections.IDictionary)field.Accessor.GetValue(message)).Values)
                        Fill((IMessage)value);
            }
            else if (field.IsRepeated)
            {
                if (field.FieldType == FieldType.Message)
                    foreach (var value in (System.Collections.IList)field.Accessor.GetValue(message))
                        Fill((IMessage)value);
            }
            else if (field.FieldType == FieldType.Message)
            {
                if (field.Accessor.HasValue(message))
                    Fill((IMessage)field.Accessor.GetValue(message));
            }
            else if (field.HasPresence && field.ToProto().HasDefaultValue && !field.Accessor.HasValue(message))
            {
                field.Accessor.SetValue(message, field.Accessor.GetValue(message));
            }
        }
    }
}
