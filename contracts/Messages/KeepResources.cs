namespace Bourse.Contracts.Messages;

/// <summary>
/// Keep these reservations and volumes over restarts, all of them and no others: volumes that are new get an empty directory, those
/// that are no longer named lose theirs with all data.
/// </summary>
/// <param name="Number">The command's number.</param>
/// <param name="Kept">Every dynamic reservation and volume of the agent, allocated to no role.</param>
public sealed record KeepResources(long Number, Resources Kept) : AgentCommand(Number);
