using Bourse.Contracts;
using Bourse.MesosV1.Scheduler;
using Bourse.Allocator.Host.Http.Mapping;
using V1 = Bourse.MesosV1;

namespace Bourse.Allocator.Host.Http.Streams;

/// <summary>Writes a stream to its connection: events as they come, a heartbeat, and again what is not acknowledged in time.</summary>
/// <param name="stream">The stream.</param>
/// <param name="master">What SUBSCRIBED tells of this master.</param>
/// <param name="format">JSON or protobuf.</param>
/// <param name="output">The response's body.</param>
/// <param name="meters">Counts what is written.</param>
/// <param name="clock">Tells the time.</param>
internal sealed class EventWriter(SchedulerStream stream, V1.MasterInfo master, WireFormat format, Stream output, FrameworkMeters meters, TimeProvider clock)
{
    /// <summary>Well below the ten seconds after which a widespread client takes its socket for dead.</summary>
    public static readonly TimeSpan HeartbeatInterval = TimeSpan.FromSeconds(5);

    /// <summary>An update is sent again after this time, then after twice as long, and so on up to the longest.</summary>
    public static readonly TimeSpan FirstRepeat = TimeSpan.FromSeconds(10), LongestRepeat = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan TickInterval = TimeSpan.FromSeconds(1);

    // Real clients give up on records above 4 MiB.
    private const int LargestOffers = 2 * 1024 * 1024;

    private readonly Dictionary<TaskId, Sent> sent = [];
    private readonly Dictionary<string, SentOperation> operations = new(StringComparer.Ordinal);
    private DateTimeOffset heartbeatDue;

    private sealed record Sent(StreamItem.Update Update, DateTimeOffset Due, TimeSpan Wait);

    private sealed record SentOperation(StreamItem.Operation Operation, DateTimeOffset Due, TimeSpan Wait);

    /// <summary>Writes until the stream is closed (returns) or the connection breaks (throws).</summary>
    public async Task Run(CancellationToken cancellationToken)
    {
        using var ticks = clock.CreateTimer(_ => stream.Tick(), null, TickInterval, TickInterval);
        await foreach (var item in stream.Items.ReadAllAsync(cancellationToken))
            await Write(item, cancellationToken);
        if (stream.Error is { } error)
            await Write(new Event { Type = Event.Types.Type.Error, Error = new() { Message = error } }, cancellationToken);
    }

    private Task Write(StreamItem item, CancellationToken ct) => item switch
    {
        StreamItem.Subscribed i => Subscribed(i, ct),
        StreamItem.Offers i => Offers(Offers(i), ct),
        StreamItem.Rescinded i => Each(i.OfferIds, id => new() { Type = Event.Types.Type.Rescind, Rescind = new() { OfferId = new() { Value = id.Value } } }, ct),
        StreamItem.InverseOffers i => Write(new Event { Type = Event.Types.Type.InverseOffers, InverseOffers = new() { InverseOffers_ = { Inverse(i) } } }, ct),
        StreamItem.InverseRescinded i => Each(i.OfferIds, id => new()
        {
            Type = Event.Types.Type.RescindInverseOffer,
            RescindInverseOffer = new() { InverseOfferId = new() { Value = id.Value } },
        }, ct),
        StreamItem.Update i => Update(i, ct),
        StreamItem.Updates i => Updates(i.All, ct),
        StreamItem.Acknowledged i => Acknowledged(i),
        StreamItem.AgentFailed i => Write(new Event { Type = Event.Types.Type.Failure, Failure = new() { AgentId = new() { Value = i.AgentId.Value } } }, ct),
        StreamItem.ExecutorFailed i => Write(Failure(i), ct),
        StreamItem.Message i => Write(new Event
        {
            Type = Event.Types.Type.Message,
            Message = new()
            {
                AgentId = new() { Value = i.AgentId.Value },
                ExecutorId = new() { Value = i.ExecutorId.Value },
                Data = Google.Protobuf.ByteString.FromBase64(i.Data),
            },
        }, ct),
        StreamItem.Operation i => Operation(i, ct),
        StreamItem.OperationAcknowledged i => Acknowledged(i),
        StreamItem.Tick => Ticked(ct),
        _ => throw new NotSupportedException($"no event for {item.GetType()}"),
    };

    private static Event Failure(StreamItem.ExecutorFailed item)
    {
        var failure = new Event.Types.Failure { AgentId = new() { Value = item.AgentId.Value }, ExecutorId = new() { Value = item.ExecutorId.Value } };
        if (item.Status is { } status)
            failure.Status = status;
        return new() { Type = Event.Types.Type.Failure, Failure = failure };
    }

    private async Task Subscribed(StreamItem.Subscribed item, CancellationToken ct)
    {
        await Write(new Event
        {
            Type = Event.Types.Type.Subscribed,
            Subscribed = new()
            {
                FrameworkId = new() { Value = stream.FrameworkId.Value },
                HeartbeatIntervalSeconds = HeartbeatInterval.TotalSeconds,
                MasterInfo = master,
            },
        }, ct);
        await Heartbeat(ct);
        await Updates(item.Waiting, ct);
        foreach (var operation in item.Operations)
            await Operation(operation, ct);
    }

