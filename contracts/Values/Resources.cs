using System.Text.Json;
using System.Text.Json.Serialization;

namespace Bourse.Contracts;

/// <summary>
/// A bag of resources, at most one entry per kind, none empty, in an order that depends on content only. Two bags with the
/// same content are equal. Immutable. Follows <c>mesos/resources.hpp</c>.
/// </summary>
[JsonConverter(typeof(ResourcesConverter))]
public sealed class Resources : IEquatable<Resources>
{
    /// <summary>Nothing at all.</summary>
    public static readonly Resources None = new([]);

    private Resources(ValueList<Resource> entries) => Entries = entries;

    /// <summary>The entries, sorted by name, then kind.</summary>
    public ValueList<Resource> Entries { get; }

    /// <summary>Whether nothing is in it.</summary>
    public bool IsEmpty => Entries.Count == 0;

    /// <summary>The sum of the given entries, whatever their order.</summary>
    public static Resources Of(params IEnumerable<Resource> entries)
    {
        var sum = new List<Resource>();
        foreach (var entry in entries)
            AddTo(sum, entry);
        return Sorted(sum);
    }

    /// <summary>Sum.</summary>
    public static Resources operator +(Resources a, Resources b) =>
        a.IsEmpty ? b : b.IsEmpty ? a : Of([.. a.Entries, .. b.Entries]);

    /// <summary>Difference; entries of <paramref name="b"/> that <paramref name="a"/> does not cover make it throw.</summary>
    /// <exception cref="InvalidOperationException"><paramref name="a"/> does not contain <paramref name="b"/>.</exception>
    public static Resources operator -(Resources a, Resources b)
    {
        if (b.IsEmpty)
            return a;
        var left = a.Entries.ToList();
        foreach (var taken in b.Entries)
        {
            var at = left.FindIndex(taken.SameKind);
            if (at < 0 || !left[at].Covers(taken))
                throw new InvalidOperationException($"{a} does not contain {taken}");
            left[at] = left[at].Minus(taken);
            if (left[at].IsEmpty)
                left.RemoveAt(at);
        }
        return Sorted(left);
    }

    /// <summary>Whether everything in <paramref name="other"/> is in this bag, kind by kind.</summary>
    public bool Contains(Resources other) =>
        other.Entries.All(wanted => Entries.Any(entry => entry.SameKind(wanted) && entry.Covers(wanted)));

    /// <summary>The total of a scalar over all kinds of that name.</summary>
    public Scalar Total(string name)
    {
        var sum = Scalar.Zero;
        foreach (var entry in Entries.AsSpan())
            if (entry.Name == name && entry.Scalar is { } amount)
                sum += amount;
        return sum;
    }

    /// <summary>The same amounts, allocated to a role (or to none).</summary>
    public Resources AllocatedTo(string? role) => Of(Entries.Select(entry => entry with { AllocationRole = role }));

    /// <summary>The entries that satisfy a condition.</summary>
    public Resources Where(Func<Resource, bool> condition)
    {
        var kept = Entries.Where(condition).ToValueList();
        return kept.Count == Entries.Count ? this : new(kept);
    }

    /// <inheritdoc/>
    public bool Equals(Resources? other) => other is not null && Entries == other.Entries;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Resources);

    /// <inheritdoc/>
    public override int GetHashCode() => Entries.GetHashCode();

    /// <summary>For people: <c>cpus:1; mem:128</c>.</summary>
    public override string ToString() => string.Join("; ", Entries);

    private static void AddTo(List<Resource> sum, Resource entry)
    {
        if (entry.IsEmpty)
            return;
        var at = sum.FindIndex(entry.SameKind);
        if (at < 0)
            sum.Add(entry);
        else
            sum[at] = sum[at].Plus(entry);
    }

    private static Resources Sorted(List<Resource> entries)
    {
        if (entries.Count == 0)
            return None;
        // Kinds of one name are told apart by their text only when there are several: the common case never builds it.
        entries.Sort(static (a, b) =>
        {
            var byName = string.CompareOrdinal(a.Name, b.Name);
            return byName != 0 ? byName : string.CompareOrdinal(KindText(a), KindText(b));
        });
        return new(entries.ToValueList());

        static string KindText(Resource r) =>
            $"{string.Join('|', r.Reservations)}{r.Disk}{r.Revocable}{r.Shared}{r.AllocationRole}{r.ProviderId}{r.Scalar.HasValue}{r.Ranges.Count > 0}";
    }
}

/// <summary>Writes a bag as the JSON array of its entries.</summary>
public sealed class ResourcesConverter : JsonConverter<Resources>
{
    /// <inheritdoc/>
    public override Resources Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Resources.Of(JsonSerializer.Deserialize<Resource[]>(ref reader, options) ?? []);

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, Resources value, JsonSerializerOptions options) =>
        JsonSerializer.Serialize(writer, value.Entries, options);
}
