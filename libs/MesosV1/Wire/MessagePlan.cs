using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Linq.Expressions;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Bourse.MesosV1.Wire;

/// <summary>What the codec must know of a message type, worked out once per type.</summary>
internal sealed class MessagePlan
{
    private static readonly ConcurrentDictionary<MessageDescriptor, MessagePlan> Plans = new();

    private static readonly FrozenSet<string> WithEmptyLists = FrozenSet.Create(StringComparer.Ordinal,
        "mesos.v1.master.Response.GetAgents", "mesos.v1.master.Response.GetFrameworks",
        "mesos.v1.master.Response.GetExecutors", "mesos.v1.master.Response.GetTasks");

    private readonly Func<IMessage> create;
    private readonly FrozenDictionary<string, FieldPlan>.AlternateLookup<ReadOnlySpan<char>> byName;

    private MessagePlan(MessageDescriptor descriptor)
    {
        Descriptor = descriptor;
        WritesEmptyLists = WithEmptyLists.Contains(descriptor.FullName);
        create = Expression.Lambda<Func<IMessage>>(Expression.Convert(Expression.New(descriptor.ClrType), typeof(IMessage))).Compile();
        // In order of number, as protobuf writes them; the order of declaration would do as well, but differs per generator.
        Fields = [.. descriptor.Fields.InFieldNumberOrder().Select((field, index) => new FieldPlan(field, index))];
        byName = Fields.ToFrozenDictionary(field => field.Name, StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public MessageDescriptor Descriptor { get; }

    public FieldPlan[] Fields { get; }

    /// <summary>Mesos writes these by hand, with every list in them, empty or not; clients index them without looking.</summary>
    public bool WritesEmptyLists { get; }

    public static MessagePlan Of(MessageDescriptor descriptor) => Plans.GetOrAdd(descriptor, static d => new(d));

    public IMessage New() => create();

    public FieldPlan? Find(ReadOnlySpan<char> name) => byName.TryGetValue(name, out var field) ? field : null;
}

/// <summary>What the codec must know of a field.</summary>
internal sealed class FieldPlan
{
    private readonly FieldDescriptor descriptor;
    private readonly FieldPlan? mapValue;
    private MessagePlan? message;

    public FieldPlan(FieldDescriptor field, int index)
    {
        descriptor = field;
        Index = index;
        Name = field.Name;
        Label = Encoding.ASCII.GetBytes($"\"{field.Name}\":");
        Kind = field.FieldType;
        Accessor = field.Accessor;
        IsMap = field.IsMap;
        IsRepeated = field.IsRepeated && !IsMap;
        IsRequired = field.IsRequired;
        HasPresence = field.HasPresence;
        HasDefault = field.ToProto().HasDefaultValue;
        if (IsMap)
            mapValue = new FieldPlan(field.MessageType.FindFieldByNumber(2), 0);
        if (Kind == FieldType.Enum)
        {
            EnumNumbers = field.EnumType.Values.ToFrozenDictionary(v => v.Name, v => v.Number, StringComparer.Ordinal);
            EnumLabels = field.EnumType.Values.DistinctBy(v => v.Number)
                .ToFrozenDictionary(v => v.Number, v => Encoding.ASCII.GetBytes($"\"{v.Name}\""));
        }
    }

    public int Index { get; }

    public string Name { get; }

    /// <summary>The member's name as it stands in JSON, with quotes and colon.</summary>
    public byte[] Label { get; }

    public FieldType Kind { get; }

    public IFieldAccessor Accessor { get; }

    public bool IsMap { get; }

    public bool IsRepeated { get; }

    public bool IsRequired { get; }

    public bool HasPresence { get; }

    /// <summary>Whether a default is declared; Mesos writes such fields even when they are unset.</summary>
    public bool HasDefault { get; }

    public FrozenDictionary<string, int> EnumNumbers { get; } = FrozenDictionary<string, int>.Empty;

    public FrozenDictionary<int, byte[]> EnumLabels { get; } = FrozenDictionary<int, byte[]>.Empty;

    public FieldPlan MapValue => mapValue!;

    /// <summary>The plan of the message type; resolved late because types refer to themselves.</summary>
    public MessagePlan Message => message ??= MessagePlan.Of(descriptor.MessageType);
}
