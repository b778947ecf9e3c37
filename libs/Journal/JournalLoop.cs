using System.Threading.Channels;
using Bourse.Contracts;
using Bourse.Deciding;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Polly;
using Polly.Retry;

namespace Bourse.Journal;

/// <summary>
/// The only writer of a service's journal: decides whatever waits command by command, appends all that follows in one transaction,
/// then answers. Memory is ahead of the journal only inside a batch; when a batch fails, memory is thrown away.
/// </summary>
/// <typeparam name="TState">The core's state.</typeparam>
/// <typeparam name="TCommand">The core's commands.</typeparam>
public sealed partial class JournalLoop<TState, TCommand> : BackgroundService, IInbox<TState, TCommand> where TState : class
{
    private readonly ICore<TState, TCommand> core;
    private readonly IJournalStore store;
    private readonly ICommitListener<TState>[] listeners;
    private readonly IRelay? relay;
    private readonly JournalOptions options;
    private readonly TimeProvider clock;
    private readonly ILogger log;
    private readonly Action? deposed;
    private readonly Channel<Work<TState, TCommand>> inbox;
    private readonly ResiliencePipeline reconnecting;
    private readonly Batch<TState, TCommand> batch;

    // Owned by the loop.
    private Fold<TState, TCommand> fold;
    private JournalHead head = JournalHead.Empty;
    private long epoch;
    private long told;
    private long saved;
    private DateTimeOffset lastAt;
    private Task saving = Task.CompletedTask;

