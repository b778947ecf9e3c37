using Bourse.Contracts;
using Bourse.Deciding;

namespace Bourse.Journal;

/// <summary>A fact as it stands in the journal.</summary>
/// <param name="Position">Dense, from 1, over the service's whole life.</param>
/// <param name="Name">Stable name.</param>
/// <param name="Fact">The fact, in its current shape.</param>
/// <param name="Origin">Who and what is behind it.</param>
/// <param name="At">UTC instant of the commit.</param>
/// <param name="Epoch">The leader that recorded it.</param>
public sealed record Recorded(long Position, string Name, IFact Fact, Origin Origin, DateTimeOffset At, long Epoch);

/// <summary>How far a service has heard another one; recorded with the facts that followed, so that it is exactly as durable as they are.</summary>
/// <param name="Sender">The other service.</param>
/// <param name="Position">Its highest position that was applied.</param>
public readonly record struct Heard(string Sender, long Position);

/// <summary>The way into a service: commands are decided one after the other and answered once what follows is durable.</summary>
/// <typeparam name="TState">The core's state.</typeparam>
/// <typeparam name="TCommand">The core's commands.</typeparam>
public interface IInbox<TState, in TCommand> where TState : class
{
    /// <summary>Decides a command; returns when the facts are committed. Waits when the inbox is full.</summary>
    /// <exception cref="JournalUnavailableException">The journal cannot be written now; nothing was decided, or it is unknown whether it was.</exception>
    Task<Decision> Send(TCommand command, Origin origin, CancellationToken cancellationToken);

    /// <summary>As the other, for a command that follows from another service's commit; the mark is recorded with what follows.</summary>
    /// <exception cref="JournalUnavailableException">The journal cannot be written now; nothing was decided, or it is unknown whether it was.</exception>
    Task<Decision> Send(TCommand command, Origin origin, Heard heard, CancellationToken cancellationToken);

    /// <summary>
    /// Reads the committed state, between two batches. <paramref name="read"/> must copy what it returns and be quick: it holds the loop.
    /// </summary>
    Task<T> Read<T>(Func<TState, T> read, CancellationToken cancellationToken);

    /// <summary>The last committed position; 0 for an empty journal.</summary>
    long Head { get; }

    /// <summary>Completes while this instance leads: consumers and edges that change anything start after it.</summary>
    Task WhenLeading(CancellationToken cancellationToken);
}

/// <summary>Told of every commit, on the loop, in order; must be quick and must not throw.</summary>
/// <typeparam name="TState">The core's state.</typeparam>
public interface ICommitListener<in TState> where TState : class
{
    /// <summary>
    /// Called once when this instance starts to lead, with the state it starts from (its own <see cref="LeadershipTaken"/> included),
    /// before any commit.
    /// </summary>
    void Leading(TState state, long epoch);

    /// <summary>Called after each commit with the state after it.</summary>
    void Committed(TState state, IReadOnlyList<Recorded> events);
}

/// <summary>The journal cannot be written now; callers get 503 and try again.</summary>
public sealed class JournalUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
