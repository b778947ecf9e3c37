using Bourse.Contracts;

namespace Bourse.Registry;

/// <summary>What the registry can be asked.</summary>
/// <param name="Now">UTC instant, read once at the edge.</param>
public abstract record RegistryCommand(DateTimeOffset Now);

/// <summary>An agent wants to be admitted.</summary>
/// <param name="Description">The agent as it is now.</param>
/// <param name="Boot">Its id of this run of its process.</param>
/// <param name="Now">UTC instant.</param>
/// <param name="Policy">How much may have changed since it registered last.</param>
public sealed record Register(
    AgentDescription Description, string Boot, DateTimeOffset Now, ReconfigurationPolicy Policy = ReconfigurationPolicy.Any) : RegistryCommand(Now);

/// <summary>An agent was heard. Needed only when that is news: the host answers the rest from memory.</summary>
/// <param name="AgentId">The agent.</param>
/// <param name="Incarnation">The incarnation it beats under.</param>
/// <param name="Now">UTC instant.</param>
public sealed record Beat(AgentId AgentId, long Incarnation, DateTimeOffset Now) : RegistryCommand(Now);

/// <summary>Look for agents that have fallen silent.</summary>
/// <param name="Timeout">How long an agent may be silent.</param>
/// <param name="Heard">When each agent was heard last. An agent that is not named is not judged.</param>
/// <param name="Now">UTC instant.</param>
/// <param name="Limits">How many may be given up.</param>
public sealed record Sweep(TimeSpan Timeout, ValueList<LastHeard> Heard, DateTimeOffset Now, RemovalLimits? Limits = null) : RegistryCommand(Now);

/// <summary>How many agents may be given up for unreachable: a network split must not remove half the cluster.</summary>
/// <param name="Most">At most so many within <paramref name="Per"/>; null for any number.</param>
/// <param name="Per">The time <paramref name="Most"/> is about.</param>
/// <param name="Share">At most this part of all agents may be unreachable at once, from 0 to 1.</param>
public sealed record RemovalLimits(int? Most, TimeSpan Per, double Share);

/// <summary>When an agent was heard last.</summary>
/// <param name="AgentId">The agent.</param>
/// <param name="Incarnation">The incarnation that was heard.</param>
/// <param name="At">UTC instant.</param>
public readonly record struct LastHeard(AgentId AgentId, long Incarnation, DateTimeOffset At);
