using Bourse.Contracts;
using Bourse.Deciding;

namespace Bourse.Journal;

/// <summary>What one commit is made of: commands decided and evolved one after the other, and looks that wait for the commit.</summary>
internal sealed class Batch<TState, TCommand>(ICore<TState, TCommand> core, NameTable names) where TState : class
{
    private readonly List<Asked<TState, TCommand>> asked = [];
    private readonly List<Look<TState, TCommand>> looks = [];
    private Fold<TState, TCommand> fold = null!;
    private long position;
    private long epoch;
    private DateTimeOffset at;

    public List<Entry> Entries { get; } = [];

    public int Commands => asked.Count + looks.Count;

    /// <summary>The exception of a core, after which memory is not to be trusted and the leader must go.</summary>
    public Exception? Failed { get; private set; }

    public void Start(Fold<TState, TCommand> on, long after, long inEpoch, DateTimeOffset now)
    {
        asked.Clear();
        looks.Clear();
        Entries.Clear();
        Failed = null;
        (fold, position, epoch, at) = (on, after, inEpoch, now);
    }

    public void Take(Work<TState, TCommand> work)
    {
        if (work is Look<TState, TCommand> look)
        {
            looks.Add(look);
            return;
        }
        try
        {
            if (work is Together<TState, TCommand> together)
            {
                foreach (var part in together.Parts)
                    Take(part);
            }
            else
            {
                Take((Asked<TState, TCommand>)work);
            }
        }
        catch (Exception e)
        {
            Failed = e;
            work.Fail(e);
            throw;
        }
    }

    public void Answer()
    {
        foreach (var one in asked)
            one.Done();
        foreach (var look in looks)
            look.At(fold.State);
        asked.Clear();
        looks.Clear();
    }

    public void Fail(Exception why)
    {
        foreach (var one in asked)
            one.Fail(why);
        foreach (var look in looks)
            look.Fail(why);
        asked.Clear();
        looks.Clear();
    }

    private void Take(Asked<TState, TCommand> one)
    {
        Decide(one);
        asked.Add(one);
    }

    private void Decide(Asked<TState, TCommand> one)
    {
        var decision = core.Decide(fold.State, one.Command);
        var bodies = new byte[decision.Facts.Count][];
        for (var i = 0; i < bodies.Length; i++)
        {
            bodies[i] = Facts.Write(decision.Facts[i]);
            if (Facts.HasNul(bodies[i]))
            {
                // PostgreSQL cannot store that character; found here it costs this caller a refusal instead of everybody the commit.
                one.Decision = new Refusal(RefusalCode.Malformed, "text must not contain the character U+0000");
                return;
            }
        }
        for (var i = 0; i < bodies.Length; i++)
        {
            var fact = decision.Facts[i];
            var heard = i == bodies.Length - 1 ? one.Heard : null;
            var entry = new Entry(++position, names.NameOf(fact.GetType()), fact, bodies[i], one.Origin, at, epoch, heard);
            fold.Apply(entry, names);
            Entries.Add(entry);
        }
        if (bodies.Length == 0 && one.Heard is { } mark)
            fold.Hear(mark);
        one.Decision = decision;
    }
}
