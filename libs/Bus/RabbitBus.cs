using Bourse.Contracts;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace Bourse.Bus;

/// <summary>
/// The bus on the plain RabbitMQ client, for agents: it declares its own queue and nothing else, and needs no permission beyond
/// reading that queue, binding it and writing to the exchange of reports.
/// </summary>
public sealed partial class RabbitBus : IBus
{
    private const ushort Prefetch = 100;

    private readonly RabbitLink link;
    private readonly RabbitPublisher publisher;
    private readonly Questions questions = new();
    private readonly ILogger log;
    private readonly List<Task> listeners = [];
    private readonly SemaphoreSlim answering = new(1, 1);
    private readonly string answers = $"bourse.answers.{Wire.NewId()}";
    private bool answersReady;

    /// <summary>A bus that connects when it is first used.</summary>
    /// <param name="broker"><c>amqp://user:password@host:port/vhost</c>.</param>
    /// <param name="log">Reconnects and failing messages.</param>
    public RabbitBus(Uri broker, ILogger<RabbitBus>? log = null)
    {
        this.log = log ?? NullLogger<RabbitBus>.Instance;
        link = new RabbitLink(broker, "bourse", this.log);
        publisher = new RabbitPublisher(link, window: 500);
        link.Reconnected += () => Reconnected?.Invoke();
    }

    /// <inheritdoc/>
    public event Action? Reconnected;

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
            await ListenForAnswers(token);
            await Publish(new Post(to, id, Wire.Write(id, question, origin, answers)), Topology.MustBeRouted(to), token);
        }, patience, cancellationToken);
    }

    /// <inheritdoc/>
    public Task Listen(Queue queue, Func<Delivery, CancellationToken, Task<object?>> handle, CancellationToken cancellationToken)
    {
        var reception = new Reception(queue.Name, handle, Answer, park: null, log);
        return Listen(queue, temporary: false, reception.Receive, cancellationToken);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await publisher.DisposeAsync();
        await link.DisposeAsync();
        await Task.WhenAll(listeners).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        answering.Dispose();
    }

    private Task Answer(string queue, byte[] body, bool wait, CancellationToken cancellationToken) =>
        Publish(new Post(Destination.Queue(queue), Wire.NewId(), body), mandatory: true, cancellationToken, untilRouted: wait);

    private async Task Publish(Post post, bool mandatory, CancellationToken cancellationToken, bool untilRouted = true)
    {
        for (var delay = 50; ; delay = Math.Min(delay * 2, 2000))
        {
            try
            {
                await await publisher.Post(post, mandatory, cancellationToken);
                return;
            }
            catch (Exception e) when ((e is BrokerLostException or OperationInterruptedException || e is UnroutableException && untilRouted) && !link.Closing.IsCancellationRequested)
            {
                LogAgain(log, post.To.Exchange, post.To.RoutingKey, e.Message);
            }
            await Task.Delay(delay, cancellationToken);
        }
    }

    private async Task ListenForAnswers(CancellationToken cancellationToken)
    {
        if (answersReady)
            return;
        await answering.WaitAsync(cancellationToken);
        try
        {
            if (!answersReady)
            {
                await Listen(new Queue(answers, []), temporary: true, (body, _, _) =>
                {
                    questions.Take(body.Span);
                    return Task.CompletedTask;
                }, cancellationToken);
            }
            answersReady = true;
        }
        finally
        {
            answering.Release();
        }
    }

    private async Task Listen(
        Queue queue, bool temporary, Func<ReadOnlyMemory<byte>, string?, CancellationToken, Task> receive, CancellationToken cancellationToken)
    {
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        listeners.Add(Task.Run(() => KeepListening(queue, temporary, receive, ready), CancellationToken.None));
        await ready.Task.WaitAsync(cancellationToken);
    }

    private async Task KeepListening(
        Queue queue, bool temporary, Func<ReadOnlyMemory<byte>, string?, CancellationToken, Task> receive, TaskCompletionSource ready)
    {
        while (!link.Closing.IsCancellationRequested)
        {
            try
            {
                await ListenOnce(queue, temporary, receive, ready);
            }
            catch (OperationInterruptedException e) when (e.ShutdownReason?.ReplyCode is 403 or 406 && !ready.Task.IsCompleted)
            {
                // Not allowed, or the queue exists in another shape: waiting changes nothing.
                ready.TrySetException(e);
                return;
            }
            catch (Exception e) when (!link.Closing.IsCancellationRequested)
            {
                LogListening(log, e, queue.Name);
                await Task.Delay(500, link.Closing).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException)
            {
                // The bus was disposed.
            }
        }
        ready.TrySetCanceled();
    }

    private async Task ListenOnce(
        Queue queue, bool temporary, Func<ReadOnlyMemory<byte>, string?, CancellationToken, Task> receive, TaskCompletionSource ready)
    {
        var connection = await link.Connection(link.Closing);
        using var lost = CancellationTokenSource.CreateLinkedTokenSource(link.Closing);
        var options = new CreateChannelOptions(false, false, consumerDispatchConcurrency: (ushort)queue.InParallel);
        await using var channel = await connection.CreateChannelAsync(options, lost.Token);
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        channel.ChannelShutdownAsync += async (_, _) =>
        {
            // The message in hand will be delivered again on the next channel; it must not be handled twice at once.
            await lost.CancelAsync();
            ended.TrySetResult();
        };

        await channel.BasicQosAsync(0, Prefetch, global: false, lost.Token);
        var arguments = queue.Quorum && !temporary ? new Dictionary<string, object?> { ["x-queue-type"] = "quorum" } : null;
        await channel.QueueDeclareAsync(queue.Name, durable: !temporary, exclusive: temporary, autoDelete: temporary, arguments, cancellationToken: lost.Token);
        foreach (var binding in queue.Bindings)
            await channel.QueueBindAsync(queue.Name, binding.Exchange, binding.RoutingKey, cancellationToken: lost.Token);

        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += (_, delivery) =>
        {
            // The client reuses the buffer after the first await.
            var done = Take(delivery.Body.ToArray(), delivery.BasicProperties.UserId, delivery.DeliveryTag);
            return queue.Pipelined ? Task.CompletedTask : done;
        };
        await channel.BasicConsumeAsync(queue.Name, autoAck: false, consumer, lost.Token);
        ready.TrySetResult();
        await ended.Task.WaitAsync(link.Closing);

        async Task Take(ReadOnlyMemory<byte> body, string? sender, ulong tag)
        {
            try
            {
                await receive(body, sender, lost.Token);
                await channel.BasicAckAsync(tag, multiple: false, lost.Token);
            }
            catch (Exception e) when (lost.IsCancellationRequested || !channel.IsOpen)
            {
                LogInHand(log, e.Message, queue.Name);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Publishing to '{Exchange}' with key '{Key}' will be tried again: {Reason}")]
    private static partial void LogAgain(ILogger log, string exchange, string key, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Listening on {Queue} was interrupted; trying again")]
    private static partial void LogListening(ILogger log, Exception e, string queue);

    [LoggerMessage(Level = LogLevel.Debug, Message = "The message in hand on {Queue} will come again: {Reason}")]
    private static partial void LogInHand(ILogger log, string reason, string queue);
}
