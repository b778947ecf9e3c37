using System.Text;
using Bourse.Contracts;
using Bourse.Contracts.Messages;
using Bourse.Deciding;

namespace Bourse.Journal;

/// <summary>A service's own guarantees, looked at around every event of its journal. One instance serves one verification.</summary>
/// <typeparam name="TState">The core's state.</typeparam>
public interface IInvariants<in TState> where TState : class
{
    /// <summary>Called with the state before an event.</summary>
    void Before(TState state, Recorded recorded);

    /// <summary>Called with the state after it.</summary>
    void After(TState state, Recorded recorded);

    /// <summary>What was found, after the last event.</summary>
    IEnumerable<Check> Checks();
}

/// <summary>Collects what was looked at and at most ten violations.</summary>
/// <param name="guarantee">Its number: G1 to G10.</param>
/// <param name="what">What holds, for people.</param>
public sealed class Finding(string guarantee, string what)
{
    private readonly List<string> violations = [];
    private long over;

    /// <summary>Looks at one thing.</summary>
    /// <param name="holds">Whether the guarantee holds for it.</param>
    /// <param name="violation">Says what is wrong, naming a position.</param>
    public void Look(bool holds, Func<string> violation)
    {
        over++;
        if (!holds && violations.Count < 10)
            violations.Add(violation());
    }

    /// <summary>What was found.</summary>
    public Check ToCheck() => new(guarantee, what, over, [.. violations]);
}

/// <summary>Folds a whole journal and compares what comes out with what is live.</summary>
/// <typeparam name="TState">The core's state.</typeparam>
/// <typeparam name="TCommand">The core's commands.</typeparam>
/// <param name="core">The rules.</param>
/// <param name="store">The journal.</param>
/// <param name="inbox">The live state.</param>
/// <param name="invariants">A service's own checks, made afresh for each verification.</param>
public sealed class Verification<TState, TCommand>(
    ICore<TState, TCommand> core, IJournalStore store, IInbox<TState, TCommand> inbox, Func<IEnumerable<IInvariants<TState>>>? invariants = null)
    where TState : class
{
    /// <summary>Checks everything up to where the journal is now.</summary>
    public async Task<Verified> Verify(CancellationToken cancellationToken)
    {
        // Read on the loop: these bytes are of exactly this position.
        var (live, end) = await inbox.Read(state => (core.Save(state), inbox.Head), cancellationToken);

        var same = new Finding("G2", "the live state and every snapshot equal the fold of the journal, to the byte");
        var dense = new Finding("G5", "every event has the next position, and nothing follows a closed segment but the next one");
        var leaders = new Finding("G6", "epochs never go back and each begins with its leader's taking over");
        IInvariants<TState>[] own = [.. invariants?.Invoke() ?? []];

        var fold = Fold<TState, TCommand>.Start(core);
        var snapshot = await NextSnapshot(0, cancellationToken);
        Entry? before = null;
        await foreach (var entry in store.Read(1, end, cancellationToken))
        {
            var last = before;
            dense.Look(entry.Position == (last?.Position ?? 0) + 1, () => $"{store.Service}:{entry.Position} follows {last?.Position ?? 0}");
            if (entry.Position != fold.Position + 1)
                break;
            var fact = entry.Fact(store.Names);
            dense.Look((last?.Fact(store.Names) is SegmentClosed) == (fact is SegmentOpened && last is not null), () => $"{store.Service}:{entry.Position} {entry.Name} follows {last?.Name}");
            LookAtEpoch(leaders, entry, fact, last);

            var recorded = entry.Recorded(store.Names);
            foreach (var one in own)
                one.Before(fold.State, recorded);
            fold.Apply(entry, store.Names);
            foreach (var one in own)
                one.After(fold.State, recorded);

            if (snapshot is not null && snapshot.Position == fold.Position)
            {
                var there = snapshot;
                same.Look(core.Save(fold.State).AsSpan().SequenceEqual(there.State), () => $"the snapshot at {store.Service}:{there.Position} differs from the fold");
                snapshot = await NextSnapshot(fold.Position, cancellationToken);
            }
            before = entry;
        }
        dense.Look(fold.Position == end, () => $"the journal ends at {end}, its events at {fold.Position}");
        var folded = core.Save(fold.State);
        same.Look(folded.AsSpan().SequenceEqual(live), () => $"at {store.Service}:{end} {Difference(live, folded)}");

        return new(store.Service, fold.Position, [same.ToCheck(), dense.ToCheck(), leaders.ToCheck(), .. own.SelectMany(one => one.Checks())]);
    }

    private void LookAtEpoch(Finding leaders, Entry entry, IFact fact, Entry? last)
    {
        leaders.Look(entry.Epoch >= (last?.Epoch ?? 1), () => $"{store.Service}:{entry.Position} is of epoch {entry.Epoch}, after {last?.Epoch}");
        if (fact is LeadershipTaken taken)
            leaders.Look(taken.Epoch == entry.Epoch, () => $"{store.Service}:{entry.Position} takes epoch {taken.Epoch} in epoch {entry.Epoch}");
        else if (last is not null && entry.Epoch != last.Epoch)
            leaders.Look(false, () => $"{store.Service}:{entry.Position} {entry.Name} is the first of epoch {entry.Epoch}");
    }

    // Snapshots are few and only found from above; verification walks from below.
    private async Task<Snapshot?> NextSnapshot(long after, CancellationToken cancellationToken)
    {
        Snapshot? next = null;
        for (var at = long.MaxValue; await store.Snapshot(at, cancellationToken) is { } one && one.Position > after; at = one.Position - 1)
            next = one;
        return next;
    }

    private static string Difference(ReadOnlySpan<byte> live, ReadOnlySpan<byte> folded)
    {
        var at = live.CommonPrefixLength(folded);
        return $"the states differ at byte {at}: live …{Around(live, at)}… fold …{Around(folded, at)}…";
    }

    private static string Around(ReadOnlySpan<byte> bytes, int at) =>
        Encoding.UTF8.GetString(bytes[Math.Max(0, at - 40)..Math.Min(bytes.Length, at + 40)]);
}
