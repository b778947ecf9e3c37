using Bourse.Bus;
using Bourse.Contracts;

namespace Bourse.Journal.Tests.Counting;

using CounterLoop = JournalLoop<CounterState, CounterCommand>;
using Follower = CommitFollower<CounterState, CounterCommand>;

/// <summary>A second service that hears the first one's commits and records them in its own journal.</summary>
internal static class Mirroring
{
    public static Follower Follow(CounterLoop mirror, string service, string sender, IBus bus) => new Follower(mirror, service, bus)
        .Follow(sender, CounterCore.Names, Translate);

    public static CounterCommand? Translate(IReadOnlyList<Recorded> heard)
    {
        var facts = heard.Select(one => one.Fact).Where(fact => fact is not IJournalFact).ToArray();
        return facts.Length == 0 ? null : new Mirror(facts);
    }

    /// <summary>Waits until the mirror shows what the original shows.</summary>
    public static async Task CaughtUp(CounterLoop mirror, CounterLoop original, CancellationToken patience)
    {
        var wanted = await Counters(original, patience);
        while (await Counters(mirror, patience) != wanted)
            await Task.Delay(20, patience);
    }

    public static Task<string> Counters(CounterLoop loop, CancellationToken patience) =>
        loop.Read(state => string.Join(",", state.Counters.Select(pair => $"{pair.Key}={pair.Value}")), patience);
}
