using Bourse.Contracts;

namespace Bourse.Registry;

/// <summary>DEACTIVATE_AGENT.</summary>
public sealed record Deactivate(AgentId AgentId, DateTimeOffset Now) : RegistryCommand(Now);

/// <summary>REACTIVATE_AGENT.</summary>
public sealed record Reactivate(AgentId AgentId, DateTimeOffset Now) : RegistryCommand(Now);

/// <summary>DRAIN_AGENT.</summary>
public sealed record StartDrain(AgentId AgentId, TimeSpan? MaxGrace, bool MarkGone, DateTimeOffset Now) : RegistryCommand(Now);

/// <summary>The allocator has seen the last of what ran on a draining agent.</summary>
public sealed record FinishDrain(AgentId AgentId, DateTimeOffset Now) : RegistryCommand(Now);

/// <summary>MARK_AGENT_GONE.</summary>
public sealed record MarkGone(AgentId AgentId, DateTimeOffset Now) : RegistryCommand(Now);
