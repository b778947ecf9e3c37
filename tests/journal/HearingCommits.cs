using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Contracts.Messages;
using Bourse.Journal.Tests.Counting;
using CsCheck;

namespace Bourse.Journal.Tests;

using CounterLoop = JournalLoop<CounterState, CounterCommand>;

/// <summary>Two services in memory: what one commits, the other records exactly once.</summary>
public sealed class HearingCommits
{
    private const string Source = "counter";
    private const string Heir = "mirror";

    [Fact]
    public async Task Records_each_commit_once_whatever_is_repeated()
    {
        var world = new World();
        var (source, _) = await world.StartSource();
        var mirror = await world.StartMirror();
        await world.Settled();
        for (var i = 0; i < 10; i++)
            await source.Send(new Add("a", 1), Cluster.Alice with { Principal = $"p{i % 2}" }, Cluster.Patience);
        await Mirroring.CaughtUp(mirror, source, Cluster.Patience);

        // The broker delivers everything again.
        await world.SourceBus.Publish(Destination.Service(Source), new Resend(1, Topology.CommitsTo(Heir)), Cluster.Alice, Cluster.Patience);
        await world.Broker.Idle().WaitAsync(Cluster.Patience);
        (await Mirroring.Counters(mirror, Cluster.Patience)).ShouldBe("a=10");

        var recorded = (await Cluster.All(world.MirrorStore)).Where(entry => entry.Fact(CounterCore.Names) is Added).ToList();
        recorded.Select(entry => entry.Origin.Principal).ShouldBe(Enumerable.Range(0, 10).Select(i => $"p{i % 2}"), "the principal goes with what follows");
        recorded.ShouldAllBe(entry => entry.Heard!.Value.Sender == Source && entry.Origin.Causation == $"{Source}:{entry.Heard.Value.Position}");
        await world.Stop();
    }

    [Fact]
    public async Task Asks_for_what_is_missing_and_holds_what_came_early()
    {
        var world = new World();
        var (source, commits) = await world.StartSource(relayed: false);
        var mirror = await world.StartMirror();
        await world.Settled();
        for (var i = 0; i < 9; i++)
            await source.Send(new Add("a", 1, $"{i}"), Cluster.Alice, Cluster.Patience);

        // Only the last commit arrives.
        await commits(9, 11);
        await Mirroring.CaughtUp(mirror, source, Cluster.Patience);
        (await Cluster.All(world.MirrorStore)).Select(entry => entry.Fact(CounterCore.Names)).OfType<Added>().Select(added => added.Note)
            .ShouldBe(Enumerable.Range(0, 9).Select(i => $"{i}"));
        await world.Stop();
    }

    [Fact]
    public async Task Gives_a_newcomer_a_picture_first()
    {
        var world = new World();
        var (source, _) = await world.StartSource();
        for (var i = 0; i < 50; i++)
            await source.Send(new Add($"c{i % 2}", 1), Cluster.Alice, Cluster.Patience);
        await world.Broker.Idle().WaitAsync(Cluster.Patience);

        var mirror = await world.StartMirror();
        await Mirroring.CaughtUp(mirror, source, Cluster.Patience);
        var heard = (await Cluster.All(world.MirrorStore)).Select(entry => entry.Fact(CounterCore.Names)).OfType<Added>().ToList();
        heard.ShouldBe([new Added("c0", 25, "picture"), new Added("c1", 25, "picture")]);

        await source.Send(new Add("c0", 1, "after"), Cluster.Alice, Cluster.Patience);
        await Mirroring.CaughtUp(mirror, source, Cluster.Patience);
        await world.Stop();
    }

    [Fact]
    public async Task Knows_after_a_restart_how_far_it_had_heard()
    {
        var world = new World();
        var (source, _) = await world.StartSource();
        var mirror = await world.StartMirror();
        for (var i = 0; i < 20; i++)
            await source.Send(new Add("a", 1), Cluster.Alice, Cluster.Patience);
        await Mirroring.CaughtUp(mirror, source, Cluster.Patience);
        await world.StopMirror();
        for (var i = 0; i < 5; i++)
            await source.Send(new Add("b", 1), Cluster.Alice, Cluster.Patience);

        mirror = await world.StartMirror();
        await Mirroring.CaughtUp(mirror, source, Cluster.Patience);
        (await Mirroring.Counters(mirror, Cluster.Patience)).ShouldBe("a=20,b=5");
        await world.Stop();
    }

    /// <summary>Any mix of commands, failing commits, restarts and lost or repeated messages: both states equal the fold of their journals, and each other.</summary>
    [Fact]
    public void Ends_equal_to_the_fold_after_any_history() => Gen.Select(Gen.Int[0, 9].Array[1, 40], Gen.Int).Sample(
        (steps, seed) => History(steps, seed).GetAwaiter().GetResult(), iter: 40, threads: 2);

