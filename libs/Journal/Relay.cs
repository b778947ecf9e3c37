using System.Threading.Channels;
using Bourse.Bus;
using Bourse.Contracts;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bourse.Journal;

/// <summary>
/// Publishes committed events in journal order: one message per commit to our own services, a service's own messages, and one per
/// event for outsiders. Goes on from the last confirmed position after anything: what is on the broker may come twice, never not.
/// </summary>
/// <param name="store">Read whenever memory does not have what comes next.</param>
/// <param name="publisher">To the broker.</param>
/// <param name="routes">A service's own messages.</param>
/// <param name="clock">For the timer of the checkpoint.</param>
/// <param name="log">Trouble with the broker.</param>
public sealed partial class Relay(
    IJournalStore store,
    IPublisher publisher,
    IEnumerable<IRelayRoutes>? routes = null,
    TimeProvider? clock = null,
    ILogger<Relay>? log = null) : IRelay, IAsyncDisposable
{
    private const int CommitsInMemory = 256;
    private const int ChunkEvents = 500;
    private const int ChunksInFlight = 64;
    private static readonly TimeSpan CheckpointEvery = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongWait = TimeSpan.FromSeconds(30);

    private readonly IRelayRoutes[] routes = [.. routes ?? []];
    private readonly TimeProvider clock = clock ?? TimeProvider.System;
    private readonly ILogger log = log ?? NullLogger<Relay>.Instance;
    private readonly RelayMessages messages = new(store.Service);
    private readonly Queue<(long Last, Task Confirmed)> inFlight = new();
    private Channel<IReadOnlyList<Entry>> fresh = NewChannel();
    private CancellationTokenSource? leading;
    private Task running = Task.CompletedTask;
    private long published;
    private long head;
    private long next;

    /// <inheritdoc/>
    public long Published => Interlocked.Read(ref published);

    /// <inheritdoc/>
    public void Start(JournalHead head)
    {
        leading = new CancellationTokenSource();
        fresh = NewChannel();
        Interlocked.Exchange(ref published, head.Published);
        Interlocked.Exchange(ref this.head, head.Position);
        running = Task.Run(() => Run(fresh.Reader, leading.Token));
    }

    /// <inheritdoc/>
    public void Committed(IReadOnlyList<Entry> entries)
    {
        Interlocked.Exchange(ref head, entries[^1].Position);
        // When there is no room they are read from the store, later.
        fresh.Writer.TryWrite(entries);
    }

    /// <inheritdoc/>
    public async Task Stop()
    {
        if (leading is null)
            return;
        await leading.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        leading.Dispose();
        leading = null;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await Stop();

    private static Channel<IReadOnlyList<Entry>> NewChannel() => Channel.CreateBounded<IReadOnlyList<Entry>>(
        new BoundedChannelOptions(CommitsInMemory) { SingleReader = true, SingleWriter = true });

    private async Task Run(ChannelReader<IReadOnlyList<Entry>> commits, CancellationToken cancellationToken)
    {
        var checkpoint = Checkpoint(cancellationToken);
        for (var delay = 100; !cancellationToken.IsCancellationRequested; delay = Math.Min(delay * 2, 5000))
        {
            var before = Published;
            try
            {
                await Publish(commits, cancellationToken);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                LogAgain(log, e, store.Service, Published);
                if (Published > before)
                    delay = 100;
                await Task.Delay(TimeSpan.FromMilliseconds(delay), clock, cancellationToken);
            }
        }
        await checkpoint;
    }

    // Ends only by an exception: everything after the last confirmed position is then published again.
    private async Task Publish(ChannelReader<IReadOnlyList<Entry>> commits, CancellationToken cancellationToken)
    {
        inFlight.Clear();
        next = Published + 1;
        while (true)
        {
            if (commits.TryRead(out var commit))
            {
                if (commit[^1].Position < next)
                    continue;
                if (commit[0].Position > next)
                    await PublishStored(commit[0].Position - 1, cancellationToken);
                await PublishChunk(commit, cancellationToken);
            }
            else if (next <= Interlocked.Read(ref head))
            {
                await PublishStored(Interlocked.Read(ref head), cancellationToken);
            }
            else if (inFlight.Count > 0)
            {
                await ConfirmOldest(cancellationToken);
            }
            else
            {
                await commits.WaitToReadAsync(cancellationToken);
            }
        }
    }

    private async Task PublishStored(long to, CancellationToken cancellationToken)
    {
        var chunk = new List<Entry>(ChunkEvents);
        await foreach (var entry in store.Read(next, to, cancellationToken))
        {
            if (chunk.Count == ChunkEvents || (chunk.Count > 0 && chunk[0].Epoch != entry.Epoch))
            {
                await PublishChunk(chunk, cancellationToken);
                chunk.Clear();
            }
            chunk.Add(entry);
        }
        if (chunk.Count > 0)
            await PublishChunk(chunk, cancellationToken);
    }

    private async Task PublishChunk(IReadOnlyList<Entry> entries, CancellationToken cancellationToken)
    {
        var confirms = new List<Task>(entries.Count + 2)
        {
            await publisher.Post(messages.Commit(entries, from: next), cancellationToken),
        };
        var recorded = new List<Recorded>(entries.Count);
        foreach (var entry in entries)
        {
            if (entry.Position >= next)
                recorded.Add(entry.Recorded(store.Names));
        }
        // Our own services wait for theirs; outsiders look on.
        foreach (var (to, message, origin) in routes.SelectMany(route => route.For(recorded)))
            confirms.Add(await publisher.Post(Post.Of(to, message, origin), cancellationToken));
        foreach (var entry in entries)
        {
            if (entry.Position >= next)
                confirms.Add(await publisher.Post(messages.Event(entry, entry.Fact(store.Names)), cancellationToken));
        }
        next = entries[^1].Position + 1;
        inFlight.Enqueue((entries[^1].Position, Task.WhenAll(confirms)));
        while (inFlight.Count > 0 && (inFlight.Count > ChunksInFlight || inFlight.Peek().Confirmed.IsCompleted))
            await ConfirmOldest(cancellationToken);
    }

    private async Task ConfirmOldest(CancellationToken cancellationToken)
    {
        var (last, confirmed) = inFlight.Peek();
        while (true)
        {
            try
            {
                await confirmed.WaitAsync(LongWait, clock, cancellationToken);
                break;
            }
            catch (TimeoutException) when (!confirmed.IsCompleted)
            {
                // A queue that cannot take messages gives no error, only silence.
                LogUnconfirmed(log, store.Service, last, LongWait.TotalSeconds);
            }
        }
        inFlight.Dequeue();
        Interlocked.Exchange(ref published, last);
    }

    // The checkpoint rides on the next commit; without one a restart would publish the last of them again, for nothing.
    private async Task Checkpoint(CancellationToken cancellationToken)
    {
        var stored = Published;
        using var timer = new PeriodicTimer(CheckpointEvery, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellationToken))
            {
                if (Published == stored)
                    continue;
                var now = Published;
                try
                {
                    await store.Published(now, cancellationToken);
                    stored = now;
                }
                catch (Exception e) when (!cancellationToken.IsCancellationRequested)
                {
                    LogCheckpoint(log, e, store.Service, now);
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // This instance leads no more.
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The {Service} relay was interrupted after position {Position}; it goes on from there")]
    private static partial void LogAgain(ILogger log, Exception e, string service, long position);

    [LoggerMessage(Level = LogLevel.Error, Message = "The broker has not confirmed the {Service} events up to {Position} for another {Seconds} s: it is overloaded, or a queue of it is stuck")]
    private static partial void LogUnconfirmed(ILogger log, string service, long position, double seconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The {Service} relay's checkpoint {Position} could not be stored")]
    private static partial void LogCheckpoint(ILogger log, Exception e, string service, long position);
}
