using System.Collections;
using System.Runtime.CompilerServices;
using Bourse.Contracts;

namespace Bourse.Deciding;

/// <summary>What a core answers to a command: the facts that follow, possibly none, or a refusal. Never both.</summary>
[CollectionBuilder(typeof(Decision), nameof(Of))]
public sealed class Decision : IEnumerable<IFact>
{
    /// <summary>The command asks for what is already true.</summary>
    public static readonly Decision Nothing = new([], null);

    private Decision(IReadOnlyList<IFact> facts, Refusal? refusal) => (Facts, Refusal) = (facts, refusal);

    /// <summary>The facts, in the order in which they are to be applied.</summary>
    public IReadOnlyList<IFact> Facts { get; }

    /// <summary>Why the command was refused, or null.</summary>
    public Refusal? Refusal { get; }

    /// <summary>A decision for the given facts.</summary>
    public static Decision Of(ReadOnlySpan<IFact> facts) => facts.IsEmpty ? Nothing : new(facts.ToArray(), null);

    /// <summary>A decision for the given facts.</summary>
    public static Decision Of(IReadOnlyList<IFact> facts) => facts.Count == 0 ? Nothing : new(facts, null);

    /// <summary>A refusal.</summary>
    public static implicit operator Decision(Refusal refusal) => new([], refusal);

    /// <inheritdoc/>
    public IEnumerator<IFact> GetEnumerator() => Facts.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <inheritdoc/>
    public override string ToString() => Refusal?.ToString() ?? $"[{string.Join(", ", Facts)}]";
}

/// <summary>An expected no, as a value.</summary>
/// <param name="Code">Which one; each edge maps it in one table.</param>
/// <param name="Message">For people, naming the field or thing.</param>
public sealed record Refusal(RefusalCode Code, string Message);

/// <summary>Every way to be refused.</summary>
public enum RefusalCode
{
    /// <summary>The input is not well-formed or misses something.</summary>
    Malformed,
    /// <summary>No such framework, or it is not subscribed on this stream.</summary>
    UnknownFramework,
    /// <summary>The framework is over and may not come back.</summary>
    FrameworkRemoved,
    /// <summary>The principal may not do this.</summary>
    NotAllowed,
    /// <summary>The role's name is not valid.</summary>
    InvalidRole,
    /// <summary>No such agent.</summary>
    UnknownAgent,
    /// <summary>No such task.</summary>
    UnknownTask,
    /// <summary>No such secret, or none the caller may know of.</summary>
    UnknownSecret,
    /// <summary>It promises more than the cluster has, or allows less than is in use already; force would do it.</summary>
    Overcommitted,
    /// <summary>The message comes from an earlier incarnation of the agent.</summary>
    StaleIncarnation,
    /// <summary>The message comes from an incarnation not heard of yet; hold it and ask.</summary>
    FutureIncarnation,
}
