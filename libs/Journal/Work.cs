using Bourse.Contracts;
using Bourse.Deciding;

namespace Bourse.Journal;

/// <summary>What waits in the inbox.</summary>
internal abstract class Work<TState, TCommand> where TState : class
{
    public abstract void Fail(Exception why);
}

/// <summary>A command, and whoever waits for what comes of it.</summary>
internal sealed class Asked<TState, TCommand>(TCommand command, Origin origin, Heard? heard) : Work<TState, TCommand> where TState : class
{
    private readonly TaskCompletionSource<Decision> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TCommand Command => command;

    public Origin Origin => origin;

    public Heard? Heard => heard;

    /// <summary>What was decided, until it is durable.</summary>
    public Decision? Decision { get; set; }

    public Task<Decision> Answer => answer.Task;

    public void Done() => answer.TrySetResult(Decision!);

    public override void Fail(Exception why)
    {
        answer.TrySetException(why);
        // The caller may have given up; its silence is no unobserved failure.
        _ = answer.Task.Exception;
    }
}

/// <summary>Commands that are recorded in one commit or not at all.</summary>
internal sealed class Together<TState, TCommand>(Asked<TState, TCommand>[] parts) : Work<TState, TCommand> where TState : class
{
    public Asked<TState, TCommand>[] Parts => parts;

    public override void Fail(Exception why)
    {
        foreach (var part in parts)
            part.Fail(why);
    }
}

/// <summary>A look at the committed state.</summary>
internal abstract class Look<TState, TCommand> : Work<TState, TCommand> where TState : class
{
    public abstract void At(TState state);
}

/// <summary>A look that brings something back.</summary>
internal sealed class Look<TState, TCommand, T>(Func<TState, T> read) : Look<TState, TCommand> where TState : class
{
    private readonly TaskCompletionSource<T> answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Task<T> Answer => answer.Task;

    public override void At(TState state)
    {
        try
        {
            answer.TrySetResult(read(state));
        }
        catch (Exception e)
        {
            // A reader's mistake is the reader's: the loop and the state are as they were.
            answer.TrySetException(e);
        }
    }

    public override void Fail(Exception why)
    {
        answer.TrySetException(why);
        _ = answer.Task.Exception;
    }
}
