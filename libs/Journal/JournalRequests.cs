using System.Text.Json;
using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Contracts.Messages;
using Bourse.Deciding;
using Microsoft.Extensions.Hosting;

namespace Bourse.Journal;

/// <summary>Serves what a service is asked on its command queue beyond what every journal answers.</summary>
public interface IServiceRequests
{
    /// <summary>The answer; null when the message is none of this service's requests.</summary>
    Task<object?> Answer(Delivery delivery, CancellationToken cancellationToken);
}

/// <summary>
/// The command queue of a service while it leads: answers <see cref="Resend"/>, <see cref="ReadJournal"/>, <see cref="ReadState"/> and
/// <see cref="VerifyJournal"/>, and hands the rest to the service.
/// </summary>
/// <typeparam name="TState">The core's state.</typeparam>
/// <typeparam name="TCommand">The core's commands.</typeparam>
/// <param name="core">The rules.</param>
/// <param name="store">The journal.</param>
/// <param name="inbox">The live state.</param>
/// <param name="bus">The bus.</param>
/// <param name="others">The service's own requests.</param>
/// <param name="invariants">The service's own checks.</param>
public sealed class JournalRequests<TState, TCommand>(
    ICore<TState, TCommand> core,
    IJournalStore store,
    IInbox<TState, TCommand> inbox,
    IBus bus,
    IEnumerable<IServiceRequests>? others = null,
    Func<IEnumerable<IInvariants<TState>>>? invariants = null) : BackgroundService where TState : class
{
    private const int PageEvents = 500;
    private const int InParallel = 8;
    private readonly Verification<TState, TCommand> verification = new(core, store, inbox, invariants);

    /// <summary>The answer to a request; a refusal when nobody knows it.</summary>
    public async Task<object?> Answer(Delivery delivery, CancellationToken cancellationToken)
    {
        switch (delivery.Message)
        {
            case Resend resend:
                await Send(resend, delivery.Origin, cancellationToken);
                return null;
            case ReadJournal read:
                return await Page(read, cancellationToken);
            case ReadState read:
                return await StateAt(read, cancellationToken);
            case VerifyJournal:
                return await verification.Verify(cancellationToken);
        }
        foreach (var other in others ?? [])
        {
            if (await other.Answer(delivery, cancellationToken) is { } answer)
                return answer;
        }
        return new Refused("malformed", $"the {store.Service} does not serve {delivery.Message.GetType().Name}");
    }

    /// <summary>A page of the journal.</summary>
    public async Task<JournalPage> Page(ReadJournal read, CancellationToken cancellationToken)
    {
        var head = inbox.Head;
        var max = Math.Clamp(read.Max, 1, PageEvents);
        var from = Math.Max(read.From, 1);
        var to = head;
        if (read.Since is { } since)
            from = Math.Max(from, await store.PositionAt(since.AddTicks(-1), cancellationToken) + 1);
        if (read.Until is { } until)
            to = Math.Min(to, await store.PositionAt(until.AddTicks(-1), cancellationToken));

        var events = new List<CommittedEvent>(max);
        // One more than asked tells whether there is more.
        var entries = read.Subject is { } subject
            ? store.ReadSubject(subject, from, to, max + 1, cancellationToken)
            : store.Read(from, Math.Min(to, from + max), cancellationToken);
        long? next = null;
        await foreach (var entry in entries)
        {
            if (events.Count == max)
            {
                next = entry.Position;
                break;
            }
            events.Add(entry.Committed());
        }
        return new([.. events], next, head);
    }

    /// <summary>The state at a position or instant.</summary>
    public async Task<StateAt> StateAt(ReadState read, CancellationToken cancellationToken)
    {
        var head = inbox.Head;
        if (read is { Position: null, Time: null })
        {
            var (live, at) = await inbox.Read(state => (core.Save(state), inbox.Head), cancellationToken);
            return new(at, JsonSerializer.Deserialize<JsonElement>(live));
        }
        var position = Math.Clamp(read.Position ?? await store.PositionAt(read.Time!.Value, cancellationToken), 0, head);
        var fold = await Fold<TState, TCommand>.At(core, store, position, cancellationToken);
        return new(fold.Position, JsonSerializer.Deserialize<JsonElement>(core.Save(fold.State)));
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await inbox.WhenLeading(stoppingToken);
        await bus.Listen(new Queue(Topology.Commands(store.Service), [], Quorum: true, InParallel: InParallel), Answer, stoppingToken);
    }

    private async Task Send(Resend resend, Origin origin, CancellationToken cancellationToken)
    {
        var to = Destination.Queue(resend.To);
        if (resend.From <= 0)
        {
            var (facts, at) = await inbox.Read(state => (core.Picture(state).ToArray(), inbox.Head), cancellationToken);
            var now = DateTimeOffset.UnixEpoch;
            var events = facts.Select(fact => new CommittedEvent(
                0, store.Names.NameOf(fact.GetType()), now, JsonSerializer.Deserialize<JsonElement>(Facts.Write(fact)), origin, 0));
            await bus.Publish(to, new Picture(store.Service, at, [.. events]), origin, cancellationToken);
            return;
        }
        var chunk = new List<CommittedEvent>(PageEvents);
        await foreach (var entry in store.Read(resend.From, inbox.Head, cancellationToken))
        {
            if (chunk.Count == PageEvents || (chunk.Count > 0 && chunk[0].Epoch != entry.Epoch))
                await Flush();
            chunk.Add(entry.Committed());
        }
        if (chunk.Count > 0)
            await Flush();

        async Task Flush()
        {
            await bus.Publish(to, new Commit(store.Service, chunk[0].Epoch, chunk[0].Position, [.. chunk]), origin, cancellationToken);
            chunk.Clear();
        }
    }
}
