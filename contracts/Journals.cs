namespace Bourse.Contracts;

/// <summary>Facts about a service's journal itself. Written by the journal library.</summary>
public interface IJournalFact : IFact
{
    /// <summary>The service that owns the journal.</summary>
    string Service { get; }

    IEnumerable<Subject> IFact.Subjects => [new("journal", Service)];
}

/// <summary>An instance became the only writer; whoever wrote before can append no more.</summary>
/// <param name="Service">The service.</param>
/// <param name="Epoch">Counts the leaders, from 1.</param>
/// <param name="Instance">Machine and process, for people.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record LeadershipTaken(string Service, long Epoch, string Instance, DateTimeOffset At) : IJournalFact;

/// <summary>A segment was started, right after a snapshot of everything before it.</summary>
/// <param name="Service">The service.</param>
/// <param name="Segment">Counts the segments, from 1.</param>
/// <param name="Base">The position before its first event.</param>
public sealed record SegmentOpened(string Service, long Segment, long Base) : IJournalFact;

/// <summary>A segment is complete; nothing ever follows this in it.</summary>
/// <param name="Service">The service.</param>
/// <param name="Segment">The segment.</param>
public sealed record SegmentClosed(string Service, long Segment) : IJournalFact;
