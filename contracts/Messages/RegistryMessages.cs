namespace Bourse.Contracts.Messages;

/// <summary>To the registry: take an agent out of use; its tasks go on.</summary>
/// <param name="AgentId">The agent.</param>
public sealed record DeactivateAgent(AgentId AgentId);

/// <summary>To the registry: put an agent back into use.</summary>
/// <param name="AgentId">The agent.</param>
public sealed record ReactivateAgent(AgentId AgentId);

/// <summary>To the registry: take an agent out of use and end its tasks.</summary>
/// <param name="AgentId">The agent.</param>
/// <param name="MaxGrace">The longest time between TERM and KILL; null for each task's own.</param>
/// <param name="MarkGone">Whether it is gone for ever when it is empty.</param>
public sealed record DrainAgent(AgentId AgentId, TimeSpan? MaxGrace, bool MarkGone);

/// <summary>To the registry: an agent is gone for ever.</summary>
/// <param name="AgentId">The agent.</param>
public sealed record MarkAgentGone(AgentId AgentId);

/// <summary>Allocator to registry: nothing is left on a draining agent.</summary>
/// <param name="AgentId">The agent.</param>
public sealed record AgentIsEmpty(AgentId AgentId);

/// <summary>To the registry: this is the schedule of maintenance from now on.</summary>
/// <param name="Windows">All of it.</param>
public sealed record ScheduleMaintenance(ValueList<MaintenanceWindow> Windows);

/// <summary>To the registry: machines of the schedule go down now.</summary>
/// <param name="Machines">Which.</param>
public sealed record StartMaintenance(ValueList<MachineId> Machines);

/// <summary>To the registry: machines are up again.</summary>
/// <param name="Machines">Which.</param>
public sealed record StopMaintenance(ValueList<MachineId> Machines);
