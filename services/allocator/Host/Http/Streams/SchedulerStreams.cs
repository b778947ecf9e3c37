using System.Collections.Concurrent;
using Bourse.Allocator.Host.Http.Mapping;
using Bourse.Contracts;
using Bourse.Journal;

namespace Bourse.Allocator.Host.Http.Streams;

/// <summary>A framework as the edge knows it: whose it is and, when it is connected, its stream.</summary>
internal sealed record Subscriber(FrameworkId Id, string Principal, ValueList<string> Capabilities, SchedulerStream? Stream);

/// <summary>
/// Turns what is committed into what schedulers are told. It runs on the loop, so that a stream sees events in the order of the
/// journal and never one that is not stored; everything slow happens on the reading side of the streams.
/// </summary>
internal sealed class SchedulerStreams : ICommitListener<AllocatorState>
{
    private readonly ConcurrentDictionary<FrameworkId, Subscriber> subscribers = new();
    private readonly ConcurrentDictionary<string, Subscriber> byStream = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<(FrameworkId, long), TaskCompletionSource<SchedulerStream>> opened = new();
    private volatile bool leads;

    /// <summary>Whether this instance has started to lead.</summary>
    public bool Leads => leads;

    /// <summary>A framework that is not removed.</summary>
    public Subscriber? Find(FrameworkId id) => subscribers.GetValueOrDefault(id);

    /// <summary>The framework whose current stream has this id.</summary>
    public Subscriber? Find(string streamId) => byStream.GetValueOrDefault(streamId);

    /// <summary>The stream of a subscription that is committed; it has queued everything from the subscription on.</summary>
    public async Task<SchedulerStream> Claim(FrameworkId id, long session, CancellationToken cancellationToken)
    {
        // Who is first, the answer to the command or the word of the commit, is the loop's business.
        var stream = await opened.GetOrAdd((id, session), _ => Promise()).Task.WaitAsync(cancellationToken);
        opened.TryRemove((id, session), out _);
        return stream;
    }

    /// <summary>Ends every stream without a word; schedulers subscribe again.</summary>
    public void CloseAll()
    {
        foreach (var subscriber in subscribers.Values)
            subscriber.Stream?.Close(error: null);
    }

    public void Leading(AllocatorState state, long epoch)
    {
        CloseAll();
        subscribers.Clear();
        byStream.Clear();
        opened.Clear();
        foreach (var framework in state.Frameworks.Values.Where(framework => !framework.Removed))
            subscribers[framework.Id] = new(framework.Id, framework.Description.Principal, framework.Description.Capabilities, Stream: null);
        leads = true;
    }

    public void Committed(AllocatorState state, IReadOnlyList<Recorded> events)
    {
        for (var i = 0; i < events.Count; i++)
        {
            switch (events[i].Fact)
            {
                case FrameworkSubscribed f:
                    Open(state, f);
                    break;
                case FrameworkUpdated f:
                    Describe(f);
                    break;
                case FrameworkDisconnected f:
                    Close(f.FrameworkId, error: null);
                    break;
                case FrameworkRemoved f:
                    Close(f.FrameworkId, error: null);
                    subscribers.TryRemove(f.FrameworkId, out _);
                    break;
                case OffersMade f:
                    StreamOf(f.FrameworkId)?.Post(new StreamItem.Offers(
                        f, [.. f.Offers.Select(offer => state.Agents[offer.AgentId].Description)],
                        [.. f.Offers.Select(offer => state.Maintenance.WindowOf(state.Agents[offer.AgentId].Description))],
                        [.. f.Offers.Select(offer => Executing.Of(state.Agents[offer.AgentId], f.FrameworkId))]));
                    break;
                case OffersRescinded f when !Leaves(f.FrameworkId, events, after: i):
                    StreamOf(f.FrameworkId)?.Post(new StreamItem.Rescinded(f.OfferIds));
                    break;
                case TaskRefused f:
                    StreamOf(f.FrameworkId)?.Post(new StreamItem.Update(f.TaskId, f.AgentId, f.Update));
                    break;
                case TaskStatusChanged f:
                    Tell(state, f);
                    break;
                case TaskStatusAcknowledged f when StreamOf(f.FrameworkId) is { } stream:
                    stream.Post(new StreamItem.Acknowledged(f.TaskId, f.Uuid));
                    if (Waiting(state, f.FrameworkId, f.TaskId) is { } next)
                        stream.Post(next);
                    break;
                case ExecutorEnded f:
                    StreamOf(f.FrameworkId)?.Post(new StreamItem.ExecutorFailed(f.AgentId, f.ExecutorId, f.Status));
                    break;
                case OperationRefused { OperationId: { } id } f:
                    StreamOf(f.FrameworkId)?.Post(new StreamItem.Operation(
                        OperationMapping.Status(id, f.AgentId, OperationState.Error, statusUuid: null, f.Message)));
                    break;
                case OperationStatusChanged { FrameworkId: { } framework, OperationId: { } id } f:
                    StreamOf(framework)?.Post(new StreamItem.Operation(
                        OperationMapping.Status(id, f.AgentId, f.State, f.StatusUuid, f.Message), f.StatusUuid is null ? null : f.Uuid));
                    break;
                case OperationStatusAcknowledged f:
                    StreamOf(f.FrameworkId)?.Post(new StreamItem.OperationAcknowledged(f.Uuid));
                    break;
                case InverseOffersMade f:
                    StreamOf(f.FrameworkId)?.Post(new StreamItem.InverseOffers(f, [.. f.Offers.Select(offer => state.Agents[offer.AgentId].Description)]));
                    break;
                case InverseOffersRescinded f:
                    StreamOf(f.FrameworkId)?.Post(new StreamItem.InverseRescinded(f.OfferIds));
                    break;
                case CapacitySuspended or CapacityRemoved:
                    foreach (var subscriber in subscribers.Values)
                        subscriber.Stream?.Post(new StreamItem.AgentFailed(((ICapacityFact)events[i].Fact).AgentId));
                    break;
                default:
                    break;
            }
        }
    }

