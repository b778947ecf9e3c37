using System.Text.Json;
using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Contracts.Messages;
using Bourse.Journal.Tests.Counting;
using Npgsql;

namespace Bourse.Journal.Tests;

public sealed class ReadingThePast
{
    [Fact]
    public async Task Finds_every_event_of_a_subject_in_order_across_segments()
    {
        await using var cluster = await Cluster.New();
        var store = cluster.Store();
        var loop = await cluster.Start(store, new JournalOptions { SegmentEvents = 10 });
        for (var i = 0; i < 40; i++)
            await loop.Send(new Add(i % 4 == 0 ? "rare" : "common", 1, "note"), Cluster.Alice, Cluster.Patience);
        await loop.Send(new Add("rare", 1), Cluster.Alice with { Principal = "bob" }, Cluster.Patience);

        var all = await Cluster.All(store);
        (await Subject(store, "counter-rare")).ShouldBe(
            all.Where(entry => entry.Fact(CounterCore.Names) is Added { Counter: "rare" }).Select(entry => entry.Position));
        (await Subject(store, "principal-bob")).ShouldBe([all[^1].Position]);
        (await Subject(store, "counter-none")).ShouldBeEmpty();

        var requests = Requests(cluster, store, loop);
        var page = await requests.Page(new ReadJournal(1, 3, "counter-rare"), Cluster.Patience);
        page.Events.Count.ShouldBe(3);
        page.Head.ShouldBe(loop.Head);
        var rest = await requests.Page(new ReadJournal(page.Next!.Value, 500, "counter-rare"), Cluster.Patience);
        page.Events.Concat(rest.Events).Select(e => e.Position).ShouldBe(await Subject(store, "counter-rare"));
        rest.Next.ShouldBeNull();
        await loop.StopAsync(Cluster.Patience);
    }

    [Fact]
    public async Task Pages_through_the_whole_journal()
    {
        await using var cluster = await Cluster.New();
        var store = cluster.Store();
        var loop = await cluster.Start(store, new JournalOptions { SegmentEvents = 10 });
        await Task.WhenAll(Enumerable.Range(0, 60).Select(i => loop.Send(new Add("a", 1), Cluster.Alice, Cluster.Patience)));
        var requests = Requests(cluster, store, loop);
        var seen = new List<long>();
        long? from = 1;
        while (from is { } next)
        {
            var page = await requests.Page(new ReadJournal(next, 7), Cluster.Patience);
            seen.AddRange(page.Events.Select(e => e.Position));
            from = page.Next;
        }
        seen.ShouldBe(Enumerable.Range(1, (int)loop.Head).Select(i => (long)i));
        await loop.StopAsync(Cluster.Patience);
    }

    [Fact]
    public async Task Gives_the_state_as_it_was_at_a_position_and_at_an_instant()
    {
        await using var cluster = await Cluster.New();
        var store = cluster.Store();
        var loop = await cluster.Start(store, new JournalOptions { SegmentEvents = 12, SnapshotEvents = 5 });
        var states = new Dictionary<long, string>();
        for (var i = 0; i < 30; i++)
        {
            await loop.Send(new Add("a", 1), Cluster.Alice, Cluster.Patience);
            states[loop.Head] = CounterCore.Text(await Cluster.State(loop, cluster.Core));
        }
        var requests = Requests(cluster, store, loop);
        var times = (await Cluster.All(store)).ToDictionary(entry => entry.Position, entry => entry.At);
        foreach (var (position, state) in states)
        {
            var then = await requests.StateAt(new ReadState(position), Cluster.Patience);
            then.Position.ShouldBe(position);
            Text(then.State).ShouldBe(state);

            var byTime = await requests.StateAt(new ReadState(Time: times[position]), Cluster.Patience);
            byTime.Position.ShouldBe(times.Where(pair => pair.Value <= times[position]).Max(pair => pair.Key));
        }
        Text((await requests.StateAt(new ReadState(), Cluster.Patience)).State).ShouldBe(states[loop.Head]);
        (await requests.StateAt(new ReadState(Time: DateTimeOffset.UnixEpoch), Cluster.Patience)).Position.ShouldBe(0);

        var since = times[10];
        var page = await requests.Page(new ReadJournal(1, 500, Since: since, Until: times[20]), Cluster.Patience);
        page.Events.Select(e => e.Position).ShouldBe(times.Where(pair => pair.Value >= since && pair.Value < times[20]).Select(pair => pair.Key).Order());
        await loop.StopAsync(Cluster.Patience);
    }

