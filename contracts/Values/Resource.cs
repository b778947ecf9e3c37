using System.Text.Json.Serialization;

namespace Bourse.Contracts;

/// <summary>A closed interval of whole numbers, such as ports.</summary>
/// <param name="Begin">First number of the interval.</param>
/// <param name="End">Last number of the interval; not below <paramref name="Begin"/>.</param>
public readonly record struct Interval(ulong Begin, ulong End);

/// <summary>One layer of a reservation stack; a later layer refines the one before it.</summary>
/// <param name="Role">The role the resource is kept for.</param>
/// <param name="Dynamic">True when made by an operation, false when by the agent's configuration.</param>
/// <param name="Principal">Who reserved; only for dynamic ones.</param>
/// <param name="Labels">Labels told apart by equality; two reservations with different labels never merge.</param>
public sealed record Reservation(string Role, bool Dynamic, string? Principal = null, ValueList<Label> Labels = default);

/// <summary>A free key with an optional value.</summary>
/// <param name="Key">The key.</param>
/// <param name="Value">The value, if any.</param>
public sealed record Label(string Key, string? Value = null);

/// <summary>What makes a disk resource more than a number of megabytes.</summary>
/// <param name="PersistenceId">Identity of the persistent volume; null when the disk holds none.</param>
/// <param name="PersistencePrincipal">Who created the volume.</param>
/// <param name="ContainerPath">Where a task sees the volume, relative to its sandbox or absolute.</param>
/// <param name="ReadOnly">Mounted read-only.</param>
/// <param name="SourceType">The kind of disk: <c>PATH</c>, <c>MOUNT</c>, <c>BLOCK</c>, <c>RAW</c>; null for the root disk.</param>
/// <param name="SourceRoot">Path of the disk on the agent.</param>
/// <param name="SourceId">Identity given by a resource provider.</param>
/// <param name="SourceProfile">Storage profile given by a resource provider.</param>
public sealed record Disk(
    string? PersistenceId = null,
    string? PersistencePrincipal = null,
    string? ContainerPath = null,
    bool ReadOnly = false,
    string? SourceType = null,
    string? SourceRoot = null,
    string? SourceId = null,
    string? SourceProfile = null);

/// <summary>
/// An amount of one kind of resource. Exactly one of <see cref="Scalar"/>, <see cref="Ranges"/> and <see cref="Set"/> is given.
/// Everything but the amount is its <em>kind</em>: amounts add up within a kind and never across kinds.
/// </summary>
/// <param name="Name"><c>cpus</c>, <c>mem</c> (MB of 2^20 bytes), <c>disk</c> (MB), <c>gpus</c>, <c>ports</c> or a custom name.</param>
public sealed record Resource(string Name)
{
    /// <summary>The amount of a scalar resource; positive.</summary>
    public Scalar? Scalar { get; init; }

    /// <summary>The numbers of a range resource: sorted, disjoint and not adjacent.</summary>
    public ValueList<Interval> Ranges { get; init; }

    /// <summary>The items of a set resource: sorted by code unit, without repeats.</summary>
    public ValueList<string> Set { get; init; }

    /// <summary>The reservation stack, outermost first; empty when unreserved.</summary>
    public ValueList<Reservation> Reservations { get; init; }

    /// <summary>What makes this a special disk; null for anything else.</summary>
    public Disk? Disk { get; init; }

    /// <summary>May be taken back at any time (oversubscription).</summary>
    public bool Revocable { get; init; }

    /// <summary>May be used by several tasks at once.</summary>
    public bool Shared { get; init; }

    /// <summary>The role it is allocated or offered to; null while it is free.</summary>
    public string? AllocationRole { get; init; }

    /// <summary>The resource provider it comes from; null for the agent itself.</summary>
    public string? ProviderId { get; init; }

    /// <summary>The role of the innermost reservation, or null when unreserved.</summary>
    [JsonIgnore]
    public string? ReservedFor => Reservations.Count == 0 ? null : Reservations[^1].Role;

    /// <summary>A scalar resource.</summary>
    public static Resource Of(string name, double amount) => new(name) { Scalar = Contracts.Scalar.From(amount) };

    /// <summary>A range resource.</summary>
    public static Resource Of(string name, params ReadOnlySpan<Interval> ranges) => new(name) { Ranges = Intervals.Normal(ranges) };

    /// <summary>A set resource.</summary>
    public static Resource Of(string name, params ReadOnlySpan<string> items) =>
        new(name) { Set = items.ToArray().Distinct().Order(StringComparer.Ordinal).ToValueList() };

    /// <summary>Whether the two differ in amount only.</summary>
    public bool SameKind(Resource other) =>
        Name == other.Name && Scalar.HasValue == other.Scalar.HasValue && (Ranges.Count > 0) == (other.Ranges.Count > 0)
        && Revocable == other.Revocable && Shared == other.Shared && AllocationRole == other.AllocationRole
        && ProviderId == other.ProviderId && Reservations == other.Reservations && Disk == other.Disk;

    /// <summary>Whether nothing is left of it.</summary>
    [JsonIgnore]
    public bool IsEmpty => Scalar is { } s ? s.Thousandths == 0 : Ranges.Count == 0 && Set.Count == 0;

    internal Resource Plus(Resource other) =>
        Scalar is { } s ? this with { Scalar = s + other.Scalar!.Value }
        : Ranges.Count > 0 ? this with { Ranges = Intervals.Union(Ranges, other.Ranges) }
        : this with { Set = Set.Concat(other.Set).Distinct().Order(StringComparer.Ordinal).ToValueList() };

    internal Resource Minus(Resource other) =>
        Scalar is { } s ? this with { Scalar = s - other.Scalar!.Value }
        : Ranges.Count > 0 ? this with { Ranges = Intervals.Except(Ranges, other.Ranges) }
        : this with { Set = Set.Except(other.Set, StringComparer.Ordinal).ToValueList() };

    internal bool Covers(Resource other) =>
        Scalar is { } s ? s >= other.Scalar!.Value
        : Ranges.Count > 0 ? Intervals.Covers(Ranges, other.Ranges)
        : other.Set.All(Set.Contains);

    /// <summary>For people: <c>cpus(web):1.5</c>, <c>ports:[31000-31005]</c>.</summary>
    public override string ToString()
    {
        var role = ReservedFor is { } r ? $"({r})" : "";
        var amount = Scalar?.ToString()
            ?? (Ranges.Count > 0 ? $"[{string.Join(", ", Ranges.Select(i => $"{i.Begin}-{i.End}"))}]" : $"{{{string.Join(",", Set)}}}");
        return $"{Name}{role}{(Revocable ? "{REV}" : "")}:{amount}";
    }
}
