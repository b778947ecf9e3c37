using System.Text;
using System.Text.Json;
using Bourse.Contracts;
using Bourse.Deciding;

namespace Bourse.Journal.Tests.Counting;

/// <summary>A small service of its own: counters that are added to.</summary>
public sealed record Added(string Counter, long By, string Note) : IFact
{
    IEnumerable<Subject> IFact.Subjects => [new("counter", Counter), new("note", Note)];
}

public sealed record Cleared(string Counter) : IFact
{
    IEnumerable<Subject> IFact.Subjects => [new("counter", Counter)];
}

public abstract record CounterCommand;

/// <summary>Adds; refused when it would go below zero, nothing when zero.</summary>
public sealed record Add(string Counter, long By, string Note = "", int Times = 1) : CounterCommand;

public sealed record Clear(string Counter) : CounterCommand;

/// <summary>Does what another counter did.</summary>
public sealed record Mirror(IReadOnlyList<IFact> Facts) : CounterCommand;

/// <summary>A mistake in the core.</summary>
public sealed record Explode : CounterCommand;

public sealed class CounterState
{
    public SortedDictionary<string, long> Counters { get; set; } = new(StringComparer.Ordinal);

    public long Leaders { get; set; }

    public long Events { get; set; }
}

public sealed class CounterCore(string service) : ICore<CounterState, CounterCommand>
{
    public string Service { get; } = service;

    public static NameTable Names { get; } = new NameTable()
        .Add<LeadershipTaken>("journal.leadership-taken")
        .Add<SegmentOpened>("journal.segment-opened")
        .Add<SegmentClosed>("journal.segment-closed")
        .Add<Added>("counter.added.v2")
        .Add<Cleared>("counter.cleared")
        .Retire<AddedV1, Added>("counter.added", old => new(old.Counter, old.By, "old"));

    public CounterState New() => new();

    public Decision Decide(CounterState state, CounterCommand command) => command switch
    {
        Add { By: 0 } => Decision.Nothing,
        Add a when state.Counters.GetValueOrDefault(a.Counter) + (a.By * a.Times) < 0 =>
            new Refusal(RefusalCode.Malformed, $"{a.Counter} would go below zero"),
        Add a => Decision.Of(Enumerable.Repeat<IFact>(new Added(a.Counter, a.By, a.Note), a.Times).ToArray()),
        Clear c => [new Cleared(c.Counter)],
        Mirror m => Decision.Of(m.Facts),
        Explode => throw new InvalidOperationException("a mistake in the core"),
        _ => throw new InvalidOperationException($"{command}"),
    };

    public void Evolve(CounterState state, IFact fact)
    {
        state.Events++;
        switch (fact)
        {
            case Added a: state.Counters[a.Counter] = state.Counters.GetValueOrDefault(a.Counter) + a.By; break;
            case Cleared c: state.Counters.Remove(c.Counter); break;
            case LeadershipTaken: state.Leaders++; break;
            default: throw new InvalidOperationException($"{fact}");
        }
    }

    public byte[] Save(CounterState state) => JsonSerializer.SerializeToUtf8Bytes(state);

    public CounterState Load(ReadOnlySpan<byte> snapshot)
    {
        var state = JsonSerializer.Deserialize<CounterState>(snapshot)!;
        state.Counters = new(state.Counters, StringComparer.Ordinal);
        return state;
    }

    public IEnumerable<IFact> Picture(CounterState state) => state.Counters.Select(pair => new Added(pair.Key, pair.Value, "picture"));

    public static string Text(byte[] saved) => Encoding.UTF8.GetString(saved);
}

/// <summary>How additions were stored once.</summary>
public sealed record AddedV1(string Counter, long By);
