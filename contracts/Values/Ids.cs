using System.Text.Json;
using System.Text.Json.Serialization;

namespace Bourse.Contracts;

/// <summary>A name that identifies one thing for ever; written in JSON as a plain string.</summary>
/// <typeparam name="TSelf">The id type itself.</typeparam>
public interface IId<TSelf> where TSelf : struct, IId<TSelf>
{
    /// <summary>The id as text.</summary>
    string Value { get; }

    /// <summary>The id with the given text.</summary>
    static abstract TSelf Of(string value);
}

/// <summary>A framework, for as long as it exists; survives fail-over of its scheduler.</summary>
/// <param name="Value">Assigned by the allocator at the first SUBSCRIBE.</param>
[JsonConverter(typeof(IdConverter<FrameworkId>))]
public readonly record struct FrameworkId(string Value) : IId<FrameworkId>, IComparable<FrameworkId>
{
    /// <inheritdoc/>
    public static FrameworkId Of(string value) => new(value);

    /// <inheritdoc/>
    public int CompareTo(FrameworkId other) => string.CompareOrdinal(Value, other.Value);

    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>An agent: one machine's share of the pool.</summary>
/// <param name="Value">Chosen at provisioning; also the name of the agent's broker user. No dots.</param>
[JsonConverter(typeof(IdConverter<AgentId>))]
public readonly record struct AgentId(string Value) : IId<AgentId>, IComparable<AgentId>
{
    /// <inheritdoc/>
    public static AgentId Of(string value) => new(value);

    /// <inheritdoc/>
    public int CompareTo(AgentId other) => string.CompareOrdinal(Value, other.Value);

    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>An offer of some of one agent's resources to one framework. Ids are never reused.</summary>
/// <param name="Value">Assigned by the allocator.</param>
[JsonConverter(typeof(IdConverter<OfferId>))]
public readonly record struct OfferId(string Value) : IId<OfferId>, IComparable<OfferId>
{
    /// <inheritdoc/>
    public static OfferId Of(string value) => new(value);

    /// <inheritdoc/>
    public int CompareTo(OfferId other) => string.CompareOrdinal(Value, other.Value);

    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>A task within its framework; two frameworks may use the same text.</summary>
/// <param name="Value">Chosen by the framework.</param>
[JsonConverter(typeof(IdConverter<TaskId>))]
public readonly record struct TaskId(string Value) : IId<TaskId>, IComparable<TaskId>
{
    /// <inheritdoc/>
    public static TaskId Of(string value) => new(value);

    /// <inheritdoc/>
    public int CompareTo(TaskId other) => string.CompareOrdinal(Value, other.Value);

    /// <inheritdoc/>
    public override string ToString() => Value;
}

/// <summary>Reads and writes an id as a JSON string, also as a property name.</summary>
/// <typeparam name="T">The id type.</typeparam>
public sealed class IdConverter<T> : JsonConverter<T> where T : struct, IId<T>
{
    /// <inheritdoc/>
    public override T Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => T.Of(reader.GetString()!);

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, T value, JsonSerializerOptions options) => writer.WriteStringValue(value.Value);

    /// <inheritdoc/>
    public override T ReadAsPropertyName(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        T.Of(reader.GetString()!);

    /// <inheritdoc/>
    public override void WriteAsPropertyName(Utf8JsonWriter writer, T value, JsonSerializerOptions options) =>
        writer.WritePropertyName(value.Value);
}
