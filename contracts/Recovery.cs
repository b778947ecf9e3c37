namespace Bourse.Contracts;

/// <summary>Facts about what a new leader waits for before it offers anything. Only writer: the allocator.</summary>
public interface IRecoveryFact : IFact
{
    IEnumerable<Subject> IFact.Subjects => [new("allocation", "recovery")];
}

/// <summary>
/// Leadership changed while quotas were set: nothing is offered until enough of the agents are heard from, because what is missing
/// may be what the quotas are about.
/// </summary>
/// <param name="Known">Agents that were thought to be there.</param>
/// <param name="Needed">How many must be heard from.</param>
/// <param name="Back">Those that were heard from before this was decided, sorted.</param>
/// <param name="Until">UTC instant after which offers are made whoever is back.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record AllocationHeld(int Known, int Needed, ValueList<AgentId> Back, DateTimeOffset Until, DateTimeOffset At) : IRecoveryFact;

/// <summary>An agent was heard from for the first time since leadership changed. One that registers again shows that by its registration.</summary>
/// <param name="AgentId">The agent.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record AgentRecovered(AgentId AgentId, DateTimeOffset At) : IRecoveryFact
{
    IEnumerable<Subject> IFact.Subjects => [AgentId];
}

/// <summary>Offers are made again.</summary>
/// <param name="Back">How many agents were heard from.</param>
/// <param name="Reason">Why now, for people.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record AllocationResumed(int Back, string Reason, DateTimeOffset At) : IRecoveryFact;
