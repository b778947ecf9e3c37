using Bourse.Contracts;

namespace Bourse.Allocator.Engine;

/// <summary>Sorted, disjoint intervals compared and subtracted in one pass.</summary>
internal static class RangeSets
{
    public static bool Covers(ReadOnlySpan<Interval> outer, ReadOnlySpan<Interval> inner)
    {
        var i = 0;
        foreach (var each in inner)
        {
            while (i < outer.Length && outer[i].End < each.Begin)
                i++;
            if (i == outer.Length || outer[i].Begin > each.Begin || outer[i].End < each.End)
                return false;
        }
        return true;
    }

    public static ValueList<Interval> Except(ReadOnlySpan<Interval> from, ReadOnlySpan<Interval> cuts)
    {
        // Every cut ends one piece at most and begins another.
        var left = new Interval[from.Length + cuts.Length];
        int n = 0, c = 0;
        foreach (var piece in from)
        {
            var begin = piece.Begin;
            while (c < cuts.Length && cuts[c].End < begin)
                c++;
            var gone = false;
            for (var at = c; at < cuts.Length && cuts[at].Begin <= piece.End; at++)
            {
                if (cuts[at].Begin > begin)
                    left[n++] = new(begin, cuts[at].Begin - 1);
                if (cuts[at].End >= piece.End)
                {
                    gone = true;
                    break;
                }
                begin = cuts[at].End + 1;
            }
            if (!gone)
                left[n++] = new(begin, piece.End);
        }
        return ValueList.Create<Interval>(left.AsSpan(0, n));
    }
}
