using System.Collections.Concurrent;
using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Contracts.Messages;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bourse.Journal.Tests.Bus;

/// <summary>What every bus promises; the same cases run over each of them.</summary>
public abstract class CarryingMessages : IAsyncDisposable
{
    protected static readonly Origin Somebody = new("alice", "c-1");
    private readonly string unique = Guid.NewGuid().ToString("N");
    private readonly List<IBus> buses = [];

    protected abstract IBus NewBus();

    protected abstract string? User { get; }

    public async ValueTask DisposeAsync()
    {
        foreach (var bus in buses)
            await bus.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Delivers_in_order_with_origin_and_verified_sender()
    {
        var (sender, receiver) = (Open(), Open());
        var got = new BlockingCollection<Delivery>();
        await receiver.Listen(Queue("order"), Collect(got), Token);
        for (var i = 1; i <= 200; i++)
            await sender.Publish(To("order"), new ReadJournal(i, 10), Somebody, Token);

        for (var i = 1; i <= 200; i++)
        {
            var delivery = Take(got);
            delivery.Message.ShouldBe(new ReadJournal(i, 10));
            delivery.Origin.ShouldBe(Somebody);
            delivery.Sender.ShouldBe(User);
        }
    }

    [Fact]
    public async Task Routes_by_topic()
    {
        var (sender, receiver) = (Open(), Open());
        var got = new BlockingCollection<Delivery>();
        var all = new BlockingCollection<Delivery>();
        await receiver.Listen(Queue("hello", new Destination(Topology.Reports, $"{unique}.*.hello")), Collect(got), Token);
        await receiver.Listen(Queue("any", new Destination(Topology.Reports, $"{unique}.#")), Collect(all), Token);

        await sender.Publish(new(Topology.Reports, $"{unique}.a.task"), new ReadJournal(1, 1), Somebody, Token);
        await sender.Publish(new(Topology.Reports, $"{unique}.a.hello"), new ReadJournal(2, 1), Somebody, Token);

        Take(got).Message.ShouldBe(new ReadJournal(2, 1));
        Take(all).Message.ShouldBe(new ReadJournal(1, 1));
        Take(all).Message.ShouldBe(new ReadJournal(2, 1));
        got.ShouldBeEmpty();
    }

    [Fact]
    public async Task Answers_a_question_and_says_no()
    {
        var (asker, server) = (Open(), Open());
        await server.Listen(Queue("ask"), (delivery, _) => Task.FromResult<object?>(
            delivery.Message is ReadState { Position: { } at } ? new Verified("x", at, []) : new Refused("malformed", "no position")), Token);

        var answer = await asker.Ask<Verified>(To("ask"), new ReadState(7), Somebody, TimeSpan.FromSeconds(30), Token);
        answer.Events.ShouldBe(7);
        var no = await Should.ThrowAsync<RefusedException>(
            () => asker.Ask<Verified>(To("ask"), new ReadState(), Somebody, TimeSpan.FromSeconds(30), Token));
        no.Code.ShouldBe("malformed");
    }

    [Fact]
    public async Task Gives_up_asking_where_nobody_answers()
    {
        var asker = Open();
        await Should.ThrowAsync<TimeoutException>(
            () => asker.Ask<Done>(To("nobody"), new VerifyJournal(), Somebody, TimeSpan.FromMilliseconds(500), Token));
    }

    [Fact]
    public async Task Gives_a_failing_message_again_before_any_later_one()
    {
        var (sender, receiver) = (Open(), Open());
        var got = new BlockingCollection<Delivery>();
        var failures = 3;
        await receiver.Listen(Queue("failing"), (delivery, _) =>
        {
            if (delivery.Message is ReadJournal { From: 1 } && Interlocked.Decrement(ref failures) >= 0)
                throw new InvalidOperationException("not yet");
            got.Add(delivery, CancellationToken.None);
            return Task.FromResult<object?>(null);
        }, Token);
        for (var i = 1; i <= 5; i++)
            await sender.Publish(To("failing"), new ReadJournal(i, 1), Somebody, Token);

        for (var i = 1; i <= 5; i++)
            Take(got).Message.ShouldBe(new ReadJournal(i, 1));
    }

    [Fact]
    public async Task Waits_for_a_receiver_that_has_not_started()
    {
        var (sender, receiver) = (Open(), Open());
        var early = sender.Publish(To("late"), new ReadJournal(1, 1), Somebody, Token);
        var got = new BlockingCollection<Delivery>();
        await receiver.Listen(Queue("late"), Collect(got), Token);
        await early;
        Take(got).Message.ShouldBe(new ReadJournal(1, 1));
    }

    [Fact]
    public async Task Handles_as_many_at_once_as_asked()
    {
        var (sender, receiver) = (Open(), Open());
        using var together = new Barrier(4);
        var done = new BlockingCollection<bool>();
        await receiver.Listen(Queue("parallel") with { InParallel = 4 }, async (_, token) =>
        {
            await Task.Yield();
            done.Add(together.SignalAndWait(TimeSpan.FromSeconds(30), token), token);
            return null;
        }, Token);
        for (var i = 0; i < 4; i++)
            await sender.Publish(To("parallel"), new ReadJournal(i, 1), Somebody, Token);
        for (var i = 0; i < 4; i++)
            Take(done).ShouldBeTrue();
    }

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    protected IBus Open()
    {
        var bus = NewBus();
        buses.Add(bus);
        return bus;
    }

    protected Queue Queue(string name, params Destination[] bindings) => new($"bourse.test.{unique}.{name}", [.. bindings]);

    protected Destination To(string name) => Destination.Queue($"bourse.test.{unique}.{name}");

    private static Func<Delivery, CancellationToken, Task<object?>> Collect(BlockingCollection<Delivery> into) => (delivery, token) =>
    {
        into.Add(delivery, token);
        return Task.FromResult<object?>(null);
    };

    private static T Take<T>(BlockingCollection<T> from) =>
        from.TryTake(out var one, TimeSpan.FromSeconds(30)) ? one : throw new TimeoutException("nothing arrived");
}

public sealed class CarryingMessagesInMemory : CarryingMessages
{
    private readonly MemoryBroker broker = new();

