namespace Bourse.Contracts;

/// <summary>What an operation makes of resources; the names of Mesos v1 <c>Offer.Operation.Type</c>.</summary>
public enum OperationType
{
    /// <summary>Reserves for a role, or refines a reservation.</summary>
    Reserve = 1,
    /// <summary>Takes the innermost reservation off.</summary>
    Unreserve,
    /// <summary>Makes a persistent volume of reserved disk.</summary>
    Create,
    /// <summary>Ends a persistent volume; its data is deleted.</summary>
    Destroy,
    /// <summary>Adds disk to a volume.</summary>
    GrowVolume,
    /// <summary>Takes disk from a volume.</summary>
    ShrinkVolume,
    /// <summary>Makes a disk of a resource provider's raw storage.</summary>
    CreateDisk,
    /// <summary>Gives a disk back to its resource provider.</summary>
    DestroyDisk,
}

/// <summary>How far an operation is; the names of Mesos v1 <c>OperationState</c>.</summary>
public enum OperationState
{
    /// <summary>In the books, on its way to the agent.</summary>
    Pending,
    /// <summary>The agent has it on its disk. Terminal.</summary>
    Finished,
    /// <summary>It was refused. Terminal.</summary>
    Error,
    /// <summary>Its agent is unreachable; it may come back.</summary>
    Unreachable,
    /// <summary>An operator declared its agent gone. Terminal.</summary>
    GoneByOperator,
}

/// <summary>Facts about operations. Only writer: the allocator.</summary>
public interface IOperationFact : IFact;

/// <summary>An operation changed an agent's resources; it is in the books at once, and the agent follows.</summary>
/// <param name="Uuid">Names the operation; base64 of 16 bytes.</param>
/// <param name="Type">What it does.</param>
/// <param name="AgentId">Whose resources.</param>
/// <param name="FrameworkId">The framework whose ACCEPT it is part of; null for an operator's.</param>
/// <param name="OperationId">The framework's own name for it; it then wants to hear of the outcome.</param>
/// <param name="Principal">Who asked for it.</param>
/// <param name="Consumed">What there is no more; allocated to no role.</param>
/// <param name="Produced">What there is instead; allocated to no role.</param>
/// <param name="Kept">Every dynamic reservation and volume of the agent from now on.</param>
/// <param name="StatusUuid">Names the update that tells of its end; base64 of 16 bytes.</param>
/// <param name="Command">The number of the command among the agent's commands.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record OperationApplied(
    string Uuid,
    OperationType Type,
    AgentId AgentId,
    FrameworkId? FrameworkId,
    string? OperationId,
    string Principal,
    Resources Consumed,
    Resources Produced,
    Resources Kept,
    string StatusUuid,
    long Command,
    DateTimeOffset At) : IOperationFact
{
    IEnumerable<Subject> IFact.Subjects => FrameworkId is { } framework
        ? [AgentId, framework, new("operation", Uuid), .. Roles]
        : [AgentId, new("operation", Uuid), .. Roles];

    private IEnumerable<Subject> Roles =>
        Consumed.Entries.Concat(Produced.Entries).Select(entry => entry.ReservedFor).Where(role => role is not null)
            .Distinct().Select(role => new Subject("role", role!));
}

/// <summary>An operation of an ACCEPT was turned down; the operations after it were tried all the same.</summary>
/// <param name="FrameworkId">The framework.</param>
/// <param name="AgentId">The agent, when the offers were valid.</param>
/// <param name="Type">What it was to do.</param>
/// <param name="OperationId">The framework's own name for it; only with one it is told.</param>
/// <param name="Message">Why, for people.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record OperationRefused(
    FrameworkId FrameworkId, AgentId? AgentId, OperationType Type, string? OperationId, string Message, DateTimeOffset At) : IOperationFact
{
    IEnumerable<Subject> IFact.Subjects => AgentId is { } agent ? [FrameworkId, agent] : [FrameworkId];
}

/// <summary>An operation went on: its agent has done it, is away, or is gone.</summary>
/// <param name="Uuid">The operation.</param>
/// <param name="AgentId">Its agent.</param>
/// <param name="FrameworkId">Its framework, if any.</param>
/// <param name="OperationId">The framework's own name for it; only with one it is told.</param>
/// <param name="State">How far it is.</param>
/// <param name="StatusUuid">To be acknowledged under this; null when nobody need acknowledge it.</param>
/// <param name="Message">For people.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record OperationStatusChanged(
    string Uuid, AgentId AgentId, FrameworkId? FrameworkId, string? OperationId, OperationState State, string? StatusUuid, string? Message, DateTimeOffset At) : IOperationFact
{
    IEnumerable<Subject> IFact.Subjects => FrameworkId is { } framework ? [AgentId, framework, new("operation", Uuid)] : [AgentId, new("operation", Uuid)];
}

/// <summary>The framework acknowledged the end of an operation.</summary>
/// <param name="Uuid">The operation.</param>
/// <param name="FrameworkId">Its framework.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record OperationStatusAcknowledged(string Uuid, FrameworkId FrameworkId, DateTimeOffset At) : IOperationFact
{
    IEnumerable<Subject> IFact.Subjects => [FrameworkId, new("operation", Uuid)];
}