    private static async Task<bool> History(int[] steps, int seed)
    {
        var random = new Random(seed);
        var world = new World();
        var (source, _) = await world.StartSource(options: new JournalOptions { SegmentEvents = 8, SnapshotEvents = 5 });
        var mirror = await world.StartMirror(new JournalOptions { SegmentEvents = 7, SnapshotEvents = 3 });
        foreach (var step in steps)
        {
            switch (step)
            {
                case 0:
                    world.SourceStore.Appending = Once(world.SourceStore, random.Next(2) == 0);
                    break;
                case 1:
                    world.MirrorStore.Appending = Once(world.MirrorStore, random.Next(2) == 0);
                    break;
                case 2:
                    await world.StopMirror();
                    mirror = await world.StartMirror(new JournalOptions { SegmentEvents = 7, SnapshotEvents = 3 });
                    break;
                case 3:
                    await world.SourceBus.Publish(Destination.Service(Source), new Resend(random.Next(1, 10), Topology.CommitsTo(Heir)), Cluster.Alice, Cluster.Patience);
                    break;
                default:
                    await Try(source, step == 4 ? new Clear($"c{random.Next(3)}") : new Add($"c{random.Next(3)}", random.Next(-2, 9), Times: random.Next(1, 4)));
                    break;
            }
        }
        world.SourceStore.Appending = world.MirrorStore.Appending = null;
        await Mirroring.CaughtUp(mirror, source, Cluster.Patience);
        var good = await Holds(source, world.SourceStore, Source) && await Holds(mirror, world.MirrorStore, Heir);
        await world.Stop();
        return good;
    }

    private static async Task<bool> Holds(CounterLoop loop, IJournalStore store, string service)
    {
        var verified = await new Verification<CounterState, CounterCommand>(new CounterCore(service), store, loop).Verify(Cluster.Patience);
        return verified.Checks.All(check => check.Violations.Count == 0);
    }

    private static Action<bool> Once(MemoryJournal store, bool after) => done =>
    {
        if (done != after)
            return;
        store.Appending = null;
        throw new IOException("the database is away");
    };

    private static async Task Try(CounterLoop loop, CounterCommand command)
    {
        try
        {
            await loop.Send(command, Cluster.Alice, Cluster.Patience);
        }
        catch (JournalUnavailableException)
        {
            // Told so; whether it happened is for the journal to say.
        }
    }

    private sealed class World
    {
        private readonly List<Func<Task>> stops = [];
        private readonly List<Func<Task>> mirrorStops = [];
        private CommitFollower<CounterState, CounterCommand> follower = null!;

        public MemoryBroker Broker { get; } = new();

        public MemoryJournal SourceStore { get; } = new(Source, CounterCore.Names);

        public MemoryJournal MirrorStore { get; } = new(Heir, CounterCore.Names);

        public IBus SourceBus { get; private set; } = null!;

        public async Task<(CounterLoop Loop, Func<long, long, Task> Commits)> StartSource(bool relayed = true, JournalOptions? options = null)
        {
            var bus = new MemoryBus(Broker, Source);
            SourceBus = bus;
            var relay = relayed ? new Relay(SourceStore, bus) : null;
            var core = new CounterCore(Source);
            var loop = new CounterLoop(core, SourceStore, relay: relay, options: options);
            var requests = new JournalRequests<CounterState, CounterCommand>(core, SourceStore, loop, bus);
            await loop.StartAsync(CancellationToken.None);
            await loop.WhenLeading(Cluster.Patience);
            await requests.StartAsync(CancellationToken.None);
            stops.Add(async () =>
            {
                await loop.StopAsync(CancellationToken.None);
                await bus.DisposeAsync();
            });
            return (loop, async (from, to) =>
            {
                var entries = await Cluster.All(SourceStore, from, to);
                await bus.Publish(Destination.Commits(Source), new Commit(Source, 1, from, [.. entries.Select(entry => entry.Committed())]), Cluster.Alice, Cluster.Patience);
            }
            );
        }

        public async Task<CounterLoop> StartMirror(JournalOptions? options = null)
        {
            var bus = new MemoryBus(Broker, Heir);
            var loop = new CounterLoop(new CounterCore(Heir), MirrorStore, options: options);
            follower = Mirroring.Follow(loop, Heir, Source, bus);
            await loop.StartAsync(CancellationToken.None);
            await loop.WhenLeading(Cluster.Patience);
            await follower.StartAsync(CancellationToken.None);
            await follower.Listening.WaitAsync(Cluster.Patience);
            var following = follower;
            mirrorStops.Add(async () =>
            {
                await following.StopAsync(CancellationToken.None);
                await bus.DisposeAsync();
                await loop.StopAsync(CancellationToken.None);
            });
            return loop;
        }

        /// <summary>The newcomer has its picture: from now on it hears commits.</summary>
        public async Task Settled()
        {
            while (follower.Applied(Source) == 0)
                await Task.Delay(10, Cluster.Patience);
        }

        public async Task StopMirror()
        {
            foreach (var stop in mirrorStops)
                await stop();
            mirrorStops.Clear();
        }

        public async Task Stop()
        {
            await StopMirror();
            foreach (var stop in stops)
                await stop();
        }
    }
}