    private SchedulerStream? StreamOf(FrameworkId id) => subscribers.GetValueOrDefault(id)?.Stream;

    private void Open(AllocatorState state, FrameworkSubscribed f)
    {
        // A second instance of a scheduler always wins, as in Mesos; the words are those clients log.
        Close(f.FrameworkId, "Framework failed over");
        var stream = new SchedulerStream(f.FrameworkId, f.Session, f.Description);
        stream.Post(new StreamItem.Subscribed(
            state.Frameworks.TryGetValue(f.FrameworkId, out var framework)
                ? [.. framework.Tasks.Keys.Select(task => Waiting(state, f.FrameworkId, task)).OfType<StreamItem.Update>()]
                : [],
            [.. state.Operations.Values.Where(operation => operation.FrameworkId == f.FrameworkId && operation.Unacknowledged).Select(operation => new StreamItem.Operation(
                OperationMapping.Status(operation.OperationId!, operation.AgentId, operation.State, operation.StatusUuid, message: null), operation.Uuid))]));
        var subscriber = new Subscriber(f.FrameworkId, f.Description.Principal, f.Description.Capabilities, stream);
        subscribers[f.FrameworkId] = subscriber;
        byStream[stream.Id] = subscriber;
        opened.GetOrAdd((f.FrameworkId, f.Session), _ => Promise()).TrySetResult(stream);
    }

    private void Describe(FrameworkUpdated f)
    {
        if (!subscribers.TryGetValue(f.FrameworkId, out var subscriber))
            return;
        subscribers[f.FrameworkId] = subscriber = subscriber with { Capabilities = f.Description.Capabilities };
        if (subscriber.Stream is not { } stream)
            return;
        stream.Description = f.Description;
        byStream[stream.Id] = subscriber;
    }

    private void Close(FrameworkId id, string? error)
    {
        if (!subscribers.TryGetValue(id, out var subscriber) || subscriber.Stream is not { } stream)
            return;
        stream.Close(error);
        byStream.TryRemove(stream.Id, out _);
        subscribers[id] = subscriber with { Stream = null };
    }

    private void Tell(AllocatorState state, TaskStatusChanged f)
    {
        if (StreamOf(f.FrameworkId) is not { } stream)
            return;
        var update = new StreamItem.Update(f.TaskId, f.AgentId, f.Update);
        if (f.Update.Uuid is not { } uuid)
            stream.Post(update);
        // An update that needs an acknowledgement waits until the one before it has got its own.
        else if (Waiting(state, f.FrameworkId, f.TaskId) is { } first && first.Status.Uuid == uuid)
            stream.Post(first);
    }

    /// <summary>The update of a task that the framework is to acknowledge next.</summary>
    private static StreamItem.Update? Waiting(AllocatorState state, FrameworkId framework, TaskId task) =>
        state.Frameworks.TryGetValue(framework, out var found) && found.Tasks.TryGetValue(task, out var live) && live.Unacknowledged.Count > 0
            ? new(task, live.AgentId, live.Unacknowledged[0])
            : null;

    // Offers that end because the stream does are withdrawn without RESCIND, as in Mesos.
    private static bool Leaves(FrameworkId id, IReadOnlyList<Recorded> events, int after)
    {
        for (var i = after + 1; i < events.Count; i++)
            if (events[i].Fact is FrameworkSubscribed or FrameworkDisconnected or FrameworkRemoved && ((IFrameworkFact)events[i].Fact).FrameworkId == id)
                return true;
        return false;
    }

    private static TaskCompletionSource<SchedulerStream> Promise() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
