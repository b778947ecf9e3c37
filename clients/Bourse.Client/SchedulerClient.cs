using System.Net;
using System.Runtime.CompilerServices;
using Bourse.Client.Wire;
using Bourse.MesosV1;
using Bourse.MesosV1.Scheduler;
using Task = System.Threading.Tasks.Task;

namespace Bourse.Client;

/// <summary>
/// A scheduler's end of the Mesos v1 scheduler API. Read <see cref="Events"/> and make calls meanwhile; the connection is this
/// class's business: it finds the leader, watches the heartbeats and, when the stream breaks, subscribes again under the same
/// framework id. Every subscription begins with SUBSCRIBED; after the first one that is the moment to reconcile.
/// </summary>
/// <param name="master">A master; the one that leads is found from there.</param>
/// <param name="framework">
/// The description of the framework. With an <c>id</c> in it, a framework that exists is taken over (failover); a
/// <c>failover_timeout</c> gives it time to come back.
/// </param>
/// <param name="options">How to connect.</param>
public sealed class SchedulerClient(Uri master, FrameworkInfo framework, ConnectionOptions? options = null) : IDisposable
{
    // Of a master that does not say how often it beats; Apache Mesos does every 15 s.
    private static readonly TimeSpan UsualHeartbeat = TimeSpan.FromSeconds(15);

    // The answer to an acknowledgement takes as long as the master's disk; a hundred updates do not wait that long one by one.
    private const int MaxAcknowledgements = 100;

    private readonly ConnectionOptions options = options ?? new();
    private readonly Endpoint endpoint = new(options ?? new(), "/api/v1/scheduler");
    private readonly Candidates candidates = new([master, .. (options ?? new()).OtherMasters]);
    private readonly SortedSet<string> suppressed = new(StringComparer.Ordinal);
    private readonly Lock gate = new();
    private FrameworkInfo framework = framework.Clone();
    private OfferConstraints? constraints;
    private volatile Session? session;
    private volatile bool over;

    private sealed record Session(Uri Address, string? StreamId, RecordStream<Event> Stream);

    /// <summary>The id of the framework; null before the first subscription of a new one. Keep it to take the framework over later.</summary>
    public FrameworkID? FrameworkId => framework.Id;

    /// <summary>How often the subscription succeeded.</summary>
    public int Subscriptions { get; private set; }

    /// <summary>Whether a stream is open.</summary>
    public bool IsConnected => session is not null;

    /// <summary>Where events come from now, or would.</summary>
    public Uri Master => session?.Address ?? candidates.Current;

    /// <summary>
    /// Acknowledges every status update when the reader asks for the event after it, that is once it is taken in; an update whose
    /// reader failed comes again. Without it, acknowledge by <see cref="SchedulerCalls.Acknowledge"/>.
    /// </summary>
    public bool AcknowledgesByItself { get; init; } = true;

    /// <summary>Roles to subscribe without offers for, until REVIVE.</summary>
    public IEnumerable<string> SuppressedRoles
    {
        init => suppressed.UnionWith(value);
    }

