using System.Runtime.CompilerServices;
using Bourse.Contracts;

namespace Bourse.Journal;

/// <summary>The journal's twin in memory, for tests and simulation; keeps bytes, as the real one does.</summary>
/// <param name="service">The service that owns the journal.</param>
/// <param name="names">The names of its facts.</param>
public sealed class MemoryJournal(string service, NameTable names) : IJournalStore
{
    private readonly Lock guard = new();
    private readonly List<Entry> entries = [];
    private readonly Dictionary<string, List<long>> subjects = new(StringComparer.Ordinal);
    private readonly SortedList<long, Snapshot> snapshots = [];
    private readonly SemaphoreSlim leading = new(1, 1);
    private JournalHead head = JournalHead.Empty;

    /// <inheritdoc/>
    public string Service { get; } = service;

    /// <inheritdoc/>
    public NameTable Names { get; } = names;

    /// <summary>Called before an append is done and, with true, before it returns; what it throws is what the loop sees.</summary>
    public Action<bool>? Appending { get; set; }

    /// <inheritdoc/>
    public Task Prepare(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public async Task<ILeadership> Lead(Action waiting, CancellationToken cancellationToken)
    {
        if (!await leading.WaitAsync(0, cancellationToken))
        {
            waiting();
            await leading.WaitAsync(cancellationToken);
        }
        return new Leadership(leading);
    }

    /// <inheritdoc/>
    public Task<JournalHead> Head(CancellationToken cancellationToken)
    {
        lock (guard)
            return Task.FromResult(head);
    }

    /// <inheritdoc/>
    public Task<JournalHead> Append(JournalHead head, Append append, CancellationToken cancellationToken)
    {
        Appending?.Invoke(false);
        JournalHead after;
        lock (guard)
        {
            if (this.head.Position != head.Position || append.Epoch < this.head.Epoch)
                throw new StaleLeaderException($"the journal is at {this.head.Position}, not at {head.Position}");
            after = this.head with { Epoch = append.Epoch, Published = Math.Max(this.head.Published, append.Published) };
            foreach (var entry in append.Entries)
            {
                if (entry.Fact(Names) is SegmentOpened opened)
                    after = after with { Segment = opened.Segment, Base = opened.Base };
                after = after with { Position = entry.Position };
                entries.Add(new Entry(entry.Position, entry.Name, entry.Json, entry.Headers()));
                foreach (var subject in Facts.Subjects(entry.Fact(Names), entry.Origin))
                {
                    if (!subjects.TryGetValue(Facts.IndexKey(subject), out var positions))
                        subjects[subject] = positions = [];
                    positions.Add(entry.Position);
                }
            }
            if (append.Snapshot is { } snapshot)
                snapshots[snapshot.Position] = snapshot;
            this.head = after;
        }
        Appending?.Invoke(true);
        return Task.FromResult(after);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<Entry> Read(long from, long to, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var position = Math.Max(from, 1); position <= to; position++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Entry entry;
            lock (guard)
            {
                if (position > entries.Count)
                    yield break;
                entry = entries[(int)position - 1];
            }
            yield return entry;
        }
        await Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<Entry> ReadSubject(
        string subject, long from, long to, int max, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Entry[] found;
        lock (guard)
        {
            found = subjects.TryGetValue(Facts.IndexKey(subject), out var positions)
                ? [.. positions.Where(position => position >= from && position <= to).Take(max).Select(position => entries[(int)position - 1])]
                : [];
        }
        foreach (var entry in found)
            yield return entry;
        await Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<long> PositionAt(DateTimeOffset time, CancellationToken cancellationToken)
    {
        lock (guard)
            return Task.FromResult(entries.LastOrDefault(entry => entry.At <= time)?.Position ?? 0);
    }

    /// <inheritdoc/>
    public Task<Snapshot?> Snapshot(long atOrBefore, CancellationToken cancellationToken)
    {
        lock (guard)
            return Task.FromResult(snapshots.Values.LastOrDefault(snapshot => snapshot.Position <= atOrBefore));
    }

    /// <inheritdoc/>
    public Task Save(Snapshot snapshot, CancellationToken cancellationToken)
    {
        lock (guard)
            snapshots[snapshot.Position] = snapshot;
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task Published(long position, CancellationToken cancellationToken)
    {
        lock (guard)
            head = head with { Published = Math.Max(head.Published, position) };
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => default;

    private sealed class Leadership(SemaphoreSlim held) : ILeadership
    {
        private int released;

        public CancellationToken Lost => CancellationToken.None;

        public ValueTask DisposeAsync()
        {
            if (Interlocked.Exchange(ref released, 1) == 0)
                held.Release();
            return default;
        }
    }
}