    protected override string? User => "memory";

    protected override IBus NewBus() => new MemoryBus(broker, "memory");
}

public sealed class CarryingMessagesByTheClient : CarryingMessages
{
    protected override string? User => TestServers.RabbitMq.UserInfo.Split(':')[0];

    protected override IBus NewBus() => new RabbitBus(TestServers.RabbitMq);

    [Fact]
    public async Task Begins_messages_of_a_pipelined_queue_in_order_before_earlier_ones_are_done()
    {
        var (sender, receiver) = (Open(), Open());
        var (begun, mayEnd) = (new List<long?>(), new TaskCompletionSource());
        var all = new TaskCompletionSource();
        await receiver.Listen(Queue("line") with { Pipelined = true }, async (delivery, token) =>
        {
            begun.Add(((ReadState)delivery.Message).Position);
            if (begun.Count == 50)
                all.SetResult();
            await mayEnd.Task.WaitAsync(token);
            return null;
        }, Token);
        for (var n = 1; n <= 50; n++)
            await sender.Publish(To("line"), new ReadState(n), Somebody, Token);

        await all.Task.WaitAsync(TimeSpan.FromSeconds(30), Token);
        begun.ShouldBe(Enumerable.Range(1, 50).Select(n => (long?)n));
        mayEnd.SetResult();
    }
}

public sealed class CarryingMessagesByMassTransit : CarryingMessages
{
    protected override string? User => TestServers.RabbitMq.UserInfo.Split(':')[0];

    protected override IBus NewBus() => MassTransitBus.Start(TestServers.RabbitMq, "test", NullLoggerFactory.Instance);
}