    /// <summary>
    /// The events, over any number of connections. Ends after TEARDOWN; leaving the loop closes the stream, and the framework has
    /// its <c>failover_timeout</c> to come back. One reader at a time.
    /// </summary>
    /// <exception cref="RefusedException">The subscription is refused.</exception>
    /// <exception cref="SubscriptionEndedException">The master ended it by an ERROR event.</exception>
    /// <exception cref="ConnectionLostException">There was no connection for longer than the patience.</exception>
    public async IAsyncEnumerable<Event> Events([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var subscribing = new Subscribing(options, endpoint, candidates);
        var acknowledgements = new InFlight(MaxAcknowledgements);
        await foreach (var stream in subscribing
            .Streams<Event>(Subscription, UsualHeartbeat * options.MissedHeartbeats, () => over, cancellationToken).ConfigureAwait(false))
        {
            session = new(candidates.Current, stream.Header(Endpoint.StreamIdHeader), stream);
            try
            {
                await foreach (var next in stream.Records(cancellationToken).ConfigureAwait(false))
                {
                    if (next.Type == Event.Types.Type.Error)
                        throw new SubscriptionEndedException(next.Error?.Message ?? "the master gave no reason");
                    if (next.Type == Event.Types.Type.Subscribed)
                        Begin(next.Subscribed, stream, subscribing);
                    yield return next;
                    if (AcknowledgesByItself && !over && next is { Type: Event.Types.Type.Update, Update.Status: { HasUuid: true } status })
                        await acknowledgements.Add(this.Acknowledge(status, cancellationToken)).ConfigureAwait(false);
                }
            }
            finally
            {
                session = null;
            }
            if (!over)
                await acknowledgements.All().ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Makes a call; the framework's id is filled in. Safe from any thread. When there is no connection, or it breaks before the
    /// answer, that is no exception: whether the call arrived is not known, and need not be, because <see cref="Events"/> begins anew
    /// with SUBSCRIBED, and reconciling then tells what is.
    /// </summary>
    /// <returns>Whether the master took it.</returns>
    /// <exception cref="RefusedException">It was refused.</exception>
    public async Task<bool> Call(Call call, CancellationToken cancellationToken = default)
    {
        if (over || session is not { } mine || FrameworkId is not { } id)
            return false;
        call.FrameworkId ??= id;
        var backoff = new Backoff(options.FirstPause, options.LongestPause, Random.Shared.NextDouble);
        var since = options.Clock.GetTimestamp();
        while (true)
        {
            try
            {
                using var answer = await endpoint.Post(mine.Address, call, mine.StreamId, cancellationToken).ConfigureAwait(false);
                if (answer.IsSuccessStatusCode)
                {
                    Note(call);
                    return true;
                }
                if (answer.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable && session == mine
                    && options.Clock.GetElapsedTime(since) < options.AnswerWithin)
                {
                    // Not taken, by its own word; the stream may well go on.
                    await Task.Delay(backoff.Next(), options.Clock, cancellationToken).ConfigureAwait(false);
                    continue;
                }
                // 403: not subscribed, as after a restart of the master. A stream that ended meanwhile explains any other refusal.
                var stale = answer.StatusCode == HttpStatusCode.Forbidden || Subscribing.IsRedirect(answer.StatusCode)
                    || Endpoint.Passes(answer.StatusCode) || session != mine;
                if (!stale)
                    throw new RefusedException(answer.StatusCode, await Endpoint.Text(answer, cancellationToken).ConfigureAwait(false));
            }
            catch (Exception e) when (e is HttpRequestException or IOException)
            {
                // Handled below, like an answer that shows the same.
            }
            mine.Stream.Break();
            return false;
        }
    }

    /// <summary>Closes the stream. The framework lives on for its <c>failover_timeout</c>; its tasks with it.</summary>
    public void Dispose()
    {
        over = true;
        session?.Stream.Break();
        endpoint.Dispose();
    }

    private Call Subscription()
    {
        var call = new Call { Type = MesosV1.Scheduler.Call.Types.Type.Subscribe, Subscribe = new() { FrameworkInfo = framework } };
        if (framework.Id is { Value.Length: > 0 } id)
            call.FrameworkId = id;
        lock (gate)
            call.Subscribe.SuppressedRoles.Add(suppressed);
        call.Subscribe.OfferConstraints = constraints;
        return call;
    }

    private void Begin(Event.Types.Subscribed subscribed, RecordStream<Event> stream, Subscribing subscribing)
    {
        framework.Id = subscribed.FrameworkId;
        if (subscribed is { HasHeartbeatIntervalSeconds: true, HeartbeatIntervalSeconds: > 0 and < 86400 })
            stream.Silence = TimeSpan.FromSeconds(subscribed.HeartbeatIntervalSeconds) * options.MissedHeartbeats;
        Subscriptions++;
        subscribing.Holds();
    }

    /// <summary>What a call changes is said again by the next SUBSCRIBE, which replaces all of it.</summary>
    private void Note(Call call)
    {
        lock (gate)
        {
            switch (call.Type)
            {
                case MesosV1.Scheduler.Call.Types.Type.Suppress:
                    suppressed.UnionWith(RolesOf(call.Suppress?.Roles));
                    break;
                case MesosV1.Scheduler.Call.Types.Type.Revive:
                    suppressed.ExceptWith(RolesOf(call.Revive?.Roles));
                    break;
                case MesosV1.Scheduler.Call.Types.Type.UpdateFramework:
                    (framework, constraints) = (call.UpdateFramework.FrameworkInfo.Clone(), call.UpdateFramework.OfferConstraints);
                    suppressed.Clear();
                    suppressed.UnionWith(call.UpdateFramework.SuppressedRoles);
                    break;
                case MesosV1.Scheduler.Call.Types.Type.Teardown:
                    over = true;
                    break;
                default:
                    break;
            }
        }
    }

    private IReadOnlyList<string> RolesOf(IReadOnlyList<string>? named) => named is { Count: > 0 } ? named
        : framework.Roles.Count > 0 ? framework.Roles
        : [framework.HasRole ? framework.Role : "*"];
}
