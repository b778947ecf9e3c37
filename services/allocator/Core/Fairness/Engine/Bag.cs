using Bourse.Contracts;

namespace Bourse.Allocator.Engine;

/// <summary>An amount of a kind: thousandths, copies of a shared volume, or the number of items.</summary>
internal readonly struct Entry(Kind kind, long amount, object? items = null)
{
    public readonly Kind Kind = kind;
    public readonly long Amount = amount;

    /// <summary>The boxed list of intervals or of words; null for scalars.</summary>
    public readonly object? Items = items;

    /// <summary>How much of its name this is, for minimums and shares: thousandths, or items as thousandths.</summary>
    public long Quantity => Kind.Type != KindType.Scalar ? Amount * 1000 : Kind.Shared ? Kind.CopySize : Amount;

    public Entry With(long amount) => new(Kind, amount);

    public Entry Plus(in Entry other) => Kind.Type switch
    {
        KindType.Ranges => Ranged(Intervals.Union((ValueList<Interval>)Items!, (ValueList<Interval>)other.Items!)),
        KindType.Set => Set([.. ((ValueList<string>)Items!).Concat((ValueList<string>)other.Items!).Distinct().Order(StringComparer.Ordinal)]),
        _ => With(Amount + other.Amount),
    };

    /// <summary>What is left; nothing is less than nothing.</summary>
    public Entry Minus(in Entry other) => Kind.Type switch
    {
        KindType.Ranges => Ranged(RangeSets.Except(((ValueList<Interval>)Items!).AsSpan(), ((ValueList<Interval>)other.Items!).AsSpan())),
        KindType.Set => Set([.. ((ValueList<string>)Items!).Except((ValueList<string>)other.Items!, StringComparer.Ordinal)]),
        _ => With(Math.Max(0, Amount - other.Amount)),
    };

    public bool Covers(in Entry other) => Kind.Type switch
    {
        KindType.Ranges => Amount >= other.Amount && RangeSets.Covers(((ValueList<Interval>)Items!).AsSpan(), ((ValueList<Interval>)other.Items!).AsSpan()),
        KindType.Set => ((ValueList<string>)other.Items!).All(((ValueList<string>)Items!).Contains),
        _ => Amount >= other.Amount,
    };

    private Entry Ranged(ValueList<Interval> ranges) => new(Kind, (long)Intervals.Count(ranges), ranges);

    private Entry Set(ValueList<string> words) => new(Kind, words.Count, words);
}

/// <summary>An immutable bag of resources: at most one entry per kind, sorted by kind, none empty.</summary>
internal readonly struct Bag(Entry[]? entries)
{
    public static readonly Bag Empty;

    private readonly Entry[]? entries = entries;

    public bool IsEmpty => entries is null || entries.Length == 0;

    public ReadOnlySpan<Entry> Entries => entries;

    public bool SameAs(Bag other) => ReferenceEquals(entries, other.entries);

    /// <summary>Any entries in any order.</summary>
    public static Bag Sum(ReadOnlySpan<Entry> entries)
    {
        var sum = Empty;
        foreach (var entry in entries)
            if (entry.Amount > 0)
                sum += new Bag([entry]);
        return sum;
    }

    public static Bag operator +(Bag a, Bag b)
    {
        if (a.IsEmpty)
            return b;
        if (b.IsEmpty)
            return a;
        var sum = new Entry[a.entries!.Length + b.entries!.Length];
        int i = 0, j = 0, n = 0;
        while (i < a.entries.Length || j < b.entries.Length)
        {
            var order = i == a.entries.Length ? 1 : j == b.entries.Length ? -1 : a.entries[i].Kind.Index - b.entries[j].Kind.Index;
            sum[n++] = order < 0 ? a.entries[i++] : order > 0 ? b.entries[j++] : a.entries[i++].Plus(b.entries[j++]);
        }
        return Of(sum.AsSpan(0, n), sum);
    }

    /// <summary>What is left; what <paramref name="a"/> does not have is not missed.</summary>
    public static Bag operator -(Bag a, Bag b) => Less(a, b, keepShared: false);

    /// <summary>Available resources after some were taken: shared volumes stay.</summary>
    public Bag Taken(Bag taken) => Less(this, taken, keepShared: true);

    public bool Contains(Bag other)
    {
        if (SameAs(other))
            return true;
        var i = 0;
        foreach (ref readonly var wanted in other.Entries)
        {
            while (i < Entries.Length && entries![i].Kind.Index < wanted.Kind.Index)
                i++;
            if (i == Entries.Length || entries![i].Kind != wanted.Kind || !entries[i].Covers(wanted))
                return false;
        }
        return true;
    }

    public bool SameContent(Bag other) => Contains(other) && other.Contains(this);

    /// <summary>The entries of a kind that satisfies a condition.</summary>
    public Bag Where(Func<Kind, bool> condition)
    {
        var kept = new List<Entry>(Entries.Length);
        foreach (var entry in Entries)
            if (condition(entry.Kind))
                kept.Add(entry);
        return kept.Count == Entries.Length ? this : new Bag([.. kept]);
    }

    public Resources ToResources(string? role = null)
    {
        if (IsEmpty)
            return Resources.None;
        var resources = new Resource[entries!.Length];
        for (var i = 0; i < resources.Length; i++)
        {
            var entry = entries[i];
            var prototype = entry.Kind.Prototype;
            resources[i] = entry.Kind.Type switch
            {
                KindType.Ranges => prototype with { AllocationRole = role, Ranges = (ValueList<Interval>)entry.Items! },
                KindType.Set => prototype with { AllocationRole = role, Set = (ValueList<string>)entry.Items! },
                _ when entry.Kind.Shared => prototype with { AllocationRole = role },
                _ => prototype with { AllocationRole = role, Scalar = new Scalar(entry.Amount) },
            };
        }
        return Resources.Of(resources);
    }

    private static Bag Less(Bag a, Bag b, bool keepShared)
    {
        if (a.IsEmpty || b.IsEmpty)
            return a;
        if (a.SameAs(b) && !keepShared)
            return Empty;
        var left = new Entry[a.entries!.Length];
        int j = 0, n = 0;
        foreach (var entry in a.entries)
        {
            while (j < b.entries!.Length && b.entries[j].Kind.Index < entry.Kind.Index)
                j++;
            var rest = j == b.entries.Length || b.entries[j].Kind != entry.Kind || (keepShared && entry.Kind.Shared) ? entry : entry.Minus(b.entries[j]);
            if (rest.Amount > 0)
                left[n++] = rest;
        }
        return Of(left.AsSpan(0, n), left);
    }

    private static Bag Of(ReadOnlySpan<Entry> used, Entry[] whole) =>
        used.Length == 0 ? Empty : used.Length == whole.Length ? new Bag(whole) : new Bag(used.ToArray());
}
