using Bourse.Contracts;

namespace Bourse.Deciding;

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
