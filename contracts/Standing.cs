namespace Bourse.Contracts;

/// <summary>What operators decided about an agent.</summary>
/// <param name="Deactivated">Nothing of it is offered; its tasks go on unless it drains.</param>
/// <param name="Drain">Its tasks are being ended, or have been.</param>
/// <param name="Gone">It is gone for ever and may not come back under its id.</param>
public sealed record AgentStanding(bool Deactivated = false, Drain? Drain = null, bool Gone = false)
{
    /// <summary>Nothing was decided.</summary>
    public static readonly AgentStanding Usual = new();

    /// <summary>Whether it drains and has not come to the end of it.</summary>
    public bool IsDraining => Drain is { Drained: false };
}

/// <summary>The draining of an agent.</summary>
/// <param name="MaxGrace">The longest time between TERM and KILL; null for each task's own.</param>
/// <param name="MarkGone">Whether the agent is to be gone when it is drained.</param>
/// <param name="Since">UTC instant of the request.</param>
/// <param name="Drained">Whether all its tasks have ended and nothing waits to be acknowledged.</param>
public sealed record Drain(TimeSpan? MaxGrace, bool MarkGone, DateTimeOffset Since, bool Drained = false);

/// <summary>An operator took an agent out of use; its tasks go on. Only writer: the registry.</summary>
/// <param name="AgentId">The agent.</param>
/// <param name="Incarnation">As it was then.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record AgentDeactivated(AgentId AgentId, long Incarnation, DateTimeOffset At) : IAgentFact;

/// <summary>An operator put an agent back into use. Only writer: the registry.</summary>
/// <param name="AgentId">The agent.</param>
/// <param name="Incarnation">As it was then.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record AgentReactivated(AgentId AgentId, long Incarnation, DateTimeOffset At) : IAgentFact;

/// <summary>An operator wants an agent empty: out of use, its tasks asked to end. Only writer: the registry.</summary>
/// <param name="AgentId">The agent.</param>
/// <param name="Incarnation">As it was then.</param>
/// <param name="MaxGrace">The longest time between TERM and KILL; null for each task's own.</param>
/// <param name="MarkGone">Whether the agent is to be gone when it is drained.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record AgentDrainStarted(AgentId AgentId, long Incarnation, TimeSpan? MaxGrace, bool MarkGone, DateTimeOffset At) : IAgentFact;

/// <summary>A draining agent is empty. Only writer: the registry.</summary>
/// <param name="AgentId">The agent.</param>
/// <param name="Incarnation">As it was then.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record AgentDrained(AgentId AgentId, long Incarnation, DateTimeOffset At) : IAgentFact;

/// <summary>An agent is gone for ever. Only writer: the registry.</summary>
/// <param name="AgentId">The agent; its id is burnt.</param>
/// <param name="Incarnation">Its last one.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record AgentMarkedGone(AgentId AgentId, long Incarnation, DateTimeOffset At) : IAgentFact;

/// <summary>Nothing of an agent is offered until further notice. Only writer: the allocator.</summary>
/// <param name="AgentId">The agent.</param>
/// <param name="Incarnation">The incarnation known.</param>
/// <param name="Drain">Set when its tasks are to end as well.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record CapacityWithheld(AgentId AgentId, long Incarnation, Drain? Drain, DateTimeOffset At) : ICapacityFact;

/// <summary>A withheld agent is offered again. Only writer: the allocator.</summary>
/// <param name="AgentId">The agent.</param>
/// <param name="Incarnation">The incarnation known.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record CapacityReleased(AgentId AgentId, long Incarnation, DateTimeOffset At) : ICapacityFact;

/// <summary>No task, unacknowledged update or operation is left on a draining agent. Only writer: the allocator.</summary>
/// <param name="AgentId">The agent.</param>
/// <param name="Incarnation">The incarnation known.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record CapacityDrained(AgentId AgentId, long Incarnation, DateTimeOffset At) : ICapacityFact;

/// <summary>An agent is no longer part of the pool. Only writer: the allocator.</summary>
/// <param name="AgentId">The agent.</param>
/// <param name="Incarnation">The incarnation known.</param>
/// <param name="Gone">For ever; otherwise it may register again.</param>
/// <param name="Reason">Why, for people.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record CapacityRemoved(AgentId AgentId, long Incarnation, bool Gone, string Reason, DateTimeOffset At) : ICapacityFact;
