using System.Runtime.InteropServices;
using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Contracts.Messages;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bourse.Journal;

/// <summary>
/// Hears other services' commits, each event once and in order: drops what was applied, asks for what is missing, holds what came
/// early. How far it has heard is part of this service's own journal.
/// </summary>
/// <typeparam name="TState">The core's state.</typeparam>
/// <typeparam name="TCommand">The core's commands.</typeparam>
/// <param name="loop">This service's loop.</param>
/// <param name="service">This service.</param>
/// <param name="bus">The bus.</param>
/// <param name="clock">For asking again.</param>
/// <param name="log">Gaps.</param>
public sealed partial class CommitFollower<TState, TCommand>(
    JournalLoop<TState, TCommand> loop, string service, IBus bus, TimeProvider? clock = null, ILogger<CommitFollower<TState, TCommand>>? log = null)
    : BackgroundService where TState : class
{
    private static readonly TimeSpan AskEvery = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan AskEveryInGap = TimeSpan.FromSeconds(2);

    private readonly Dictionary<string, Followed> followed = new(StringComparer.Ordinal);
    private readonly TimeProvider clock = clock ?? TimeProvider.System;
    private readonly ILogger log = log ?? NullLogger<CommitFollower<TState, TCommand>>.Instance;
    private readonly TaskCompletionSource listening = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Follows a service; call before the host starts.</summary>
    /// <param name="sender">The service.</param>
    /// <param name="names">The names of its facts.</param>
    /// <param name="translate">What its facts mean here, in this service's words; null when nothing.</param>
    public CommitFollower<TState, TCommand> Follow(string sender, NameTable names, Func<IReadOnlyList<Recorded>, TCommand?> translate)
    {
        followed.Add(sender, new Followed(names, translate));
        return this;
    }

    /// <summary>As the other, for one of our own services.</summary>
    public CommitFollower<TState, TCommand> Follow(string sender, Func<IReadOnlyList<Recorded>, TCommand?> translate) =>
        Follow(sender, FactNames.Of(sender), translate);

    /// <summary>Everything of a sender up to here was applied; 0 before a newcomer has its picture.</summary>
    public long Applied(string sender) => followed[sender].Applied;

    /// <summary>Completes when commits are received.</summary>
    public Task Listening => listening.Task;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (followed.Count == 0)
            return;
        await loop.WhenLeading(stoppingToken);
        foreach (var (sender, state) in followed)
            state.Applied = await loop.Heard(sender, stoppingToken);

        var queue = new Queue(Topology.CommitsTo(service), [.. followed.Keys.Select(Destination.Commits)]);
        await bus.Listen(queue, Receive, stoppingToken);
        listening.TrySetResult();

        // At the start, after every reconnect and now and then: whatever was lost, by whatever way, comes again.
        using var again = new SemaphoreSlim(1);
        bus.Reconnected += () => again.Release();
        while (!stoppingToken.IsCancellationRequested)
        {
            await again.WaitAsync(followed.Values.Any(state => state.IsWaiting) ? AskEveryInGap : AskEvery, stoppingToken);
            await Task.WhenAll(followed.Select(pair => Ask(pair.Key, pair.Value, stoppingToken)));
        }
    }

    private async Task<object?> Receive(Delivery delivery, CancellationToken cancellationToken)
    {
        var sender = delivery.Message switch
        {
            Picture picture => picture.Service,
            Commit commit => commit.Service,
            _ => null,
        };
        if (sender is null || !followed.TryGetValue(sender, out var state))
            return null;
        // The last attempt failed, and what it sent may have been recorded all the same.
        if (state.Uncertain)
            state.Applied = Math.Max(state.Applied, await loop.Heard(sender, cancellationToken));
        state.Uncertain = true;
        if (delivery.Message is Picture first)
            await Receive(first, state, cancellationToken);
        else
            await Receive((Commit)delivery.Message, state, cancellationToken);
        state.Uncertain = false;
        return null;
    }

    private async Task Receive(Picture picture, Followed state, CancellationToken cancellationToken)
    {
        if (state.Applied == 0)
        {
            await Apply(picture.Service, state, picture.Facts, picture.Position, cancellationToken);
            await ApplyHeld(picture.Service, state, cancellationToken);
        }
        else if (picture.Position > state.Applied)
        {
            // Commits were faster: they are in the picture too, and applying both would count them twice.
            await Ask(picture.Service, state, cancellationToken);
        }
    }

    private async Task Receive(Commit commit, Followed state, CancellationToken cancellationToken)
    {
        if (commit.Last <= state.Applied)
            return;
        if (commit.First > state.Applied + 1)
        {
            LogGap(log, service, commit.Service, state.Applied + 1, commit.First);
            state.Hold(commit);
            await Ask(commit.Service, state, cancellationToken);
            return;
        }
        await Apply(commit.Service, state, commit.Events, commit.Last, cancellationToken);
        await ApplyHeld(commit.Service, state, cancellationToken);
    }

    private async Task ApplyHeld(string sender, Followed state, CancellationToken cancellationToken)
    {
        while (state.NextHeld() is { } commit)
            await Apply(sender, state, commit.Events, commit.Last, cancellationToken);
    }

    // One command for each run of events with the same origin, so that the principal behind them goes with what follows.
    private async Task Apply(string sender, Followed state, IReadOnlyList<CommittedEvent> events, long last, CancellationToken cancellationToken)
    {
        var from = 0;
        while (from < events.Count && events[from].Position > 0 && events[from].Position <= state.Applied)
            from++;
        // One commit there is one commit here: were only a later run recorded, its mark would hide that an earlier one was not.
        var commands = new List<(TCommand, Origin, Heard)>();
        while (from < events.Count)
        {
            var origin = events[from].Origin;
            var to = from;
            while (to < events.Count && events[to].Origin.Principal == origin.Principal && events[to].Origin.Correlation == origin.Correlation)
                to++;
            var run = new Recorded[to - from];
            for (var i = 0; i < run.Length; i++)
                run[i] = Read(events[from + i], state.Names);
            // The facts of a picture have no positions: its mark is complete only with its last fact.
            var mark = run[^1].Position > 0 ? run[^1].Position : to == events.Count ? last : state.Applied;
            if (state.Translate(run) is { } command)
            {
                var causation = $"{sender}:{(run[0].Position > 0 ? run[0].Position : last)}";
                commands.Add((command, origin with { Causation = causation }, new Heard(sender, mark)));
            }
            from = to;
        }
        if (commands.Count > 0)
            await loop.SendTogether(commands, cancellationToken);
        state.Applied = Math.Max(state.Applied, last);
    }

    private static Recorded Read(CommittedEvent e, NameTable names) => new(
        e.Position, e.Name, Facts.Read(names, e.Name, JsonMarshal.GetRawUtf8Value(e.Data)), e.Origin, e.At, e.Epoch);

    private async Task Ask(string sender, Followed state, CancellationToken cancellationToken)
    {
        if (!state.MayAsk(clock.GetTimestamp(), clock))
            return;
        var from = state.Applied == 0 ? 0 : state.Applied + 1;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(10));
        try
        {
            await bus.Publish(
                Destination.Service(sender), new Resend(from, Topology.CommitsTo(service)), new Origin(service, $"{service}-resend-{sender}-{from}"), patience.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The other service has not started yet; it is asked again.
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Service} expected position {Expected} of {Sender} and got {Got}; asking for what is missing")]
    private static partial void LogGap(ILogger log, string service, string sender, long expected, long got);

    private sealed class Followed(NameTable names, Func<IReadOnlyList<Recorded>, TCommand?> translate)
    {
        private const int MostHeld = 1000;
        private readonly SortedDictionary<long, Commit> held = [];
        private readonly Lock asking = new();
        private int holding;
        private long asked;
        private long applied;

        /// <summary>Whether more may have been recorded than is known here.</summary>
        public bool Uncertain { get; set; }

        public NameTable Names => names;

        public Func<IReadOnlyList<Recorded>, TCommand?> Translate => translate;

        public long Applied
        {
            get => Interlocked.Read(ref applied);
            set => Interlocked.Exchange(ref applied, value);
        }

        /// <summary>Whether something came early and what is before it did not come yet.</summary>
        public bool IsWaiting => Volatile.Read(ref holding) > 0;

        public void Hold(Commit commit)
        {
            // What finds no room comes again with the answer to our question.
            if (held.Count < MostHeld)
                held[commit.First] = commit;
            Volatile.Write(ref holding, held.Count);
        }

        public Commit? NextHeld()
        {
            while (held.Count > 0)
            {
                var (first, commit) = held.First();
                if (first > Applied + 1)
                    return null;
                held.Remove(first);
                Volatile.Write(ref holding, held.Count);
                if (commit.Last > Applied)
                    return commit;
            }
            return null;
        }

        public bool MayAsk(long now, TimeProvider clock)
        {
            lock (asking)
            {
                if (asked != 0 && clock.GetElapsedTime(asked, now) < AskEveryInGap)
                    return false;
                asked = now;
                return true;
            }
        }
    }
}
