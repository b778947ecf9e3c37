using System.Collections;
using System.Text;
using Bourse.Conformance.Wire;
using Bourse.MesosV1.Wire;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Bourse.Conformance.Fuzzing;

/// <summary>Makes calls and changes a few things in them.</summary>
/// <param name="texts">Valid calls, as JSON.</param>
/// <param name="own">Gives a call that was filled at random what makes it the caller's.</param>
internal sealed class Spoiling<T>(IReadOnlyList<string> texts, Action<T>? own = null) where T : class, IMessage<T>, new()
{
    private static readonly MessageDescriptor Descriptor = new T().Descriptor;

    /// <summary>
    /// A mutated call, half of them as text and half in binary: some have another value in a field, and can be read; the others are
    /// mutated as bytes, and mostly cannot.
    /// </summary>
    public (byte[] Body, bool Json) Next(Random random)
    {
        var json = random.Next(2) == 0;
        if (random.Next(2) == 0)
        {
            var call = Call(random);
            for (var changes = random.Next(1, 4); changes > 0; changes--)
                Change(random, call);
            return (json ? MesosJson.Format(call) : call.ToByteArray(), json);
        }
        var body = json && random.Next(2) == 0 ? Encoding.UTF8.GetBytes(Text(random))
            : json ? MesosJson.Format(Call(random))
            : Call(random).ToByteArray();
        return (new Mutation(random).Of(body, json), json);
    }

    private string Text(Random random) => texts[random.Next(texts.Count)];

    private T Call(Random random)
    {
        if (random.Next(3) > 0)
            return MesosJson.Parse<T>(Encoding.UTF8.GetBytes(Text(random)));
        var call = (T)Filled(random, Descriptor);
        own?.Invoke(call);
        return call;
    }

    /// <summary>Another value in some field of some message inside, or none where none is needed.</summary>
    private static void Change(Random random, IMessage message)
    {
        var fields = message.Descriptor.Fields.InFieldNumberOrder();
        var inside = fields.Where(field => field is { FieldType: FieldType.Message, IsMap: false }).SelectMany(Messages).ToList();
        if (inside.Count > 0 && random.Next(4) > 0)
        {
            Change(random, inside[random.Next(inside.Count)]);
            return;
        }
        if (fields.Count == 0)
            return;
        var chosen = fields[random.Next(fields.Count)];
        var other = new RandomMessage((ulong)random.NextInt64()).Of(message.Descriptor);
        if (chosen.IsMap)
            return;
        if (chosen.IsRepeated)
        {
            var list = (IList)chosen.Accessor.GetValue(message);
            foreach (var item in (IList)chosen.Accessor.GetValue(other))
                list.Add(item);
        }
        else if (!chosen.HasPresence || chosen.Accessor.HasValue(other))
            chosen.Accessor.SetValue(message, chosen.Accessor.GetValue(other));
        else if (!chosen.IsRequired)
            chosen.Accessor.Clear(message);

        IEnumerable<IMessage> Messages(FieldDescriptor field) => field.IsRepeated
            ? ((IEnumerable)field.Accessor.GetValue(message)).Cast<IMessage>()
            : field.Accessor.HasValue(message) ? [(IMessage)field.Accessor.GetValue(message)] : [];
    }

    private static IMessage Filled(Random random, MessageDescriptor descriptor)
    {
        var call = (IMessage)Activator.CreateInstance(descriptor.ClrType)!;
        var kind = descriptor.FindFieldByName("type");
        var type = kind.EnumType.Values[random.Next(kind.EnumType.Values.Count)];
        kind.Accessor.SetValue(call, Enum.ToObject(kind.EnumType.ClrType, type.Number));
        if (descriptor.Fields.InFieldNumberOrder().FirstOrDefault(field => field.Name.Equals(type.Name, StringComparison.OrdinalIgnoreCase)) is { } member)
            member.Accessor.SetValue(call, new RandomMessage((ulong)random.NextInt64()).Of(member.MessageType));
        return call;
    }
}
