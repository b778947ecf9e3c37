using System.Collections.Concurrent;
using Bourse.Contracts;
using MassTransit;
using MassTransit.RabbitMqTransport;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;

namespace Bourse.Bus;

/// <summary>The bus of the central services, over MassTransit.</summary>
public sealed partial class MassTransitBus : IBus
{
    // MassTransit's address of the broker's nameless exchange: routes to the queue named by the key and declares nothing.
    private static readonly Uri Nameless = new("exchange:amq.rabbitmq.reply-to");

    private readonly IBusControl bus;
    private readonly Task started;
    private readonly Questions questions = new();
    private readonly ILogger log;
    private readonly string user;
    private readonly ConcurrentDictionary<string, Task<ISendEndpoint>> endpoints = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource closing = new();
    private readonly Lazy<Task<string>> answers;
    private bool lost;

    private MassTransitBus(Uri broker, string name, ILoggerFactory logs)
    {
        log = logs.CreateLogger<MassTransitBus>();
        var credentials = new ConnectionFactory { Uri = broker };
        user = credentials.UserName;
        LogContext.ConfigureCurrentLogContext(logs);
        bus = MassTransit.Bus.Factory.CreateUsingRabbitMq(configure =>
        {
            configure.Host(credentials.HostName, (ushort)credentials.Endpoint.Port, credentials.VirtualHost, name, host =>
            {
                host.Username(credentials.UserName);
                host.Password(credentials.Password);
                host.PublisherConfirmation = true;
                host.Heartbeat(TimeSpan.FromSeconds(10));
            });
            configure.ClearSerialization();
            configure.AddSerializer(new FrameSerializer());
            configure.AddDeserializer(new FrameSerializer(), isDefault: true);
            configure.OverrideDefaultBusEndpointQueueName($"bourse.bus.{user}.{Wire.NewId()}");
        });
        bus.ConnectReceiveEndpointObserver(new Endpoints(this));
        answers = new(ListenForAnswers);
        started = bus.StartAsync(closing.Token);
    }

    /// <inheritdoc/>
    public event Action? Reconnected;

    /// <summary>Starts a bus; it connects in the background and comes back by itself.</summary>
    /// <param name="broker"><c>amqp://user:password@host:port/vhost</c>.</param>
    /// <param name="name">Names the connection, for people who look at the broker.</param>
    /// <param name="logs">Reconnects and failing messages.</param>
    public static MassTransitBus Start(Uri broker, string name, ILoggerFactory logs) => new(broker, name, logs);

    /// <inheritdoc/>
    public Task Publish(Destination to, object message, Origin origin, CancellationToken cancellationToken) =>
        Publish(Post.Of(to, message, origin), Topology.MustBeRouted(to), cancellationToken);

    /// <inheritdoc/>
    public async Task<TAnswer> Ask<TAnswer>(
        Destination to, object question, Origin origin, TimeSpan patience, CancellationToken cancellationToken) where TAnswer : class
    {
        var id = Wire.NewId();
        return await questions.Ask<TAnswer>(id, async token =>
        {
            var answerTo = await answers.Value.WaitAsync(token);
            await Publish(new Post(to, id, Wire.Write(id, question, origin, answerTo)), Topology.MustBeRouted(to), token);
        }, patience, cancellationToken);
    }

