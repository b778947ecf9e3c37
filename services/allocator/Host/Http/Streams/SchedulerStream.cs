using Bourse.Contracts;

namespace Bourse.Allocator.Host.Http.Streams;

/// <summary>The event stream of one subscription. After a lost one, a scheduler is told again what it has not acknowledged.</summary>
internal sealed class SchedulerStream(FrameworkId frameworkId, long session, FrameworkDescription description) : EventStream<StreamItem>
{
    private volatile FrameworkDescription description = description;

    /// <summary>What the client must name in every later call.</summary>
    public string Id { get; } = Guid.NewGuid().ToString();

    public FrameworkId FrameworkId { get; } = frameworkId;

    /// <summary>The subscription it belongs to.</summary>
    public long Session { get; } = session;

    /// <summary>What the framework says about itself now; its capabilities decide how events are put.</summary>
    public FrameworkDescription Description
    {
        get => description;
        set => description = value;
    }

    /// <summary>Queues a tick; one that finds no room is not missed.</summary>
    public void Tick() => TryPost(StreamItem.Tick.Instance);
}
