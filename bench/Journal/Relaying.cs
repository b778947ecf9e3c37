using System.Threading.Channels;
using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Contracts.Messages;
using Bourse.Journal;
using Microsoft.Extensions.Logging.Abstractions;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Bourse.Bench.Journal;

/// <summary>
/// Commits through the relay to a listening service, each acknowledged, against the RabbitMQ client doing the same with the same
/// messages: both publish each commit and each of its events, with confirms, and consume the commits from a quorum queue. Without
/// events the client publishes the commits alone, which shows what the messages for outsiders cost.
/// </summary>
internal sealed class Relaying(Uri broker, Meter meter)
{
    // Commits published and not consumed yet: what a busy service has, and less than the relay keeps in memory.
    private const int Window = 200;

    public async Task<Comparison> Run(int perCommit, int commits, bool events = true)
    {
        var (ours, theirs) = ($"ours{perCommit}{(events ? "e" : "")}", $"plain{perCommit}{(events ? "e" : "")}");
        await Declare();
        await using var bus = MassTransitBus.Start(broker, ours, NullLoggerFactory.Instance);
        await using var publisher = Bourse.Bus.Hosting.Publisher(broker, ours, NullLoggerFactory.Instance);
        await using var relay = new Relay(new MemoryJournal(ours, Sampling.Names), publisher);
        using var passing = new Passing();
        await bus.Listen(new Queue($"bourse.bench.{ours}", [Destination.Commits(ours)]), (delivery, _) =>
        {
            passing.Took(((Commit)delivery.Message).Events.Count);
            return Task.FromResult<object?>(null);
        }, CancellationToken.None);
        await using var plain = await PlainClient.Start(broker, theirs, passing);

        var position = 0L;
        relay.Start(JournalHead.Empty);
        var with = events ? "" : ", commits only";
        return await new Comparison($"relay, {perCommit} per commit / RabbitMQ client{with}", "commits", events ? 0.3 : 0, events ? 0.6 : 0).Run(
            async () =>
            {
                var batches = Batches(position, perCommit, commits);
                position += perCommit * commits;
                passing.Expect(commits);
                return await meter.Measure(commits, async () =>
                {
                    foreach (var batch in batches)
                    {
                        await passing.Room();
                        relay.Committed(batch);
                    }
                    await passing.All;
                });
            },
            async () =>
            {
                var messages = await Messages(theirs, Batches(0, perCommit, commits));
                passing.Expect(commits);
                return await meter.Measure(commits, async () =>
                {
                    foreach (var post in messages)
                    {
                        if (post.To.Exchange == Topology.Commits)
                            await passing.Room();
                        else if (!events)
                            continue;
                        await plain.Publish(post);
                    }
                    await plain.Confirmed();
                    await passing.All;
                });
            });
    }

    private async Task Declare()
    {
        await using var connection = await new ConnectionFactory { Uri = broker }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        foreach (var name in (string[])[Topology.Events, Topology.Commits])
            await channel.ExchangeDeclareAsync(name, ExchangeType.Topic, durable: true);
    }

    private static List<Entry[]> Batches(long after, int perCommit, int commits) =>
        [.. Enumerable.Range(0, commits).Select(i => Sampling.Entries(after + 1 + (i * perCommit), perCommit))];

    /// <summary>The very messages that a relay would publish.</summary>
    private static async Task<List<Post>> Messages(string service, List<Entry[]> batches)
    {
        await using var kept = new Keeping();
        await using var relay = new Relay(new MemoryJournal(service, Sampling.Names), kept);
        relay.Start(JournalHead.Empty);
        foreach (var batch in batches)
        {
            relay.Committed(batch);
            for (var i = 0; i <= batch.Length; i++)
                kept.Posts.Add(await kept.Next());
        }
        return kept.Posts;
    }

    /// <summary>Counts the commits that came through, and lets only so many be under way.</summary>
    private sealed class Passing : IDisposable
    {
        private readonly SemaphoreSlim room = new(Window, Window);
        private TaskCompletionSource all = new();
        private int left;

