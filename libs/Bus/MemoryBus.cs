using Bourse.Contracts;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bourse.Bus;

/// <summary>
/// The broker's twin in memory: queues, topic bindings, one message after the other, all bytes. Shared by the buses of a test or a
/// simulation.
/// </summary>
public sealed class MemoryBroker
{
    private readonly Lock guard = new();
    private readonly Dictionary<string, MemoryQueue> queues = new(StringComparer.Ordinal);
    private TaskCompletionSource declared = NewSignal();
    private TaskCompletionSource idle = NewSignal();
    private int unsettled;

    /// <summary>Completes when no message is waiting or in hand.</summary>
    public Task Idle()
    {
        lock (guard)
            return unsettled == 0 ? Task.CompletedTask : idle.Task;
    }

    /// <summary>Whether a routing key matches a topic pattern: <c>*</c> is one word, <c>#</c> any number of words.</summary>
    public static bool Matches(string pattern, string key) => Matches(pattern.Split('.'), key.Split('.'));

    private static bool Matches(ReadOnlySpan<string> pattern, ReadOnlySpan<string> key)
    {
        if (pattern.IsEmpty)
            return key.IsEmpty;
        if (pattern[0] == "#")
        {
            for (var skip = 0; skip <= key.Length; skip++)
            {
                if (Matches(pattern[1..], key[skip..]))
                    return true;
            }
            return false;
        }
        return !key.IsEmpty && (pattern[0] == "*" || pattern[0] == key[0]) && Matches(pattern[1..], key[1..]);
    }

    internal MemoryQueue Declare(Queue queue)
    {
        lock (guard)
        {
            if (!queues.TryGetValue(queue.Name, out var known))
                queues[queue.Name] = known = new MemoryQueue(queue.Name);
            known.Bind(queue.Bindings);
            declared.TrySetResult();
            declared = NewSignal();
            return known;
        }
    }

    internal void Delete(string name)
    {
        lock (guard)
            queues.Remove(name);
    }

    internal async Task Publish(Destination to, byte[] body, string? sender, bool mandatory, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task more;
            lock (guard)
            {
                var taken = false;
                foreach (var queue in queues.Values)
                {
                    if (!queue.Takes(to))
                        continue;
                    unsettled++;
                    queue.Add(new MemoryMessage(body, sender));
                    taken = true;
                }
                if (taken || !mandatory)
                    return;
                more = declared.Task;
            }
            await more.WaitAsync(cancellationToken);
        }
    }

    internal void Settled()
    {
        lock (guard)
        {
            if (--unsettled > 0)
                return;
            idle.TrySetResult();
            idle = NewSignal();
        }
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

internal sealed record MemoryMessage(byte[] Body, string? Sender);

internal sealed class MemoryQueue(string name)
{
    private readonly List<Destination> bindings = [];
    private readonly System.Threading.Channels.Channel<MemoryMessage> waiting = System.Threading.Channels.Channel.CreateUnbounded<MemoryMessage>();

    public void Bind(IEnumerable<Destination> more) => bindings.AddRange(more.Except(bindings));

    public bool Takes(Destination to) => to.Exchange.Length == 0
        ? to.RoutingKey == name
        : bindings.Any(binding => binding.Exchange == to.Exchange && MemoryBroker.Matches(binding.RoutingKey, to.RoutingKey));

    public void Add(MemoryMessage message) => waiting.Writer.TryWrite(message);

    public IAsyncEnumerable<MemoryMessage> Messages(CancellationToken cancellationToken) => waiting.Reader.ReadAllAsync(cancellationToken);
}

/// <summary>The bus's twin in memory, for tests and simulation.</summary>
/// <param name="broker">Shared by all that talk to each other.</param>
/// <param name="user">The sender's name that receivers see.</param>
/// <param name="log">Failing messages.</param>
public sealed class MemoryBus(MemoryBroker broker, string user, ILogger? log = null) : IBus, IPublisher
{
    private readonly ILogger log = log ?? NullLogger.Instance;
    private readonly CancellationTokenSource closing = new();
    private readonly Questions questions = new();
    private readonly string answers = $"bourse.answers.{Wire.NewId()}";
    private readonly List<Task> pumps = [];
    private bool answersReady;

    /// <inheritdoc/>
    public event Action? Reconnected;

    /// <inheritdoc/>
    public Task Publish(Destination to, object message, Origin origin, CancellationToken cancellationToken) =>
        broker.Publish(to, Wire.Write(Wire.NewId(), message, origin), user, Topology.MustBeRouted(to), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask<Task> Post(Post post, CancellationToken cancellationToken)
    {
        await broker.Publish(post.To, post.Body.ToArray(), user, Topology.MustBeRouted(post.To), cancellationToken);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<TAnswer> Ask<TAnswer>(
        Destination to, object question, Origin origin, TimeSpan patience, CancellationToken cancellationToken) where TAnswer : class
    {
        ListenForAnswers();
        var id = Wire.NewId();
        var body = Wire.Write(id, question, origin, answers);
        return questions.Ask<TAnswer>(
            id, token => broker.Publish(to, body, user, Topology.MustBeRouted(to), token), patience, cancellationToken);
    }

    /// <inheritdoc/>
    public Task Listen(Queue queue, Func<Delivery, CancellationToken, Task<object?>> handle, CancellationToken cancellationToken)
    {
        var reception = new Reception(queue.Name, handle, Answer, (body, token) => Park(queue, body, token), log);
        var declared = broker.Declare(queue);
        lock (pumps)
        {
            for (var i = 0; i < queue.InParallel; i++)
                pumps.Add(Task.Run(() => Pump(declared, reception.Receive), CancellationToken.None));
        }
        return Task.CompletedTask;
    }

    /// <summary>Acts as if the broker had been away.</summary>
    public void Reconnect() => Reconnected?.Invoke();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (closing.IsCancellationRequested)
            return;
        await closing.CancelAsync();
        broker.Delete(answers);
        await Task.WhenAll(pumps).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    // Connections end with their bus here, so that an asker without a queue never comes back.
    private Task Answer(string queue, byte[] body, bool wait, CancellationToken cancellationToken) =>
        broker.Publish(Destination.Queue(queue), body, user, mandatory: false, cancellationToken);

    private Task Park(Queue queue, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var parked = Topology.Parked(queue.Name);
        broker.Declare(new Queue(parked, []));
        return broker.Publish(Destination.Queue(parked), body.ToArray(), user, mandatory: false, cancellationToken);
    }

    private void ListenForAnswers()
    {
        lock (pumps)
        {
            if (answersReady)
                return;
            answersReady = true;
            var queue = broker.Declare(new Queue(answers, []));
            pumps.Add(Task.Run(() => Pump(queue, (body, _, _) =>
            {
                questions.Take(body.Span);
                return Task.CompletedTask;
            }), CancellationToken.None));
        }
    }

    private async Task Pump(MemoryQueue queue, Func<ReadOnlyMemory<byte>, string?, CancellationToken, Task> receive)
    {
        try
        {
            await foreach (var message in queue.Messages(closing.Token))
            {
                try
                {
                    await receive(message.Body, message.Sender, closing.Token);
                }
                catch (OperationCanceledException) when (closing.IsCancellationRequested)
                {
                    // Not acknowledged: whoever listens next gets it, as from the broker.
                    queue.Add(message);
                    return;
                }
                broker.Settled();
            }
        }
        catch (OperationCanceledException) when (closing.IsCancellationRequested)
        {
            // Disposed while nothing was waiting.
        }
    }
}
