using Bourse.Contracts;

namespace Bourse.Allocator.Engine;

internal enum KindType : byte
{
    Scalar,
    Ranges,
    Set,
}

/// <summary>
/// Everything about a resource but its amount, with the questions a run asks of it answered once. Two resources of one kind add up.
/// A shared volume's size belongs to its kind; its amount counts copies.
/// </summary>
internal sealed class Kind(int index, int name, KindType type, Resource prototype, RoleSlot? reservedFor)
{
    /// <summary>Order of entries in a bag.</summary>
    public readonly int Index = index;

    /// <summary>Index of the name in <see cref="Names"/>.</summary>
    public readonly int Name = name;

    public readonly KindType Type = type;

    /// <summary>A resource of this kind; its amount means nothing.</summary>
    public readonly Resource Prototype = prototype;

    /// <summary>The role of the innermost reservation, or null.</summary>
    public readonly RoleSlot? ReservedFor = reservedFor;

    public readonly bool Refined = prototype.Reservations.Count > 1;
    public readonly bool Revocable = prototype.Revocable;
    public readonly bool Shared = prototype.Shared;

    /// <summary>Taken whole or not at all.</summary>
    public readonly bool Indivisible = prototype.Disk is { } disk
        && (disk.PersistenceId is not null || disk.SourceType is "MOUNT" or "BLOCK" || (disk.SourceType == "RAW" && disk.SourceId is not null));

    /// <summary>Thousandths of one copy of a shared volume.</summary>
    public readonly long CopySize = prototype.Shared ? prototype.Scalar!.Value.Thousandths : 0;

    /// <summary>Offered to anybody: no reservation and no capability needed.</summary>
    public readonly bool Simple = prototype is { Reservations.Count: 0, Revocable: false, Shared: false };

    /// <summary>Subject to limits, guarantees and headroom.</summary>
    public readonly bool Counted = type == KindType.Scalar && prototype is { Reservations.Count: 0, Revocable: false, Shared: false };
}

/// <summary>Dense numbers for resource names.</summary>
internal sealed class Names
{
    private readonly Dictionary<string, int> indices = new(StringComparer.Ordinal);
    private readonly List<string> all = [];

    public int Count => all.Count;

    public string this[int name] => all[name];

    public int Of(string name)
    {
        if (!indices.TryGetValue(name, out var index))
        {
            indices[name] = index = all.Count;
            all.Add(name);
        }
        return index;
    }
}

/// <summary>Finds the kind of a resource.</summary>
internal sealed class Kinds(Names names, Func<string, RoleSlot> role)
{
    private static readonly ValueList<Interval> SomeRange = [new Interval(0, 0)];
    private static readonly ValueList<string> SomeSet = [""];

    private readonly Dictionary<string, Kind> plainScalars = new(StringComparer.Ordinal);
    private readonly Dictionary<Resource, Kind> others = [];
    private int count;

    public Kind Of(Resource resource)
    {
        var plain = resource is { Scalar: not null, Reservations.Count: 0, Disk: null, Revocable: false, Shared: false, ProviderId: null };
        if (plain && plainScalars.TryGetValue(resource.Name, out var known))
            return known;

        var type = resource.Scalar.HasValue ? KindType.Scalar : resource.Ranges.Count > 0 ? KindType.Ranges : KindType.Set;
        var key = resource with
        {
            AllocationRole = null,
            Scalar = type != KindType.Scalar ? null : resource.Shared ? resource.Scalar : Scalar.Zero,
            Ranges = type == KindType.Ranges ? SomeRange : default,
            Set = type == KindType.Set ? SomeSet : default,
        };
        if (!others.TryGetValue(key, out known))
        {
            known = new Kind(count++, names.Of(resource.Name), type, key, resource.ReservedFor is { } reserved ? role(reserved) : null);
            others.Add(key, known);
            if (plain)
                plainScalars.Add(resource.Name, known);
        }
        return known;
    }

    /// <summary>The bag of the same content; roles that resources are allocated to are left out.</summary>
    public Bag Bag(Resources resources)
    {
        if (resources.IsEmpty)
            return Engine.Bag.Empty;
        var entries = new Entry[resources.Entries.Count];
        var n = 0;
        var sorted = true;
        foreach (var resource in resources.Entries.AsSpan())
        {
            var kind = Of(resource);
            object? items = null;
            long amount;
            switch (kind.Type)
            {
                case KindType.Ranges:
                    items = resource.Ranges;
                    amount = (long)Intervals.Count(resource.Ranges);
                    break;
                case KindType.Set:
                    items = resource.Set;
                    amount = resource.Set.Count;
                    break;
                default:
                    amount = kind.Shared ? 1 : resource.Scalar!.Value.Thousandths;
                    break;
            }
            sorted &= n == 0 || entries[n - 1].Kind.Index < kind.Index;
            entries[n++] = new Entry(kind, amount, items);
        }
        return sorted ? new Bag(entries) : Engine.Bag.Sum(entries);
    }
}