    /// <inheritdoc/>
    public Task Listen(Queue queue, Func<Delivery, CancellationToken, Task<object?>> handle, CancellationToken cancellationToken)
    {
        var reception = new Reception(queue.Name, handle, Answer, (body, token) => Park(queue, body, token), log);
        return Listen(queue.Name, endpoint =>
        {
            if (queue.Quorum)
                endpoint.SetQuorumQueue();
            endpoint.Durable = true;
            foreach (var binding in queue.Bindings)
            {
                endpoint.Bind(binding.Exchange, bind =>
                {
                    bind.ExchangeType = ExchangeType.Topic;
                    bind.RoutingKey = binding.RoutingKey;
                });
            }
        }, queue.InParallel, reception.Receive, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (closing.IsCancellationRequested)
            return;
        await closing.CancelAsync();
        await started.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await bus.StopAsync(TimeSpan.FromSeconds(10));
    }

    private Task Answer(string queue, byte[] body, bool wait, CancellationToken cancellationToken) =>
        Publish(new Post(Destination.Queue(queue), Wire.NewId(), body), mandatory: true, cancellationToken, untilRouted: wait);

    private async Task Park(Queue queue, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var endpoint = await Endpoint($"queue:{Topology.Parked(queue.Name)}").WaitAsync(cancellationToken);
        await endpoint.Send(new Frame(body.ToArray()), cancellationToken);
    }

    private async Task Publish(Post post, bool mandatory, CancellationToken cancellationToken, bool untilRouted = true)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, closing.Token);
        for (var delay = 50; ; delay = Math.Min(delay * 2, 2000))
        {
            try
            {
                await started.WaitAsync(either.Token);
                var address = post.To.Exchange.Length == 0 ? Nameless.OriginalString : $"exchange:{post.To.Exchange}?type=topic";
                var endpoint = await Endpoint(address).WaitAsync(either.Token);
                await endpoint.Send(new Frame(post.Body), Pipe.Execute<SendContext<Frame>>(context =>
                {
                    var rabbit = context.GetPayload<RabbitMqSendContext>();
                    rabbit.RoutingKey = post.To.RoutingKey;
                    rabbit.Mandatory = mandatory;
                    rabbit.BasicProperties.UserId = user;
                    rabbit.BasicProperties.MessageId = post.Id;
                    context.MessageId = null;
                    context.Durable = !Topology.ComesAgain(post.To);
                }), either.Token);
                return;
            }
            catch (MessageReturnedException e) when (!untilRouted)
            {
                throw new UnroutableException(e.Message);
            }
            catch (Exception e) when (!either.IsCancellationRequested && e is MessageReturnedException or MessageNotAcknowledgedException
                or RabbitMqConnectionException or RabbitMQ.Client.Exceptions.AlreadyClosedException)
            {
                LogAgain(log, post.To.Exchange, post.To.RoutingKey, e.Message);
            }
            await Task.Delay(delay, either.Token);
        }
    }

    private Task<ISendEndpoint> Endpoint(string address) => endpoints.GetOrAdd(address, at => bus.GetSendEndpoint(new Uri(at)));

    private async Task<string> ListenForAnswers()
    {
        var queue = $"bourse.answers.{Wire.NewId()}";
        await Listen(queue, endpoint =>
        {
            endpoint.Durable = false;
            endpoint.AutoDelete = true;
            endpoint.Exclusive = true;
        }, inParallel: 1, (body, _, _) =>
        {
            questions.Take(body.Span);
            return Task.CompletedTask;
        }, closing.Token);
        return queue;
    }

    private async Task Listen(
        string queue,
        Action<IRabbitMqReceiveEndpointConfigurator> shape,
        int inParallel,
        Func<ReadOnlyMemory<byte>, string?, CancellationToken, Task> receive,
        CancellationToken cancellationToken)
    {
        await started.WaitAsync(cancellationToken);
        // A message in hand when the connection ended is delivered again; it must wait for its first handling to end.
        var slots = new SemaphoreSlim(inParallel, inParallel);
        var handle = bus.ConnectReceiveEndpoint(queue, any =>
        {
            var endpoint = (IRabbitMqReceiveEndpointConfigurator)any;
            endpoint.ConfigureConsumeTopology = false;
            endpoint.PrefetchCount = (ushort)Math.Max(100, inParallel);
            endpoint.ConcurrentMessageLimit = inParallel;
            endpoint.PublishFaults = false;
            // Only when the endpoint stops does a message fail here: it goes back to its place and comes again.
            endpoint.RethrowFaultedMessages();
            shape(endpoint);
            endpoint.Handler<Frame>(async context =>
            {
                var sender = context.ReceiveContext.TryGetPayload<RabbitMqBasicConsumeContext>(out var rabbit) ? rabbit.Properties.UserId : null;
                using var either = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, closing.Token);
                await slots.WaitAsync(either.Token);
                try
                {
                    await receive(context.Message.Body, sender, either.Token);
                }
                finally
                {
                    slots.Release();
                }
            });
        });
        await handle.Ready.WaitAsync(cancellationToken);
    }

    private sealed class Endpoints(MassTransitBus owner) : IReceiveEndpointObserver
    {
        public Task Ready(ReceiveEndpointReady ready)
        {
            if (Interlocked.Exchange(ref owner.lost, false))
                owner.Reconnected?.Invoke();
            return Task.CompletedTask;
        }

        public Task Stopping(ReceiveEndpointStopping stopping) => Task.CompletedTask;

        public Task Completed(ReceiveEndpointCompleted completed) => Task.CompletedTask;

        public Task Faulted(ReceiveEndpointFaulted faulted)
        {
            Volatile.Write(ref owner.lost, true);
            return Task.CompletedTask;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Publishing to '{Exchange}' with key '{Key}' will be tried again: {Reason}")]
    private static partial void LogAgain(ILogger log, string exchange, string key, string reason);
}

/// <summary>The body of a message as MassTransit carries it, unread.</summary>
/// <param name="Body">The bytes of an <see cref="Envelope"/>.</param>
internal sealed record Frame(ReadOnlyMemory<byte> Body);