    private async Task Operation(StreamItem.Operation item, CancellationToken ct)
    {
        // The subscription and the commit after it may both name the same one.
        if (item.Uuid is { } uuid && !operations.TryAdd(uuid, new(item, clock.GetUtcNow() + FirstRepeat, FirstRepeat)))
            return;
        await WriteStatus(item, ct);
    }

    private Task WriteStatus(StreamItem.Operation item, CancellationToken ct) => Write(
        new Event { Type = Event.Types.Type.UpdateOperationStatus, UpdateOperationStatus = new() { Status = item.Status } }, ct);

    private Task Acknowledged(StreamItem.OperationAcknowledged item)
    {
        operations.Remove(item.OperationUuid);
        return Task.CompletedTask;
    }

    private async Task Updates(IReadOnlyList<StreamItem.Update> updates, CancellationToken ct)
    {
        foreach (var update in updates)
            await Update(update, ct);
    }

    private async Task Update(StreamItem.Update update, CancellationToken ct)
    {
        if (update.Status.Uuid is { } uuid)
        {
            // The subscription and the commit after it may both name the same one.
            if (sent.TryGetValue(update.TaskId, out var before) && before.Update.Status.Uuid == uuid)
                return;
            sent[update.TaskId] = new(update, clock.GetUtcNow() + FirstRepeat, FirstRepeat);
        }
        await WriteStatus(update, ct);
    }

    private Task WriteStatus(StreamItem.Update update, CancellationToken ct) => Write(new Event
    {
        Type = Event.Types.Type.Update,
        Update = new() { Status = TaskStatusMapping.Write(update.TaskId, update.AgentId, update.Status, stream.Description.Capabilities) },
    }, ct);

    private Task Acknowledged(StreamItem.Acknowledged item)
    {
        if (sent.TryGetValue(item.TaskId, out var before) && before.Update.Status.Uuid == item.Uuid)
            sent.Remove(item.TaskId);
        return Task.CompletedTask;
    }

    private async Task Ticked(CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        // The tick nearest to it: one that came a moment before it was due would put it off to the next.
        if (now >= heartbeatDue - TickInterval / 2)
            await Heartbeat(ct);
        foreach (var (task, late) in sent.Where(pair => pair.Value.Due <= now).OrderBy(pair => pair.Key).ToList())
        {
            var wait = Longer(late.Wait);
            sent[task] = late with { Due = now + wait, Wait = wait };
            await WriteStatus(late.Update, ct);
        }
        foreach (var (uuid, late) in operations.Where(pair => pair.Value.Due <= now).OrderBy(pair => pair.Key, StringComparer.Ordinal).ToList())
        {
            var wait = Longer(late.Wait);
            operations[uuid] = late with { Due = now + wait, Wait = wait };
            await WriteStatus(late.Operation, ct);
        }
    }

    private static TimeSpan Longer(TimeSpan wait) => wait * 2 < LongestRepeat ? wait * 2 : LongestRepeat;

    private Task Heartbeat(CancellationToken ct)
    {
        heartbeatDue = clock.GetUtcNow() + HeartbeatInterval;
        return Write(new Event { Type = Event.Types.Type.Heartbeat }, ct);
    }

    private List<V1.Offer> Offers(StreamItem.Offers item) =>
        [.. item.Made.Offers.Select((offer, i) => OfferMapping.Write(
            offer.Id, item.Made.FrameworkId, item.Made.Role, offer.Resources, item.Agents[i], stream.Description.Capabilities,
            item.Windows[i], item.Executors[i]))];

    private static IEnumerable<V1.InverseOffer> Inverse(StreamItem.InverseOffers item) =>
        item.Made.Offers.Select((offer, i) => OfferMapping.Write(offer, item.Made.FrameworkId, item.Agents[i]));

    private async Task Offers(List<V1.Offer> offers, CancellationToken ct)
    {
        var record = format.Frame(new Event { Type = Event.Types.Type.Offers, Offers = new() { Offers_ = { offers } } });
        if (record.Length <= LargestOffers || offers.Count == 1)
        {
            meters.Told(stream.FrameworkId, Event.Types.Type.Offers);
            await output.WriteAsync(record, ct);
            return;
        }
        await Offers(offers[..(offers.Count / 2)], ct);
        await Offers(offers[(offers.Count / 2)..], ct);
    }

    private async Task Each<T>(IEnumerable<T> items, Func<T, Event> @event, CancellationToken ct)
    {
        foreach (var item in items)
            await Write(@event(item), ct);
    }

    // One write is one HTTP chunk, and one client needs every record in a chunk of its own.
    private Task Write(Event @event, CancellationToken ct)
    {
        meters.Told(stream.FrameworkId, @event.Type);
        return output.WriteAsync(format.Frame(@event), ct).AsTask();
    }
}
