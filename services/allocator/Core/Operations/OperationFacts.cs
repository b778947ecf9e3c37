using System.Diagnostics;
using Bourse.Contracts;
using Bourse.Contracts.Messages;

namespace Bourse.Allocator;

/// <summary>What facts about operations change.</summary>
public static class OperationFacts
{
    internal static void Evolve(AllocatorState state, IOperationFact fact)
    {
        switch (fact)
        {
            case OperationApplied f:
                Apply(state, f);
                break;
            case OperationStatusChanged f when state.Operations.TryGetValue(f.Uuid, out var operation):
                operation.State = f.State;
                operation.Unacknowledged = f.StatusUuid is not null;
                if (f.State is OperationState.Finished or OperationState.GoneByOperator && f.StatusUuid is null)
                    state.Operations.Remove(f.Uuid);
                break;
            case OperationStatusAcknowledged f:
                state.Operations.Remove(f.Uuid);
                break;
            case OperationStatusChanged or OperationRefused:
                break;
            default:
                throw new UnreachableException($"no evolution for {fact}");
        }
    }

    /// <summary>The command to an agent that a fact stands for.</summary>
    public static (AgentId AgentId, AgentCommand Command) CommandTo(OperationApplied fact) => (fact.AgentId, new KeepResources(fact.Command, fact.Kept));

    /// <summary>Operations that an agent has done by now: their end is news for the frameworks that asked to hear of it.</summary>
    internal static IEnumerable<IFact> Done(AllocatorState state, AgentId agent, long upTo, DateTimeOffset now) => state.Operations.Values
        .Where(operation => operation.AgentId == agent && operation.Command <= upTo && operation.State is OperationState.Pending or OperationState.Unreachable)
        .OrderBy(operation => operation.Command)
        .Select(operation => new OperationStatusChanged(
            operation.Uuid, agent, operation.FrameworkId, operation.OperationId, OperationState.Finished,
            Awaited(state, operation) ? operation.StatusUuid : null, Message: null, now));

    /// <summary>What becomes of the operations of an agent that is away or gone.</summary>
    internal static IEnumerable<IFact> Lost(AllocatorState state, AgentId agent, OperationState now, string message, DateTimeOffset at) => state.Operations.Values
        .Where(operation => operation.AgentId == agent && operation.State != now && operation.State != OperationState.Finished)
        .Select(operation => new OperationStatusChanged(operation.Uuid, agent, operation.FrameworkId, operation.OperationId, now, StatusUuid: null, message, at));

    // Nobody is left to acknowledge for a framework that is over.
    private static bool Awaited(AllocatorState state, LiveOperation operation) =>
        operation is { OperationId: not null, FrameworkId: { } framework } && state.Living(framework) is not null;

    private static void Apply(AllocatorState state, OperationApplied f)
    {
        var agent = state.Agents[f.AgentId];
        agent.Kept = f.Kept;
        agent.Free = agent.Free - f.Consumed + f.Produced;
        agent.LastCommand = f.Command;
        agent.Pending.Add(CommandTo(f).Command);
        state.Operations.Add(f.Uuid, new LiveOperation
        {
            Uuid = f.Uuid,
            Type = f.Type,
            AgentId = f.AgentId,
            FrameworkId = f.FrameworkId,
            OperationId = f.OperationId,
            Consumed = f.Consumed,
            Produced = f.Produced,
            StatusUuid = f.StatusUuid,
            Command = f.Command,
        });
    }
}

/// <summary>An operation from its decision until its agent has done it and, when asked for, its end is acknowledged.</summary>
public sealed class LiveOperation
{
    /// <summary>Names it.</summary>
    public required string Uuid { get; init; }

    /// <summary>What it does.</summary>
    public required OperationType Type { get; init; }

    /// <summary>Where.</summary>
    public required AgentId AgentId { get; init; }

    /// <summary>Whose, unless an operator's.</summary>
    public FrameworkId? FrameworkId { get; init; }

    /// <summary>The framework's name for it.</summary>
    public string? OperationId { get; init; }

    /// <summary>What it took.</summary>
    public required Resources Consumed { get; init; }

    /// <summary>What it made.</summary>
    public required Resources Produced { get; init; }

    /// <summary>Names the update of its end.</summary>
    public required string StatusUuid { get; init; }

    /// <summary>The number of its command.</summary>
    public required long Command { get; init; }

    /// <summary>How far it is.</summary>
    public OperationState State { get; set; } = OperationState.Pending;

    /// <summary>Its end was told and is not acknowledged.</summary>
    public bool Unacknowledged { get; set; }
}
