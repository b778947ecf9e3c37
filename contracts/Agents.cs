namespace Bourse.Contracts;

/// <summary>Which agents exist and how they are. Only writer: the registry.</summary>
public interface IAgentFact : IFact
{
    /// <summary>The agent.</summary>
    AgentId AgentId { get; }

    /// <summary>The incarnation this is about.</summary>
    long Incarnation { get; }

    IEnumerable<Subject> IFact.Subjects => [AgentId];
}

/// <summary>An agent was admitted for the first time.</summary>
/// <param name="Description">The agent.</param>
/// <param name="Incarnation">1.</param>
/// <param name="Boot">The agent's own id of this run of its process.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record AgentRegistered(AgentDescription Description, long Incarnation, string Boot, DateTimeOffset At) : IAgentFact
{
    AgentId IAgentFact.AgentId => Description.Id;
}

/// <summary>A known agent registered again, after a restart or an absence.</summary>
/// <param name="Description">The agent as it is now.</param>
/// <param name="Incarnation">One more than before.</param>
/// <param name="Boot">The agent's own id of this run of its process.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record AgentReregistered(AgentDescription Description, long Incarnation, string Boot, DateTimeOffset At) : IAgentFact
{
    AgentId IAgentFact.AgentId => Description.Id;
}

/// <summary>An agent missed its heartbeats.</summary>
/// <param name="AgentId">The agent.</param>
/// <param name="Incarnation">The incarnation that fell silent.</param>
/// <param name="LastHeard">UTC instant of its last heartbeat.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record AgentUnreachable(AgentId AgentId, long Incarnation, DateTimeOffset LastHeard, DateTimeOffset At) : IAgentFact;

/// <summary>A silent agent was heard again, in the same incarnation.</summary>
/// <param name="AgentId">The agent.</param>
/// <param name="Incarnation">The incarnation that is back.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record AgentReturned(AgentId AgentId, long Incarnation, DateTimeOffset At) : IAgentFact;