        public Task All => all.Task;

        public void Expect(int commits) => (left, all) = (commits, new(TaskCreationOptions.RunContinuationsAsynchronously));

        public Task Room() => room.WaitAsync();

        public void Dispose() => room.Dispose();

        public void Took(int events)
        {
            if (events == 0)
                throw new InvalidOperationException("a commit without events");
            room.Release();
            if (Interlocked.Decrement(ref left) == 0)
                all.TrySetResult();
        }
    }

    private sealed class Keeping : IPublisher
    {
        private readonly Channel<Post> posts = Channel.CreateUnbounded<Post>();

        public List<Post> Posts { get; } = [];

        public ValueTask<Task> Post(Post post, CancellationToken cancellationToken)
        {
            posts.Writer.TryWrite(post);
            return new(Task.CompletedTask);
        }

        public ValueTask<Post> Next() => posts.Reader.ReadAsync();

        public ValueTask DisposeAsync() => default;
    }

    /// <summary>The client as its documentation has it: one channel to publish, one to consume and acknowledge.</summary>
    private sealed class PlainClient : IAsyncDisposable
    {
        private const int Unconfirmed = 1000;

        private readonly IConnection connection;
        private readonly IChannel publishing;
        private readonly string user;
        private readonly SemaphoreSlim room = new(Unconfirmed, Unconfirmed);
        private readonly HashSet<ulong> outstanding = [];
        private ulong next = 1;
        private ulong lowest = 1;

        private PlainClient(IConnection connection, IChannel publishing, string user)
        {
            (this.connection, this.publishing, this.user) = (connection, publishing, user);
            publishing.BasicAcksAsync += (_, ack) =>
            {
                for (; ack.Multiple && lowest <= ack.DeliveryTag; lowest++)
                    Settle(lowest);
                Settle(ack.DeliveryTag);
                return Task.CompletedTask;
            };
        }

        public static async Task<PlainClient> Start(Uri broker, string service, Passing passing)
        {
            var factory = new ConnectionFactory { Uri = broker };
            var connection = await factory.CreateConnectionAsync();
            var publishing = await connection.CreateChannelAsync(new CreateChannelOptions(
                publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: false));
            var consuming = await connection.CreateChannelAsync();
            var queue = $"bourse.bench.{service}";
            await consuming.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-queue-type"] = "quorum" });
            await consuming.QueueBindAsync(queue, Topology.Commits, service);
            await consuming.BasicQosAsync(0, 100, false);
            var consumer = new AsyncEventingBasicConsumer(consuming);
            consumer.ReceivedAsync += async (_, delivery) =>
            {
                passing.Took(delivery.Body.Length);
                await consuming.BasicAckAsync(delivery.DeliveryTag, false);
            };
            await consuming.BasicConsumeAsync(queue, autoAck: false, consumer);
            return new(connection, publishing, factory.UserName);
        }

        public async Task Publish(Post post)
        {
            await room.WaitAsync();
            lock (outstanding)
                outstanding.Add(next++);
            await publishing.BasicPublishAsync(post.To.Exchange, post.To.RoutingKey, mandatory: false, new BasicProperties
            {
                ContentType = Wire.ContentType,
                DeliveryMode = DeliveryModes.Persistent,
                MessageId = post.Id,
                UserId = user,
                Headers = post.Headers,
            }, post.Body);
        }

        public async Task Confirmed()
        {
            for (var i = 0; i < Unconfirmed; i++)
                await room.WaitAsync();
            room.Release(Unconfirmed);
        }

        public ValueTask DisposeAsync() => connection.DisposeAsync();

        // In any order: what no queue takes is confirmed at once, what a quorum queue takes once it is on disk.
        private void Settle(ulong tag)
        {
            lock (outstanding)
            {
                if (outstanding.Remove(tag))
                    room.Release();
            }
        }
    }
}
