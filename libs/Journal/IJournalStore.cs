using Bourse.Contracts;

namespace Bourse.Journal;

/// <summary>Where one service's journal is kept. One leader appends; anybody may read.</summary>
public interface IJournalStore : IAsyncDisposable
{
    /// <summary>The service that owns the journal.</summary>
    string Service { get; }

    /// <summary>The names of its facts.</summary>
    NameTable Names { get; }

    /// <summary>Makes what is missing of tables and functions; may be called by several instances at once.</summary>
    Task Prepare(CancellationToken cancellationToken);

    /// <summary>Waits until this instance is the only one that may lead.</summary>
    /// <param name="waiting">Called when another one leads.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<ILeadership> Lead(Action waiting, CancellationToken cancellationToken);

    /// <summary>Where the journal ends.</summary>
    Task<JournalHead> Head(CancellationToken cancellationToken);

    /// <summary>Appends in one transaction, under the expected version.</summary>
    /// <returns>The head after it.</returns>
    /// <exception cref="StaleLeaderException">The journal has moved on: another instance appended.</exception>
    Task<JournalHead> Append(JournalHead head, Append append, CancellationToken cancellationToken);

    /// <summary>Events from one position to another, both included, in order.</summary>
    IAsyncEnumerable<Entry> Read(long from, long to, CancellationToken cancellationToken);

    /// <summary>Events that name a subject, in order.</summary>
    IAsyncEnumerable<Entry> ReadSubject(string subject, long from, long to, int max, CancellationToken cancellationToken);

    /// <summary>The last position committed at or before an instant; 0 when there is none.</summary>
    Task<long> PositionAt(DateTimeOffset time, CancellationToken cancellationToken);

    /// <summary>The latest snapshot at or before a position.</summary>
    Task<Snapshot?> Snapshot(long atOrBefore, CancellationToken cancellationToken);

    /// <summary>Keeps a snapshot, and drops some of the older ones.</summary>
    Task Save(Snapshot snapshot, CancellationToken cancellationToken);

    /// <summary>Records how far the relay has published; never goes back.</summary>
    Task Published(long position, CancellationToken cancellationToken);
}

/// <summary>The right to lead, for as long as it is held.</summary>
public interface ILeadership : IAsyncDisposable
{
    /// <summary>Cancelled when the right was lost.</summary>
    CancellationToken Lost { get; }
}

/// <summary>Where a journal ends.</summary>
/// <param name="Position">The last position; 0 when empty.</param>
/// <param name="Epoch">The last leader's epoch; 0 when none led.</param>
/// <param name="Segment">The open segment; 0 when none.</param>
/// <param name="Base">The position before the open segment's first event.</param>
/// <param name="Published">The relay has published up to here.</param>
public sealed record JournalHead(long Position, long Epoch, long Segment, long Base, long Published)
{
    /// <summary>Of a journal without events.</summary>
    public static readonly JournalHead Empty = new(0, 0, 0, 0, 0);
}

/// <summary>What one transaction adds.</summary>
/// <param name="Entries">Dense from the head on. A <see cref="SegmentOpened"/> starts the next segment.</param>
/// <param name="Epoch">The leader's epoch.</param>
/// <param name="Published">The relay has published up to here.</param>
/// <param name="Snapshot">Kept in the same transaction; null for none.</param>
public sealed record Append(IReadOnlyList<Entry> Entries, long Epoch, long Published, Snapshot? Snapshot = null);

/// <summary>A state as of a position.</summary>
/// <param name="Position">Everything up to here is in it.</param>
/// <param name="State">What <c>ICore.Save</c> gave.</param>
/// <param name="Heard">The highest position applied of each other service.</param>
public sealed record Snapshot(long Position, byte[] State, IReadOnlyDictionary<string, long> Heard);

/// <summary>Another instance has appended since; this one leads no more.</summary>
public sealed class StaleLeaderException(string message, Exception? inner = null) : Exception(message, inner);
