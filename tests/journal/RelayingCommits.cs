using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Contracts.Messages;
using Bourse.Journal.Tests.Counting;
using Microsoft.Extensions.Logging.Abstractions;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Bourse.Journal.Tests;

public sealed class RelayingCommits
{
    [Fact]
    public async Task Publishes_every_event_to_anybody_and_every_commit_to_our_own()
    {
        await using var cluster = await Cluster.New();
        await using var outsider = await Outsider.Listen(cluster.Core.Service);
        var store = cluster.Store();
        await using var publisher = Bourse.Bus.Hosting.Publisher(TestServers.RabbitMq, "relay", NullLoggerFactory.Instance);
        await using var relay = new Relay(store, publisher, [new Shouting()]);
        var loop = await cluster.Start(store, relay: relay);
        await loop.Send(new Add("a.b", 1, "first note", Times: 3), Cluster.Alice, Cluster.Patience);

        var events = Enumerable.Range(0, 5).Select(_ => outsider.Event()).ToList();
        events.Select(e => e.Position).ShouldBe([1, 2, 3, 4, 5]);
        var one = events[2];
        one.Key.ShouldBe("counter.added.v2.a_b.first note");
        one.Headers["cloudEvents:type"].ShouldBe("counter.added.v2");
        one.Headers["cloudEvents:subject"].ShouldBe("counter-a.b");
        one.Headers["cloudEvents:source"].ShouldBe($"/bourse/{cluster.Core.Service}");
        one.Headers["cloudEvents:id"].ShouldBe($"{cluster.Core.Service}:3");
        one.Body.GetProperty("service").GetString().ShouldBe(cluster.Core.Service);
        one.Body.GetProperty("data").GetProperty("by").GetInt64().ShouldBe(1);
        one.Body.GetProperty("origin").GetProperty("principal").GetString().ShouldBe("alice");

        var commits = Enumerable.Range(0, 2).Select(_ => outsider.Commit()).ToList();
        commits[0].First.ShouldBe(1);
        commits[1].First.ShouldBe(3);
        commits[1].Events.Select(e => e.Position).ShouldBe([3, 4, 5]);
        outsider.Shouted().ShouldBe(new ReadJournal(3, 1));
        // A message may be heard before the broker confirms it, and the relay signals no progress.
        while (relay.Published < loop.Head)
            await Task.Delay(20, Cluster.Patience);
        await loop.StopAsync(Cluster.Patience);
        (await store.Head(Cluster.Patience)).Published.ShouldBe(5);
    }

    [Fact]
    public async Task Goes_on_from_its_checkpoint_with_repeats_but_no_gap()
    {
        await using var cluster = await Cluster.New();
        await using var outsider = await Outsider.Listen(cluster.Core.Service);
        var store = cluster.Store();
        // Decided while no relay ran at all.
        var loop = await cluster.Start(store);
        for (var i = 0; i < 30; i++)
            await loop.Send(new Add("a", 1), Cluster.Alice, Cluster.Patience);
        await loop.StopAsync(Cluster.Patience);
        await store.Published(10, Cluster.Patience);

        await using var publisher = Bourse.Bus.Hosting.Publisher(TestServers.RabbitMq, "relay", NullLoggerFactory.Instance);
        await using var relay = new Relay(store, publisher);
        var again = await cluster.Start(store, relay: relay);
        await again.Send(new Add("a", 1), Cluster.Alice, Cluster.Patience);
        var positions = new List<long>();
        while (positions.LastOrDefault() < again.Head)
            positions.Add(outsider.Event().Position);
        positions.ShouldBe(Enumerable.Range(11, (int)again.Head - 10).Select(i => (long)i));
        await again.StopAsync(Cluster.Patience);
    }

    [Fact]
    public async Task Loses_nothing_when_the_broker_forgets_confirms()
    {
        var service = "counter";
        var store = new MemoryJournal(service, CounterCore.Names);
        var publisher = new Forgetful(seed: 7);
        await using var relay = new Relay(store, publisher);
        var loop = new JournalLoop<CounterState, CounterCommand>(new CounterCore(service), store, relay: relay);
        await loop.StartAsync(CancellationToken.None);
        await loop.WhenLeading(Cluster.Patience);
        for (var i = 0; i < 200; i++)
            await loop.Send(new Add("a", 1), Cluster.Alice, Cluster.Patience);
        while (relay.Published < loop.Head)
            await Task.Delay(20, Cluster.Patience);
        await loop.StopAsync(Cluster.Patience);

        // Whatever came first of each position came in order; repeats follow a lost confirm.
        var firsts = new List<long>();
        foreach (var position in publisher.Events)
        {
            if (position > firsts.LastOrDefault())
                firsts.Add(position);
        }
        firsts.ShouldBe(Enumerable.Range(1, (int)loop.Head).Select(i => (long)i));
        publisher.Events.Count.ShouldBeGreaterThan(firsts.Count);
    }