    [Fact]
    public async Task Reads_a_retired_shape_as_what_it_means_today()
    {
        await using var cluster = await Cluster.New();
        var store = cluster.Store();
        var loop = await cluster.Start(store);
        await loop.Send(new Add("a", 5), Cluster.Alice, Cluster.Patience);
        await loop.StopAsync(Cluster.Patience);
        await using (var connection = new NpgsqlConnection(cluster.Database))
        {
            await connection.OpenAsync(Cluster.Patience);
            // As an earlier release would have left it.
            await using var old = new NpgsqlCommand($"""
                update {cluster.Core.Service}.mt_events set type = 'counter.added', data = '{JsonSerializer.Serialize(new { counter = "a", by = 7 })}' where type = 'counter.added.v2';
                delete from {cluster.Core.Service}.journal_snapshots
                """, connection);
            await old.ExecuteNonQueryAsync(Cluster.Patience);
        }
        var again = await cluster.Start(store);
        (await again.Read(state => state.Counters["a"], Cluster.Patience)).ShouldBe(7);
        await again.StopAsync(Cluster.Patience);
    }

    [Fact]
    public async Task Says_where_a_live_state_differs_from_the_fold()
    {
        await using var cluster = await Cluster.New();
        var store = cluster.Store();
        var loop = await cluster.Start(store);
        await loop.Send(new Add("a", 5), Cluster.Alice, Cluster.Patience);
        var verification = new Verification<CounterState, CounterCommand>(cluster.Core, store, loop, () => [new NothingBelowSix()]);
        var good = await verification.Verify(Cluster.Patience);
        good.Checks.Where(check => check.Guarantee != "G1").ShouldAllBe(check => check.Violations.Count == 0 && check.Over > 0);
        good.Checks.Single(check => check.Guarantee == "G1").Violations.ShouldHaveSingleItem().ShouldContain(":3");

        await loop.Read(state => state.Counters["a"] = 6, Cluster.Patience);
        var bad = await verification.Verify(Cluster.Patience);
        bad.Checks.Single(check => check.Guarantee == "G2").Violations.ShouldHaveSingleItem().ShouldContain("differ");
        await loop.StopAsync(Cluster.Patience);
    }

    private static async Task<List<long>> Subject(IJournalStore store, string subject)
    {
        var positions = new List<long>();
        await foreach (var entry in store.ReadSubject(subject, 1, long.MaxValue, 1000, Cluster.Patience))
            positions.Add(entry.Position);
        return positions;
    }

    private static JournalRequests<CounterState, CounterCommand> Requests(
        Cluster cluster, IJournalStore store, JournalLoop<CounterState, CounterCommand> loop) =>
        new(cluster.Core, store, loop, new MemoryBus(new MemoryBroker(), cluster.Core.Service));

    private static string Text(JsonElement state) => JsonSerializer.Serialize(state);

    private sealed class NothingBelowSix : IInvariants<CounterState>
    {
        private readonly Finding finding = new("G1", "no addition is below six");

        public void Before(CounterState state, Recorded recorded)
        {
        }

        public void After(CounterState state, Recorded recorded)
        {
            if (recorded.Fact is Added added)
                finding.Look(added.By >= 6, () => $"adds {added.By} at :{recorded.Position}");
        }

        public IEnumerable<Check> Checks() => [finding.ToCheck()];
    }
}
