using Bourse.Journal.Tests.Counting;

namespace Bourse.Journal.Tests;

public sealed class AppendingCommits
{
    [Fact]
    public async Task Gives_dense_positions_with_metadata_and_answers_after_the_commit()
    {
        await using var cluster = await Cluster.New();
        var store = cluster.Store();
        var loop = await cluster.Start(store);

        (await loop.Send(new Add("a", 2, "x"), Cluster.Alice, Cluster.Patience)).Facts.Count.ShouldBe(1);
        (await loop.Send(new Add("a", -5), Cluster.Alice, Cluster.Patience)).Refusal.ShouldNotBeNull();
        (await loop.Send(new Add("a", 1, Times: 3), Cluster.Alice, Cluster.Patience)).Facts.Count.ShouldBe(3);

        var entries = await Cluster.All(store);
        entries.Select(entry => entry.Position).ShouldBe(Enumerable.Range(1, 6).Select(i => (long)i));
        entries.Select(entry => entry.Name).ShouldBe(
            ["journal.segment-opened", "journal.leadership-taken", "counter.added.v2", "counter.added.v2", "counter.added.v2", "counter.added.v2"]);
        entries[2].Origin.ShouldBe(Cluster.Alice);
        entries[2].Epoch.ShouldBe(1);
        entries[2].Fact(CounterCore.Names).ShouldBe(new Added("a", 2, "x"));
        loop.Head.ShouldBe(6);
        (await store.Head(Cluster.Patience)).Position.ShouldBe(6);
        await loop.StopAsync(Cluster.Patience);
    }

    [Fact]
    public async Task Commits_together_what_waits_together()
    {
        await using var cluster = await Cluster.New();
        var commits = new Commits();
        var loop = await cluster.Start(listeners: commits);
        var all = Enumerable.Range(0, 400).Select(i => loop.Send(new Add("a", 1), Cluster.Alice, Cluster.Patience)).ToArray();
        await Task.WhenAll(all);

        commits.Sizes.Sum().ShouldBe(400);
        commits.Sizes.Count.ShouldBeLessThan(100, "400 callers at once must not cost 400 commits");
        (await loop.Read(state => state.Counters["a"], Cluster.Patience)).ShouldBe(400);
        await loop.StopAsync(Cluster.Patience);
    }

    [Fact]
    public async Task Closes_the_books_without_a_gap_and_reads_across_segments()
    {
        await using var cluster = await Cluster.New();
        var store = cluster.Store();
        var options = new JournalOptions { SegmentEvents = 20, SnapshotEvents = 15 };
        var loop = await cluster.Start(store, options);
        for (var i = 0; i < 100; i++)
            await loop.Send(new Add($"c{i % 3}", 1, $"n{i}"), Cluster.Alice, Cluster.Patience);

        var entries = await Cluster.All(store);
        entries.Select(entry => entry.Position).ShouldBe(Enumerable.Range(1, entries.Count).Select(i => (long)i));
        entries.Count(entry => entry.Name == "journal.segment-closed").ShouldBeGreaterThan(3);
        (await Cluster.All(store, 19, 45)).Select(entry => entry.Position).ShouldBe(Enumerable.Range(19, 27).Select(i => (long)i));
        var head = await store.Head(Cluster.Patience);
        head.Segment.ShouldBeGreaterThan(4);

        var state = await Cluster.State(loop, cluster.Core);
        var verified = await new Verification<CounterState, CounterCommand>(cluster.Core, store, loop).Verify(Cluster.Patience);
        verified.Checks.ShouldAllBe(check => check.Violations.Count == 0);
        verified.Events.ShouldBe(head.Position);
        await loop.StopAsync(Cluster.Patience);

        var again = await cluster.Start(store, options);
        var after = CounterCore.Text(await Cluster.State(again, cluster.Core));
        after.ShouldBe(CounterCore.Text(state).Replace("\"Leaders\":1", "\"Leaders\":2").Replace("\"Events\":101", "\"Events\":102"));
        await again.StopAsync(Cluster.Patience);
    }

    [Fact]
    public async Task Refuses_text_the_database_cannot_store_and_goes_on()
    {
        await using var cluster = await Cluster.New();
        var loop = await cluster.Start();
        var bad = loop.Send(new Add("a", 1, "nul\0"), Cluster.Alice, Cluster.Patience);
        var good = loop.Send(new Add("a", 1, "no nul: \\u0000"), Cluster.Alice, Cluster.Patience);
        (await bad).Refusal.ShouldNotBeNull();
        (await good).Facts.Count.ShouldBe(1);
        await loop.StopAsync(Cluster.Patience);
    }

    [Fact]
    public async Task Starts_again_from_the_log_when_a_core_throws()
    {
        await using var cluster = await Cluster.New();
        var store = cluster.Store();
        var loop = await cluster.Start(store);
        await loop.Send(new Add("a", 1), Cluster.Alice, Cluster.Patience);
        await Should.ThrowAsync<InvalidOperationException>(() => loop.Send(new Explode(), Cluster.Alice, Cluster.Patience));
        // The answer comes before the leader has stepped down: it leads again in its second epoch.
        while ((await store.Head(Cluster.Patience)).Epoch < 2)
            await Task.Delay(20, Cluster.Patience);
        await loop.WhenLeading(Cluster.Patience);

        (await loop.Send(new Add("a", 1), Cluster.Alice, Cluster.Patience)).Facts.Count.ShouldBe(1);
        (await loop.Read(state => state.Counters["a"], Cluster.Patience)).ShouldBe(2);
        (await store.Head(Cluster.Patience)).Epoch.ShouldBe(2);
        await loop.StopAsync(Cluster.Patience);
    }

    private sealed class Commits : ICommitListener<CounterState>
    {
        public List<int> Sizes { get; } = [];

        public void Leading(CounterState state, long epoch) => epoch.ShouldBe(1);

        public void Committed(CounterState state, IReadOnlyList<Recorded> events) => Sizes.Add(events.Count);
    }
}
