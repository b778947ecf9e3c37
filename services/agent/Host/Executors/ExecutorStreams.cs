using System.Collections.Concurrent;
using Bourse.MesosEdge;

namespace Bourse.Agent.Host.Executors;

/// <summary>One event of a stream; none stands for a heartbeat.</summary>
internal sealed record ExecutorItem(ExecutorEvent? Event);

/// <summary>The events on their way to one connected executor.</summary>
internal sealed class ExecutorStream(long connection) : EventStream<ExecutorItem>
{
    /// <summary>Names it.</summary>
    public long Connection { get; } = connection;

    /// <summary>Queues a heartbeat, unless there is so much to tell that nobody needs one.</summary>
    public void Beat() => TryPost(new(null));
}

/// <summary>The executors there are, and the streams to them.</summary>
internal sealed class ExecutorStreams
{
    private readonly ConcurrentDictionary<long, ExecutorStream> open = new();
    private readonly ConcurrentDictionary<ExecutorKey, AgentExecutor> executors = new();
    private long connections;

    /// <summary>An executor the agent holds.</summary>
    public AgentExecutor? Find(ExecutorKey key) => executors.GetValueOrDefault(key);

    /// <summary>The executor of a container that the agent holds.</summary>
    public AgentExecutor? OfContainer(string container) => executors.Values.FirstOrDefault(executor => executor.Container == container);

    /// <summary>All of them.</summary>
    public IEnumerable<AgentExecutor> All => executors.Values.OrderBy(executor => executor.Key);

    public void Note(Change change)
    {
        switch (change)
        {
            case ExecutorKept(var executor):
                executors[executor.Key] = executor;
                break;
            case ExecutorDropped(var executor):
                executors.TryRemove(executor.Key, out _);
                break;
            default:
                break;
        }
    }

    public ExecutorStream Open()
    {
        var stream = new ExecutorStream(Interlocked.Increment(ref connections));
        open[stream.Connection] = stream;
        return stream;
    }

    public void Close(ExecutorStream stream) => open.TryRemove(stream.Connection, out _);

    /// <summary>The agent stops; its executors wait for the next one.</summary>
    public void CutAll()
    {
        foreach (var stream in open.Values)
            stream.Close(error: null);
    }

    public void Tell(TellExecutor tell)
    {
        if (open.TryGetValue(tell.Connection, out var stream))
            stream.Post(new(tell.Event));
    }

    public void Cut(CutExecutor cut)
    {
        if (open.TryGetValue(cut.Connection, out var stream))
            stream.Close(error: null);
    }
}
