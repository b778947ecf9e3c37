using Bourse.Contracts;
using Bourse.Deciding;

namespace Bourse.Journal;

/// <summary>A service's rules: pure functions of state, command and time. The same core serves production, replay and simulation.</summary>
/// <typeparam name="TState">Mutable state, owned by whoever folds; changed by <see cref="Evolve"/> only.</typeparam>
/// <typeparam name="TCommand">What can be asked; carries its own time, new ids and seeds.</typeparam>
public interface ICore<TState, in TCommand> where TState : class
{
    /// <summary>The service that owns the journal.</summary>
    string Service { get; }

    /// <summary>The state before anything happened.</summary>
    TState New();

    /// <summary>What follows from a command. Reads the state, never changes it.</summary>
    Decision Decide(TState state, TCommand command);

    /// <summary>Applies a fact in place.</summary>
    void Evolve(TState state, IFact fact);

    /// <summary>The whole state as canonical JSON: equal states give equal bytes.</summary>
    byte[] Save(TState state);

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    TState Load(ReadOnlySpan<byte> snapshot);

    /// <summary>The shortest list of facts that tells a newcomer on the bus what it must know.</summary>
    IEnumerable<IFact> Picture(TState state);
}

/// <summary>A fact as it stands in the journal.</summary>
/// <param name="Position">Dense, from 1, over the service's whole life.</param>
/// <param name="Name">Stable name.</param>
/// <param name="Fact">The fact, in its current shape.</param>
/// <param name="Origin">Who and what is behind it.</param>
/// <param name="At">UTC instant of the commit.</param>
/// <param name="Epoch">The leader that recorded it.</param>
public sealed record Recorded(long Position, string Name, IFact Fact, Origin Origin, DateTimeOffset At, long Epoch);

/// <summary>The way into a service: commands are decided one after the other and answered once what follows is durable.</summary>
/// <typeparam name="TState">The core's state.</typeparam>
/// <typeparam name="TCommand">The core's commands.</typeparam>
public interface IInbox<TState, in TCommand> where TState : class
{
    /// <summary>Decides a command; returns when the facts are committed. Waits when the inbox is full.</summary>
    /// <exception cref="JournalUnavailableException">The journal cannot be written now; nothing was decided, or it is unknown whether it was.</exception>
    Task<Decision> Send(TCommand command, Origin origin, CancellationToken cancellationToken);

    /// <summary>
    /// Reads the committed state, between two batches. <paramref name="read"/> must copy what it returns and be quick: it holds the loop.
    /// </summary>
    Task<T> Read<T>(Func<TState, T> read, CancellationToken cancellationToken);

    /// <summary>The last committed position; 0 for an empty journal.</summary>
    long Head { get; }
}

/// <summary>Told of every commit, on the loop, in order; must be quick and must not throw.</summary>
/// <typeparam name="TState">The core's state.</typeparam>
public interface ICommitListener<in TState> where TState : class
{
    /// <summary>Called once when this instance starts to lead, with the state it starts from, before any commit.</summary>
    void Leading(TState state, long epoch);

    /// <summary>Called after each commit with the state after it.</summary>
    void Committed(TState state, IReadOnlyList<Recorded> events);
}

/// <summary>The journal cannot be written now; callers get 503 and try again.</summary>
public sealed class JournalUnavailableException(string message, Exception? inner = null) : Exception(message, inner);
