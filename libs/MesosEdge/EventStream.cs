using System.Threading.Channels;

namespace Bourse.MesosEdge;

/// <summary>
/// A bounded queue between the loop, which must never wait, and a connection, which may be slow. A reader that does not keep up
/// loses its stream; on the next one it learns what it missed.
/// </summary>
public abstract class EventStream<T> where T : class
{
    /// <summary>Events a reader may be behind: minutes of a busy cluster, some megabytes.</summary>
    public const int Capacity = 4096;

    private readonly Channel<T> queue = Channel.CreateBounded<T>(new BoundedChannelOptions(Capacity) { SingleReader = true });
    private readonly TaskCompletionSource broken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool ended;

    /// <summary>What is to be told.</summary>
    public ChannelReader<T> Items => queue.Reader;

    /// <summary>Completed when the reader is too slow.</summary>
    public Task Broken => broken.Task;

    /// <summary>Told as the last thing, when set.</summary>
    public string? Error { get; private set; }

    /// <summary>Queues an item. Never waits; a full queue ends the stream.</summary>
    public void Post(T item)
    {
        if (queue.Writer.TryWrite(item) || ended)
            return;
        ended = true;
        queue.Writer.TryComplete();
        broken.TrySetResult();
    }

    /// <summary>Queues an item that is not missed when it finds no room.</summary>
    protected void TryPost(T item) => queue.Writer.TryWrite(item);

    /// <summary>Ends the stream after what is queued, with a last word to the reader or without one.</summary>
    public void Close(string? error)
    {
        if (ended)
            return;
        (Error, ended) = (error, true);
        queue.Writer.TryComplete();
    }
}
