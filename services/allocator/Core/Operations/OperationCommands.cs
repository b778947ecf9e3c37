using Bourse.Contracts;

namespace Bourse.Allocator;

/// <summary>An operator changes an agent's resources.</summary>
/// <param name="AgentId">The agent.</param>
/// <param name="Operation">What is to be done.</param>
/// <param name="Principal">Who asks; null when anybody may.</param>
/// <param name="Now">UTC instant.</param>
public sealed record Operate(AgentId AgentId, Conversion Operation, string? Principal, DateTimeOffset Now) : AllocatorCommand(Now);

/// <summary>ACKNOWLEDGE_OPERATION_STATUS.</summary>
public sealed record AcknowledgeOperation(FrameworkId FrameworkId, string OperationId, string StatusUuid, DateTimeOffset Now) : AllocatorCommand(Now);