    // Read by everybody.
    private volatile JournalRole role = JournalRole.Starting;
    private long committed;
    private TaskCompletionSource whenLeading = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>A loop that leads as soon as it may.</summary>
    /// <param name="core">The rules.</param>
    /// <param name="store">Where the journal is.</param>
    /// <param name="listeners">Told of every commit.</param>
    /// <param name="relay">Publishes what is committed; null for nothing.</param>
    /// <param name="options">Sizes.</param>
    /// <param name="clock">Commit times.</param>
    /// <param name="log">Failures and changes of leader.</param>
    /// <param name="deposed">Called when another instance took over from this one: the process should end and start afresh.</param>
    public JournalLoop(
        ICore<TState, TCommand> core,
        IJournalStore store,
        IEnumerable<ICommitListener<TState>>? listeners = null,
        IRelay? relay = null,
        JournalOptions? options = null,
        TimeProvider? clock = null,
        ILogger<JournalLoop<TState, TCommand>>? log = null,
        Action? deposed = null)
    {
        (this.core, this.store, this.relay, this.deposed) = (core, store, relay, deposed);
        this.listeners = [.. listeners ?? []];
        this.options = options ?? new JournalOptions();
        this.clock = clock ?? TimeProvider.System;
        this.log = log ?? NullLogger<JournalLoop<TState, TCommand>>.Instance;
        fold = Fold<TState, TCommand>.Start(core);
        batch = new(core, store.Names);
        inbox = Channel.CreateBounded<Work<TState, TCommand>>(new BoundedChannelOptions(this.options.Inbox) { SingleReader = true });
        reconnecting = new ResiliencePipelineBuilder { TimeProvider = this.clock }
            .AddRetry(new RetryStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<Exception>(e => e is not (StaleLeaderException or OperationCanceledException)),
                MaxRetryAttempts = int.MaxValue,
                Delay = TimeSpan.FromMilliseconds(100),
                MaxDelay = TimeSpan.FromSeconds(3),
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                OnRetry = retry =>
                {
                    LogAway(this.log, retry.Outcome.Exception, store.Service, retry.AttemptNumber + 1);
                    return default;
                },
            })
            .Build();
    }

    /// <inheritdoc/>
    public long Head => Interlocked.Read(ref committed);

    /// <summary>What this instance is doing.</summary>
    public JournalRole Role => role;

    /// <inheritdoc/>
    public Task<Decision> Send(TCommand command, Origin origin, CancellationToken cancellationToken) =>
        Send(new Asked<TState, TCommand>(command, origin, null), cancellationToken);

    /// <inheritdoc/>
    public Task<Decision> Send(TCommand command, Origin origin, Heard heard, CancellationToken cancellationToken) =>
        Send(new Asked<TState, TCommand>(command, origin, heard), cancellationToken);

    /// <summary>
    /// Decides commands one after the other and records all that follows in one commit or nothing at all, so that a mark never covers
    /// what was not recorded.
    /// </summary>
    /// <exception cref="JournalUnavailableException">The journal cannot be written now; nothing was decided, or it is unknown whether it was.</exception>
    public async Task SendTogether(IReadOnlyList<(TCommand Command, Origin Origin, Heard Heard)> commands, CancellationToken cancellationToken)
    {
        var parts = commands.Select(one => new Asked<TState, TCommand>(one.Command, one.Origin, one.Heard)).ToArray();
        await Put(new Together<TState, TCommand>(parts), cancellationToken);
        await Task.WhenAll(parts.Select(part => part.Answer)).WaitAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<T> Read<T>(Func<TState, T> read, CancellationToken cancellationToken)
    {
        var look = new Look<TState, TCommand, T>(read);
        await Put(look, cancellationToken);
        return await look.Answer.WaitAsync(cancellationToken);
    }

    /// <summary>How far another service was heard: 0 when never.</summary>
    public Task<long> Heard(string sender, CancellationToken cancellationToken) =>
        Read(_ => fold.Heard.GetValueOrDefault(sender), cancellationToken);

    /// <inheritdoc/>
    public Task WhenLeading(CancellationToken cancellationToken) => Volatile.Read(ref whenLeading).Task.WaitAsync(cancellationToken);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        try
        {
            while (true)
            {
                try
                {
                    await Lead(stoppingToken);
                }
                catch (Exception e) when (!stoppingToken.IsCancellationRequested)
                {
                    // Whatever it was, the journal holds the truth: begin again from it.
                    LogRestart(log, e, store.Service);
                    await Task.Delay(TimeSpan.FromMilliseconds(200), clock, stoppingToken);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            role = JournalRole.Stopped;
        }
    }

    private async Task<Decision> Send(Asked<TState, TCommand> asked, CancellationToken cancellationToken)
    {
        await Put(asked, cancellationToken);
        return await asked.Answer.WaitAsync(cancellationToken);
    }

    private async ValueTask Put(Work<TState, TCommand> work, CancellationToken cancellationToken)
    {
        if (role != JournalRole.Leading)
            throw new JournalUnavailableException($"the {store.Service} journal is not led here now ({role})");
        await inbox.Writer.WriteAsync(work, cancellationToken);
        // Leadership may have ended in between, after the inbox was emptied for the last time.
        if (role != JournalRole.Leading)
            FailWaiting(null);
    }

    private async Task Lead(CancellationToken stopping)
    {
        await reconnecting.ExecuteAsync(async token => await store.Prepare(token), stopping);
        await using var leadership = await reconnecting.ExecuteAsync(async token => await store.Lead(() =>
        {
            if (epoch > 0)
                deposed?.Invoke();
            role = JournalRole.Standby;
            LogStandby(log, store.Service);
        }, token), stopping);
        using var leading = CancellationTokenSource.CreateLinkedTokenSource(stopping, leadership.Lost);
        Exception? why = null;
        try
        {
            await TakeOver(leading.Token);
            await Run(leading.Token);
        }
        catch (Exception e)
        {
            why = e;
            throw;
        }
        finally
        {
            await StepDown(why, clean: stopping.IsCancellationRequested && !leadership.Lost.IsCancellationRequested);
        }
    }

    private async Task TakeOver(CancellationToken cancellationToken)
    {
        await reconnecting.ExecuteAsync(async token =>
        {
            await Load(token);
            epoch = head.Epoch + 1;
            var facts = new List<IFact>(2);
            if (head.Segment == 0)
                facts.Add(new SegmentOpened(store.Service, 1, 0));
            facts.Add(new LeadershipTaken(store.Service, epoch, $"{Environment.MachineName}/{Environment.ProcessId}", Now()));
            await AppendOwn(facts, snapshot: null);
        }, cancellationToken);

        told = head.Position;
        foreach (var listener in listeners)
            listener.Leading(fold.State, epoch);
        relay?.Start(head);
        Interlocked.Exchange(ref committed, head.Position);
        role = JournalRole.Leading;
        whenLeading.TrySetResult();
        LogLeading(log, store.Service, epoch, head.Position);
    }

    private async Task Run(CancellationToken cancellationToken)
    {
        while (await inbox.Reader.WaitToReadAsync(cancellationToken))
        {
            batch.Start(fold, head.Position, epoch, Now());
            try
            {
                while (batch.Commands < options.CommitCommands && batch.Entries.Count < options.CommitEvents && inbox.Reader.TryRead(out var work))
                    batch.Take(work);
                if (batch.Entries.Count > 0)
                    await Commit();
                batch.Answer();
                await Housekeep();
            }
            catch (Exception e) when (e is not StaleLeaderException && batch.Failed is null)
            {
                // The commit failed, or nobody knows. Memory is ahead: back to what is stored, without a new leader.
                LogCommit(log, e, store.Service, head.Position);
                batch.Fail(new JournalUnavailableException("the commit failed or its outcome is unknown", e));
                await Reload(cancellationToken);
            }
            catch (Exception e)
            {
                batch.Fail(new JournalUnavailableException("the journal's leader stopped", e));
                throw;
            }
        }
    }

    private async Task Commit()
    {
        var entries = batch.Entries.ToArray();
        head = await store.Append(head, new Append(entries, epoch, relay?.Published ?? 0), CancellationToken.None);
        Tell(entries);
    }

    private async Task AppendOwn(IReadOnlyList<IFact> facts, Snapshot? snapshot)
    {
        var origin = new Origin(store.Service, $"{store.Service}-{epoch}");
        var at = Now();
        var entries = facts.Select((fact, i) => new Entry(
            head.Position + 1 + i, store.Names.NameOf(fact.GetType()), fact, Facts.Write(fact), origin, at, epoch, null)).ToArray();
        head = await store.Append(head, new Append(entries, epoch, relay?.Published ?? 0, snapshot), CancellationToken.None);
        foreach (var entry in entries)
            fold.Apply(entry, store.Names);
        if (role == JournalRole.Leading)
            Tell(entries);
    }

    private void Tell(Entry[] entries)
    {
        Interlocked.Exchange(ref committed, head.Position);
        told = head.Position;
        relay?.Committed(entries);
        if (listeners.Length == 0)
            return;
        var recorded = Array.ConvertAll(entries, entry => entry.Recorded(store.Names));
        foreach (var listener in listeners)
            listener.Committed(fold.State, recorded);
    }

    private async Task Housekeep()
    {
        if (head.Position - head.Base >= options.SegmentEvents)
        {
            var last = fold.Save();
            // The snapshot is of everything before the new segment; closing changes no state.
            await AppendOwn(
                [new SegmentClosed(store.Service, head.Segment), new SegmentOpened(store.Service, head.Segment + 1, head.Position + 1)],
                last with { Position = head.Position + 1 });
            saved = head.Position;
        }
        else if (head.Position - saved >= options.SnapshotEvents && saving.IsCompleted)
        {
            saved = head.Position;
            saving = SaveBehind(fold.Save());
        }
    }

    private async Task SaveBehind(Snapshot snapshot)
    {
        try
        {
            await store.Save(snapshot, CancellationToken.None);
        }
        catch (Exception e)
        {
            // A snapshot only shortens a restart; the next one will do.
            LogSnapshot(log, e, store.Service, snapshot.Position);
        }
    }

    private async Task Load(CancellationToken cancellationToken)
    {
        head = await store.Head(cancellationToken);
        fold = await Fold<TState, TCommand>.At(core, store, head.Position, cancellationToken);
        if (fold.Position != head.Position)
            throw new InvalidOperationException($"the journal ends at {head.Position} but only {fold.Position} events could be read");
        saved = (await store.Snapshot(head.Position, cancellationToken))?.Position ?? 0;
        lastAt = default;
        await foreach (var last in store.Read(head.Position, head.Position, cancellationToken))
            lastAt = last.At;
    }

    private async Task Reload(CancellationToken cancellationToken)
    {
        await reconnecting.ExecuteAsync(async token =>
        {
            await Load(token);
            if (head.Epoch != epoch)
                throw new StaleLeaderException($"epoch {head.Epoch} has begun");
        }, cancellationToken);
        if (head.Position == told)
            return;
        // The commit that failed did happen.
        var landed = new List<Entry>();
        await foreach (var entry in store.Read(told + 1, head.Position, cancellationToken))
            landed.Add(entry);
        Tell([.. landed]);
    }

    private async Task StepDown(Exception? why, bool clean)
    {
        role = JournalRole.Starting;
        if (whenLeading.Task.IsCompleted)
            Volatile.Write(ref whenLeading, new(TaskCreationOptions.RunContinuationsAsynchronously));
        batch.Fail(new JournalUnavailableException("the journal's leader stopped", why));
        FailWaiting(why);
        if (relay is not null)
            await relay.Stop();
        await saving;
        if (!clean || head.Position == 0)
            return;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        try
        {
            if (relay is not null)
                await store.Published(relay.Published, patience.Token);
            if (fold.Position == head.Position && saved < head.Position)
                await store.Save(fold.Save(), patience.Token);
        }
        catch (Exception e)
        {
            LogSnapshot(log, e, store.Service, head.Position);
        }
    }

    private void FailWaiting(Exception? why)
    {
        while (inbox.Reader.TryRead(out var work))
            work.Fail(new JournalUnavailableException($"the {store.Service} journal is not led here now", why));
    }

    // Never before an earlier commit, even when the clock is set back: positions can be found by time.
    private DateTimeOffset Now()
    {
        var now = clock.GetUtcNow();
        now = new(now.UtcTicks - (now.UtcTicks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);
        return lastAt = now > lastAt ? now : lastAt;
    }
}