    private sealed class Shouting : IRelayRoutes
    {
        public IEnumerable<(Destination To, object Message, Origin Origin)> For(IReadOnlyList<Recorded> commit) => commit
            .Where(recorded => recorded is { Fact: Added, Position: 3 })
            .Select(recorded => (new Destination(Topology.Agents, "shout"), (object)new ReadJournal(recorded.Position, 1), recorded.Origin));
    }

    /// <summary>Takes every message and now and then loses the confirm, and with it all later ones on the way.</summary>
    private sealed class Forgetful(int seed) : IPublisher
    {
        private readonly Random random = new(seed);

        public List<long> Events { get; } = [];

        public ValueTask<Task> Post(Post post, CancellationToken cancellationToken)
        {
            var lost = random.Next(40) == 0;
            if (lost && random.Next(2) == 0)
                return ValueTask.FromResult(Task.FromException(new BrokerLostException("not even taken")));
            if (post.To.Exchange == Topology.Events)
                Events.Add(long.Parse(post.Id.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture));
            return ValueTask.FromResult(lost ? Task.FromException(new BrokerLostException("confirm lost")) : Task.CompletedTask);
        }

        public ValueTask DisposeAsync() => default;
    }

    /// <summary>A subscriber with nothing but an AMQP client.</summary>
    private sealed class Outsider : IAsyncDisposable
    {
        private readonly BlockingCollection<(string Exchange, string Key, Dictionary<string, object?> Headers, byte[] Body)> got = [];
        private readonly IConnection connection;
        private readonly string service;
        private readonly Queue<Commit> commits = new();
        private readonly Queue<object> shouts = new();

        private Outsider(IConnection connection, string service) => (this.connection, this.service) = (connection, service);

        public static async Task<Outsider> Listen(string service)
        {
            var connection = await new ConnectionFactory { Uri = TestServers.RabbitMq }.CreateConnectionAsync(Cluster.Patience);
            var outsider = new Outsider(connection, service);
            var channel = await connection.CreateChannelAsync(cancellationToken: Cluster.Patience);
            var queue = await channel.QueueDeclareAsync(cancellationToken: Cluster.Patience);
            await channel.QueueBindAsync(queue.QueueName, Topology.Events, "#", cancellationToken: Cluster.Patience);
            await channel.QueueBindAsync(queue.QueueName, Topology.Commits, service, cancellationToken: Cluster.Patience);
            await channel.QueueBindAsync(queue.QueueName, Topology.Agents, "shout", cancellationToken: Cluster.Patience);
            var consumer = new AsyncEventingBasicConsumer(channel);
            consumer.ReceivedAsync += (_, e) =>
            {
                outsider.got.Add((e.Exchange, e.RoutingKey, e.BasicProperties.Headers is { } headers
                    ? headers.ToDictionary(pair => pair.Key, pair => pair.Value is byte[] text ? Encoding.UTF8.GetString(text) : pair.Value)
                    : [], e.Body.ToArray()));
                return Task.CompletedTask;
            };
            await channel.BasicConsumeAsync(queue.QueueName, autoAck: true, consumer, Cluster.Patience);
            return outsider;
        }

        public (long Position, string Key, Dictionary<string, object?> Headers, JsonElement Body) Event()
        {
            while (true)
            {
                var (exchange, key, headers, body) = Next();
                if (exchange == Topology.Events)
                {
                    var json = JsonSerializer.Deserialize<JsonElement>(body);
                    if (json.GetProperty("service").GetString() == service)
                        return (json.GetProperty("position").GetInt64(), key, headers, json);
                }
            }
        }

        public Commit Commit()
        {
            while (commits.Count == 0)
                Next();
            return commits.Dequeue();
        }

        public object Shouted()
        {
            while (shouts.Count == 0)
                Next();
            return shouts.Dequeue();
        }

        public ValueTask DisposeAsync() => connection.DisposeAsync();

        private (string Exchange, string Key, Dictionary<string, object?> Headers, byte[] Body) Next()
        {
            var next = got.TryTake(out var one, TimeSpan.FromSeconds(30)) ? one : throw new TimeoutException("nothing arrived");
            if (next.Item1 == Topology.Commits)
                commits.Enqueue((Commit)Wire.Open(Wire.Read(next.Item4)));
            if (next.Item1 == Topology.Agents)
                shouts.Enqueue(Wire.Open(Wire.Read(next.Item4)));
            return next;
        }
    }
}
