using System.Threading.Channels;

namespace Bourse.Agent.Host;

/// <summary>What waits for the agent's loop. Everything gets its time and its seed here.</summary>
internal sealed class Inbox(TimeProvider clock)
{
    private readonly Channel<Waiting> channel = Channel.CreateUnbounded<Waiting>(new() { SingleReader = true });

    /// <summary>An input, and whoever awaits its being in the checkpoint; or a look at the state between two of them.</summary>
    public readonly record struct Waiting(Input? Input, TaskCompletionSource? Stored, Action<AgentState>? Look = null);

    public ChannelReader<Waiting> Reader => channel.Reader;

    public void Post(Func<DateTimeOffset, Guid, Input> input) =>
        channel.Writer.TryWrite(new(input(clock.GetUtcNow(), Guid.NewGuid()), null));

    /// <summary>Reads the state, between two inputs. What is read must be a copy: the state goes on changing.</summary>
    public Task<T> Read<T>(Func<AgentState, T> read, CancellationToken cancellationToken)
    {
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        channel.Writer.TryWrite(new(null, null, state => result.TrySetResult(read(state))));
        return result.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Returns once what follows from the input is in the checkpoint.</summary>
    public Task Store(Func<DateTimeOffset, Guid, Input> input, CancellationToken cancellationToken)
    {
        var stored = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        channel.Writer.TryWrite(new(input(clock.GetUtcNow(), Guid.NewGuid()), stored));
        return stored.Task.WaitAsync(cancellationToken);
    }
}
