using Bourse.Contracts;

namespace Bourse.Allocator;

/// <summary>The registry says that an agent is out of use, and whether it is to be emptied.</summary>
public sealed record AgentWithheld(AgentId AgentId, long Incarnation, Drain? Drain, DateTimeOffset Now) : AllocatorCommand(Now);

/// <summary>The registry says that an agent is in use again.</summary>
public sealed record AgentReleased(AgentId AgentId, long Incarnation, DateTimeOffset Now) : AllocatorCommand(Now);

/// <summary>The registry says that an agent is out: for ever, or until its machine is up again.</summary>
public sealed record AgentOut(AgentId AgentId, long Incarnation, bool Gone, DateTimeOffset Now) : AllocatorCommand(Now);
