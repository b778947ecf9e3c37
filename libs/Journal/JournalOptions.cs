namespace Bourse.Journal;

/// <summary>Sizes of a journal; section <c>Bourse__Journal__</c>.</summary>
public sealed class JournalOptions
{
    /// <summary>Events after which a segment is closed and the next one opened.</summary>
    public long SegmentEvents { get; set; } = 1_000_000;

    /// <summary>Events after which the state is saved again: the longest tail that a restart folds.</summary>
    public long SnapshotEvents { get; set; } = 10_000;

    /// <summary>Commands that may wait; further callers wait for room.</summary>
    public int Inbox { get; set; } = 4096;

    /// <summary>Most commands of one commit.</summary>
    public int CommitCommands { get; set; } = 256;

    /// <summary>A commit takes no further command once it has this many events.</summary>
    public int CommitEvents { get; set; } = 500;
}
