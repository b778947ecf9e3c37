namespace Bourse.Contracts;

/// <summary>What the allocator learnt about an agent, in its own words. Only writer: the allocator.</summary>
public interface ICapacityFact : IFact
{
    /// <summary>The agent.</summary>
    AgentId AgentId { get; }

    /// <summary>The agent's incarnation this is about.</summary>
    long Incarnation { get; }

    IEnumerable<Subject> IFact.Subjects => [AgentId];
}

/// <summary>An agent's resources joined the pool, or came back under a new incarnation or description.</summary>
/// <param name="Description">The agent as registered.</param>
/// <param name="Incarnation">Counts its registrations, from 1.</param>
/// <param name="At">UTC instant of the decision.</param>
/// <param name="Kept">The dynamic reservations and volumes made of <paramref name="Description"/>'s resources before; null for none.</param>
public sealed record CapacityAdded(AgentDescription Description, long Incarnation, DateTimeOffset At, Resources? Kept = null) : ICapacityFact
{
    AgentId ICapacityFact.AgentId => Description.Id;
}

/// <summary>An agent is unreachable: nothing of it is offered, its tasks are unreachable.</summary>
/// <param name="AgentId">The agent.</param>
/// <param name="Incarnation">The incarnation that fell silent.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record CapacitySuspended(AgentId AgentId, long Incarnation, DateTimeOffset At) : ICapacityFact;

/// <summary>A silent agent is heard again in the same incarnation.</summary>
/// <param name="AgentId">The agent.</param>
/// <param name="Incarnation">The incarnation that is back.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record CapacityResumed(AgentId AgentId, long Incarnation, DateTimeOffset At) : ICapacityFact;

/// <summary>An agent has done its commands up to a number; they are kept no longer.</summary>
/// <param name="AgentId">The agent.</param>
/// <param name="Incarnation">The incarnation that said so.</param>
/// <param name="UpTo">The highest command done.</param>
public sealed record CommandsConfirmed(AgentId AgentId, long Incarnation, long UpTo) : ICapacityFact;
