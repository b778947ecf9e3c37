using System.Collections.Concurrent;
using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Journal.Tests.Bus;
using Bourse.Journal.Tests.Counting;
using Bourse.Servers;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bourse.Journal.Tests.Crashing;

using CounterLoop = JournalLoop<CounterState, CounterCommand>;

/// <summary>The broker and the database are killed with -9 under load and started again: nothing answered is lost, nothing applied twice.</summary>
public sealed class KillingServers
{
    [Fact]
    public async Task The_broker_dies_in_the_middle_of_a_load() => await UnderLoad(async servers =>
    {
        await servers.RabbitMq.Kill(Cluster.Patience);
        await servers.RabbitMq.Start(Cluster.Patience);
    });

    [Fact]
    public async Task The_database_dies_in_the_middle_of_a_load() => await UnderLoad(async servers =>
    {
        await servers.Postgres.Kill(Cluster.Patience);
        await servers.Postgres.Start(Cluster.Patience);
    });

    private static async Task UnderLoad(Func<PrivateServers, Task> killAndRestart)
    {
        await using var servers = await TestServers.StartOwn(durable: true);
        await Exchanges.Declare(servers.RabbitMq.Uri);
        await using var cluster = await Cluster.New(servers.Postgres.ConnectionString);
        var heir = $"{cluster.Core.Service}_mirror";

        await using var bus = MassTransitBus.Start(servers.RabbitMq.Uri, "source", NullLoggerFactory.Instance);
        await using var heirBus = MassTransitBus.Start(servers.RabbitMq.Uri, "mirror", NullLoggerFactory.Instance);
        await using var publisher = Bourse.Bus.Hosting.Publisher(servers.RabbitMq.Uri, "relay", NullLoggerFactory.Instance);
        var store = cluster.Store();
        await using var relay = new Relay(store, publisher);
        var source = await cluster.Start(store, relay: relay);
        using var requests = new JournalRequests<CounterState, CounterCommand>(cluster.Core, store, source, bus);
        await requests.StartAsync(CancellationToken.None);
        using var mirror = new CounterLoop(new CounterCore(heir), cluster.Store(heir));
        await mirror.StartAsync(CancellationToken.None);
        await mirror.WhenLeading(Cluster.Patience);
        using var follower = Mirroring.Follow(mirror, heir, cluster.Core.Service, heirBus);
        await follower.StartAsync(CancellationToken.None);
        await follower.Listening.WaitAsync(Cluster.Patience);

        using var loading = new CancellationTokenSource();
        var answered = new ConcurrentBag<string>();
        var callers = Enumerable.Range(0, 4).Select(caller => Call(source, caller, answered, loading.Token)).ToArray();
        await Answers(answered, 50);
        // RabbitMQ 3.10 writes down which quorum queues it has only after half a second without a new one: a queue that is younger
        // does not survive a kill -9, and nothing tells when it is older.
        await Task.Delay(TimeSpan.FromSeconds(2), Cluster.Patience);
        await killAndRestart(servers);
        await Answers(answered, answered.Count + 50);
        await loading.CancelAsync();
        await Task.WhenAll(callers);

        await Again(() => Mirroring.CaughtUp(mirror, source, Cluster.Patience));
        var notes = (await Cluster.All(store)).Select(entry => entry.Fact(CounterCore.Names)).OfType<Added>().Select(added => added.Note).ToList();
        answered.Except(notes).ShouldBeEmpty("nothing answered is lost");
        notes.Count.ShouldBe(notes.Distinct().Count(), "nothing is decided twice");
        (await Mirroring.Counters(mirror, Cluster.Patience)).ShouldBe($"a={notes.Count}", "nothing is applied twice");
        var verified = await new Verification<CounterState, CounterCommand>(cluster.Core, store, source).Verify(Cluster.Patience);
        verified.Checks.ShouldAllBe(check => check.Violations.Count == 0);

        await follower.StopAsync(CancellationToken.None);
        await requests.StopAsync(CancellationToken.None);
        await mirror.StopAsync(CancellationToken.None);
        await source.StopAsync(CancellationToken.None);
    }

    private static async Task Call(CounterLoop source, int caller, ConcurrentBag<string> answered, CancellationToken until)
    {
        for (var i = 0; !until.IsCancellationRequested; i++)
        {
            var note = $"{caller}-{i}";
            try
            {
                await source.Send(new Add("a", 1, note), new Origin($"caller-{caller}", note), Cluster.Patience);
                answered.Add(note);
                await Task.Delay(10, CancellationToken.None);
            }
            catch (JournalUnavailableException)
            {
                // Told so at once or after the fact; a caller tries again, with a new note here, so that a repeat would show.
                await Task.Delay(20, Cluster.Patience);
            }
        }
    }

    private static async Task Answers(ConcurrentBag<string> answered, int count)
    {
        var patience = Cluster.Patience;
        while (answered.Count < count)
            await Task.Delay(10, patience);
    }

    private static async Task Again(Func<Task> action)
    {
        while (true)
        {
            try
            {
                await action();
                return;
            }
            catch (JournalUnavailableException)
            {
                await Task.Delay(50, Cluster.Patience);
            }
        }
    }
}
