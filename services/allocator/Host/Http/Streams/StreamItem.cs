using Bourse.Contracts;
using V1 = Bourse.MesosV1;

namespace Bourse.Allocator.Host.Http.Streams;

/// <summary>What a stream has to tell, as small as the loop can hand it over; it is put into words outside the loop.</summary>
internal abstract record StreamItem
{
    /// <summary>The first thing on every stream, with the updates that wait for an acknowledgement.</summary>
    public sealed record Subscribed(IReadOnlyList<Update> Waiting, IReadOnlyList<Operation> Operations) : StreamItem;

    /// <summary>Offers of one cycle; in their order the agents, when those will be away, and the framework's executors there.</summary>
    public sealed record Offers(
        OffersMade Made, IReadOnlyList<AgentDescription> Agents, IReadOnlyList<MaintenanceWindow?> Windows, IReadOnlyList<IReadOnlyList<ExecutorId>> Executors) : StreamItem;

    /// <summary>Requests to leave agents that will be away.</summary>
    public sealed record InverseOffers(InverseOffersMade Made, IReadOnlyList<AgentDescription> Agents) : StreamItem;

    /// <summary>Requests to leave that are withdrawn.</summary>
    public sealed record InverseRescinded(ValueList<OfferId> OfferIds) : StreamItem;

    /// <summary>Offers that ended before they were answered.</summary>
    public sealed record Rescinded(ValueList<OfferId> OfferIds) : StreamItem;

    /// <summary>A status update.</summary>
    public sealed record Update(TaskId TaskId, AgentId? AgentId, TaskUpdate Status) : StreamItem;

    /// <summary>Status updates that belong together, such as the answer to one RECONCILE.</summary>
    public sealed record Updates(IReadOnlyList<Update> All) : StreamItem;

    /// <summary>An update need not be repeated any more.</summary>
    public sealed record Acknowledged(TaskId TaskId, string Uuid) : StreamItem;

    /// <summary>An agent is away.</summary>
    public sealed record AgentFailed(AgentId AgentId) : StreamItem;

    /// <summary>An executor has ended.</summary>
    public sealed record ExecutorFailed(AgentId AgentId, ExecutorId ExecutorId, int? Status) : StreamItem;

    /// <summary>Bytes from an executor, base64.</summary>
    public sealed record Message(AgentId AgentId, ExecutorId ExecutorId, string Data) : StreamItem;

    /// <summary>What is known of an operation that asked for feedback, or is asked after. Named by <paramref name="Uuid"/>, it is told until it is acknowledged.</summary>
    public sealed record Operation(V1.OperationStatus Status, string? Uuid = null) : StreamItem;

    /// <summary>The end of an operation need not be told any more.</summary>
    public sealed record OperationAcknowledged(string OperationUuid) : StreamItem;

    /// <summary>A second went by.</summary>
    public sealed record Tick : StreamItem
    {
        public static readonly Tick Instance = new();
    }
}
