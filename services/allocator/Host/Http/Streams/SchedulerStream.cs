using System.Threading.Channels;
using Bourse.Contracts;

namespace Bourse.Allocator.Host.Http.Streams;

/// <summary>
/// The event stream of one subscription: a bounded queue between the loop, which must never wait, and a connection, which may be
/// slow. A scheduler that does not keep up loses its stream; on the next one it learns everything it has not acknowledged.
/// </summary>
internal sealed class SchedulerStream(FrameworkId frameworkId, long session, FrameworkDescription description)
{
    /// <summary>Events a scheduler may be behind: minutes of a busy cluster, some megabytes.</summary>
    public const int Capacity = 4096;

    private readonly Channel<StreamItem> queue = Channel.CreateBounded<StreamItem>(new BoundedChannelOptions(Capacity) { SingleReader = true });
    private readonly TaskCompletionSource broken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool ended;

    /// <summary>What the client must name in every later call.</summary>
    public string Id { get; } = Guid.NewGuid().ToString();

    public FrameworkId FrameworkId { get; } = frameworkId;

    /// <summary>The subscription it belongs to.</summary>
    public long Session { get; } = session;

    public FrameworkDescription Description { get; } = description;

    /// <summary>What is to be told.</summary>
    public ChannelReader<StreamItem> Items => queue.Reader;

    /// <summary>Completed when the scheduler is too slow.</summary>
    public Task Broken => broken.Task;

    /// <summary>Told as the last thing, when set.</summary>
    public string? Error { get; private set; }

    /// <summary>Queues an item. Never waits; a full queue ends the stream.</summary>
    public void Post(StreamItem item)
    {
        if (queue.Writer.TryWrite(item) || ended)
            return;
        ended = true;
        queue.Writer.TryComplete();
        broken.TrySetResult();
    }

    /// <summary>Queues a tick; one that finds no room is not missed.</summary>
    public void Tick() => queue.Writer.TryWrite(StreamItem.Tick.Instance);

    /// <summary>Ends the stream after what is queued, with a last word to the scheduler or without one.</summary>
    public void Close(string? error)
    {
        if (ended)
            return;
        (Error, ended) = (error, true);
        queue.Writer.TryComplete();
    }
}
