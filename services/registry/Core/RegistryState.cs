using Bourse.Contracts;

namespace Bourse.Registry;

/// <summary>Which agents exist and how they are.</summary>
public sealed class RegistryState
{
    /// <summary>Every agent ever admitted, by id, so that whatever walks over them does so in the same order everywhere.</summary>
    public SortedDictionary<AgentId, Agent> Agents { get; init; } = [];

    /// <summary>The maintenance of machines.</summary>
    public MaintenancePlan Maintenance { get; set; } = new();
}

/// <summary>One agent.</summary>
/// <param name="Description">As it last registered.</param>
/// <param name="Incarnation">Counts its registrations, from 1.</param>
/// <param name="Boot">The run of its process that registered.</param>
/// <param name="Since">UTC instant of that registration.</param>
/// <param name="Silence">Set while it is unreachable.</param>
/// <param name="Down">Out while its machine is down for maintenance.</param>
public sealed record Agent(
    AgentDescription Description, long Incarnation, string Boot, DateTimeOffset Since, Silence? Silence = null, bool Down = false)
{
    /// <summary>What operators decided about it; registering again changes none of it.</summary>
    public AgentStanding Standing { get; init; } = AgentStanding.Usual;
}

/// <summary>An agent's absence.</summary>
/// <param name="LastHeard">UTC instant of its last heartbeat.</param>
/// <param name="Since">UTC instant of the decision that it is unreachable.</param>
public sealed record Silence(DateTimeOffset LastHeard, DateTimeOffset Since);
