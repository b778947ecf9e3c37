namespace Bourse.Allocator;

/// <summary>How long declined resources are not offered again; v1 <c>Filters.refuse_seconds</c>.</summary>
public static class RefuseFor
{
    /// <summary>What a framework gets that says nothing.</summary>
    public static readonly TimeSpan Default = TimeSpan.FromSeconds(5);

    /// <summary>The longest filter; longer ones are cut, as in Mesos.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(365);

    /// <summary>
    /// A filter lives at least one allocation interval; a shorter one would lapse before the next cycle and filter nothing
    /// (MESOS-4302).
    /// </summary>
    public static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    /// <summary>The time for a wire value: null, negative and not-a-number mean the default; 0 means no filter.</summary>
    public static TimeSpan From(double? seconds) => seconds switch
    {
        null or < 0 or double.NaN => Default,
        0 => TimeSpan.Zero,
        var s => s.Value >= Longest.TotalSeconds ? Longest : TimeSpan.FromSeconds(s.Value),
    };

    /// <summary>The instant until which a filter made now holds; null for none.</summary>
    internal static DateTimeOffset? Until(DateTimeOffset now, TimeSpan refuseFor) =>
        refuseFor <= TimeSpan.Zero ? null : now + (refuseFor < Shortest ? Shortest : refuseFor);
}
