using Bourse.Contracts;
using Bourse.Deciding;

namespace Bourse.Journal;

/// <summary>A state with the position it is of: the one way in which entries become state, live, at restart and in replay.</summary>
/// <typeparam name="TState">The core's state.</typeparam>
/// <typeparam name="TCommand">The core's commands.</typeparam>
public sealed class Fold<TState, TCommand> where TState : class
{
    private readonly ICore<TState, TCommand> core;
    private readonly Dictionary<string, long> heard = new(StringComparer.Ordinal);

    private Fold(ICore<TState, TCommand> core, TState state) => (this.core, State) = (core, state);

    /// <summary>The state.</summary>
    public TState State { get; }

    /// <summary>Everything up to here is in it.</summary>
    public long Position { get; private set; }

    /// <summary>The highest position applied of each other service.</summary>
    public IReadOnlyDictionary<string, long> Heard => heard;

    /// <summary>Nothing has happened yet.</summary>
    public static Fold<TState, TCommand> Start(ICore<TState, TCommand> core) => new(core, core.New());

    /// <summary>From a snapshot on.</summary>
    public static Fold<TState, TCommand> From(ICore<TState, TCommand> core, Snapshot snapshot)
    {
        var fold = new Fold<TState, TCommand>(core, core.Load(snapshot.State)) { Position = snapshot.Position };
        foreach (var (sender, position) in snapshot.Heard)
            fold.heard[sender] = position;
        return fold;
    }

    /// <summary>From the nearest snapshot, or from the start, up to a position.</summary>
    public static async Task<Fold<TState, TCommand>> At(
        ICore<TState, TCommand> core, IJournalStore store, long position, CancellationToken cancellationToken)
    {
        var fold = await store.Snapshot(position, cancellationToken) is { } snapshot ? From(core, snapshot) : Start(core);
        await foreach (var entry in store.Read(fold.Position + 1, position, cancellationToken))
            fold.Apply(entry, store.Names);
        return fold;
    }

    /// <summary>Applies what follows directly.</summary>
    /// <exception cref="InvalidOperationException">The entry is not the next one.</exception>
    public void Apply(Entry entry, NameTable names)
    {
        if (entry.Position != Position + 1)
            throw new InvalidOperationException($"position {entry.Position} does not follow {Position}");
        Apply(entry.Fact(names));
        if (entry.Heard is { } mark)
            Hear(mark);
        Position = entry.Position;
    }

    /// <summary>The state as of now.</summary>
    public Snapshot Save() => new(Position, core.Save(State), new SortedDictionary<string, long>(heard, StringComparer.Ordinal));

    /// <summary>Marks how far another service was heard, when nothing followed.</summary>
    internal void Hear(Heard mark) => heard[mark.Sender] = Math.Max(mark.Position, heard.GetValueOrDefault(mark.Sender));

    private void Apply(IFact fact)
    {
        // How the journal is cut into segments is no business of a core.
        if (fact is not (SegmentOpened or SegmentClosed))
            core.Evolve(State, fact);
    }
}
