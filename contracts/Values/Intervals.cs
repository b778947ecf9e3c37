namespace Bourse.Contracts;

/// <summary>Arithmetic on sorted, disjoint, non-adjacent closed intervals.</summary>
public static class Intervals
{
    /// <summary>Sorts and merges.</summary>
    public static ValueList<Interval> Normal(ReadOnlySpan<Interval> intervals)
    {
        var sorted = intervals.ToArray();
        Array.Sort(sorted, static (a, b) => a.Begin.CompareTo(b.Begin));
        var merged = new List<Interval>(sorted.Length);
        foreach (var next in sorted)
        {
            // The first test keeps the second from overflowing at the largest number.
            if (merged.Count > 0 && (next.Begin <= merged[^1].End || next.Begin == merged[^1].End + 1))
                merged[^1] = merged[^1] with { End = Math.Max(merged[^1].End, next.End) };
            else
                merged.Add(next);
        }
        return merged.ToValueList();
    }

    /// <summary>Numbers in either.</summary>
    public static ValueList<Interval> Union(ValueList<Interval> a, ValueList<Interval> b) => Normal([.. a, .. b]);

    /// <summary>Numbers in <paramref name="a"/> and not in <paramref name="b"/>.</summary>
    public static ValueList<Interval> Except(ValueList<Interval> a, ValueList<Interval> b)
    {
        var left = a.ToList();
        foreach (var cut in b)
        {
            var next = new List<Interval>(left.Count + 1);
            foreach (var piece in left)
            {
                if (cut.End < piece.Begin || cut.Begin > piece.End)
                {
                    next.Add(piece);
                    continue;
                }
                if (cut.Begin > piece.Begin)
                    next.Add(new(piece.Begin, cut.Begin - 1));
                if (cut.End < piece.End)
                    next.Add(new(cut.End + 1, piece.End));
            }
            left = next;
        }
        return left.ToValueList();
    }

    /// <summary>Whether every number of <paramref name="b"/> is in <paramref name="a"/>.</summary>
    public static bool Covers(ValueList<Interval> a, ValueList<Interval> b) =>
        b.All(inner => a.Any(outer => outer.Begin <= inner.Begin && inner.End <= outer.End));

    /// <summary>How many numbers the intervals hold.</summary>
    public static ulong Count(ValueList<Interval> intervals) =>
        intervals.Aggregate(0UL, (sum, i) => sum + (i.End - i.Begin) + 1);
}
