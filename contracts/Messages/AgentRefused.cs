namespace Bourse.Contracts.Messages;

/// <summary>Registry to agent: it is not admitted, or not any more. The agent prints the reason and ends.</summary>
/// <param name="AgentId">The agent.</param>
/// <param name="Boot">The run of its process that asked; null for any.</param>
/// <param name="Reason">Why, for people.</param>
/// <param name="EndTasks">Its tasks are to end first; otherwise its next run goes on with them.</param>
public sealed record AgentRefused(AgentId AgentId, string? Boot, string Reason, bool EndTasks);
