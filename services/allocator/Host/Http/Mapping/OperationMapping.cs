using Bourse.Contracts;
using Google.Protobuf;
using V1 = Bourse.MesosV1;
using WireType = Bourse.MesosV1.Offer.Types.Operation.Types.Type;

namespace Bourse.Allocator.Host.Http.Mapping;

/// <summary>Operations on resources, and how they fare.</summary>
internal static class OperationMapping
{
    /// <summary>An operation of an ACCEPT; null when it is of a kind that is not supported.</summary>
    public static Conversion? Read(V1.Offer.Types.Operation operation)
    {
        var id = operation.Id?.Value;
        return operation.Type switch
        {
            WireType.Reserve => Read(OperationType.Reserve, operation.Reserve?.Resources, id, other: operation.Reserve?.Source),
            WireType.Unreserve => Read(OperationType.Unreserve, operation.Unreserve?.Resources, id),
            WireType.Create => Read(OperationType.Create, operation.Create?.Volumes, id),
            WireType.Destroy => Read(OperationType.Destroy, operation.Destroy?.Volumes, id),
            WireType.GrowVolume => Read(OperationType.GrowVolume, One(operation.GrowVolume?.Volume), id, other: One(operation.GrowVolume?.Addition)),
            WireType.ShrinkVolume => Read(OperationType.ShrinkVolume, One(operation.ShrinkVolume?.Volume), id, subtract: operation.ShrinkVolume?.Subtract?.Value ?? 0),
            WireType.CreateDisk => Disk(OperationType.CreateDisk, operation.CreateDisk?.Source, id) with
            {
                TargetType = operation.CreateDisk is { HasTargetType: true } create ? EnumNames.Of(create.TargetType) : null,
                TargetProfile = operation.CreateDisk is { HasTargetProfile: true } profiled ? profiled.TargetProfile : null,
            },
            WireType.DestroyDisk => Disk(OperationType.DestroyDisk, operation.DestroyDisk?.Source, id),
            _ => null,
        };
    }

    /// <summary>An operation with fresh names; one that cannot be read says why.</summary>
    public static Conversion Read(
        OperationType type, IEnumerable<V1.Resource>? resources, string? id = null, IEnumerable<V1.Resource>? other = null, double subtract = 0)
    {
        var (uuid, status) = (Uuid(), Uuid());
        try
        {
            if (resources is null)
                throw new UnusableException($"The operation {Sentences.Operation(type)} has no content");
            if (!double.IsFinite(subtract) || Math.Abs(subtract) > 9.2e15)
                throw new UnusableException("'subtract' must be a finite number");
            return new(type, Plain(resources), uuid, status, id, other?.Any() == true ? Plain(other) : null, Scalar.From(subtract));
        }
        catch (UnusableException e)
        {
            return new(type, Resources.None, uuid, status, id, Invalid: e.Message);
        }
    }

    /// <summary>An operation as operators see it.</summary>
    public static V1.Operation Write(LiveOperation operation)
    {
        var status = new V1.OperationStatus { State = State(operation.State), AgentId = new() { Value = operation.AgentId.Value } };
        if (operation.OperationId is { } id)
            status.OperationId = new() { Value = id };
        return new()
        {
            FrameworkId = operation.FrameworkId is { } framework ? new() { Value = framework.Value } : null,
            AgentId = new() { Value = operation.AgentId.Value },
            Info = Info(operation),
            LatestStatus = status,
            Statuses = { status },
            Uuid = new() { Value = ByteString.FromBase64(operation.Uuid) },
        };
    }

    /// <summary>A status as it is sent to the framework that asked for it.</summary>
    public static V1.OperationStatus Status(string operationId, AgentId? agent, OperationState state, string? statusUuid, string? message)
    {
        var status = new V1.OperationStatus { OperationId = new() { Value = operationId }, State = State(state) };
        if (agent is { } on)
            status.AgentId = new() { Value = on.Value };
        if (statusUuid is not null)
            status.Uuid = new() { Value = ByteString.FromBase64(statusUuid) };
        if (message is not null)
            status.Message = message;
        return status;
    }

    /// <summary>A state under its wire name.</summary>
    public static V1.OperationState State(OperationState state) => state switch
    {
        OperationState.Pending => V1.OperationState.OperationPending,
        OperationState.Finished => V1.OperationState.OperationFinished,
        OperationState.Error => V1.OperationState.OperationError,
        OperationState.Unreachable => V1.OperationState.OperationUnreachable,
        _ => V1.OperationState.OperationGoneByOperator,
    };

    private static V1.Offer.Types.Operation Info(LiveOperation operation)
    {
        static IEnumerable<V1.Resource> Wire(Resources resources) => ResourceWriting.Write(resources, ReservationFormat.Endpoint, allocationInfo: false);
        var info = new V1.Offer.Types.Operation { Type = EnumNames.Parse<WireType>(Sentences.Operation(operation.Type)) };
        if (operation.OperationId is { } id)
            info.Id = new() { Value = id };
        switch (operation.Type)
        {
            case OperationType.Reserve: info.Reserve = new() { Resources = { Wire(operation.Produced) } }; break;
            case OperationType.Unreserve: info.Unreserve = new() { Resources = { Wire(operation.Consumed) } }; break;
            case OperationType.Create: info.Create = new() { Volumes = { Wire(operation.Produced) } }; break;
            case OperationType.Destroy: info.Destroy = new() { Volumes = { Wire(operation.Consumed) } }; break;
            case OperationType.GrowVolume:
                info.GrowVolume = new() { Volume = Wire(Volumes(operation.Consumed)).Single(), Addition = Wire(Others(operation.Consumed)).Single() };
                break;
            default:
                info.ShrinkVolume = new()
                {
                    Volume = Wire(operation.Consumed).Single(),
                    Subtract = new() { Value = Others(operation.Produced).Total("disk").ToDouble() },
                };
                break;
        }
        return info;
    }

    private static Conversion Disk(OperationType type, V1.Resource? source, string? id)
    {
        var read = Read(type, One(source), id);
        return source is not null && read.Invalid is { } invalid ? read with { Invalid = $"Invalid resource: {invalid}" } : read;
    }

    private static Resources Volumes(Resources resources) => resources.Where(entry => entry.Disk?.PersistenceId is not null);

    private static Resources Others(Resources resources) => resources.Where(entry => entry.Disk?.PersistenceId is null);

    private static Resources Plain(IEnumerable<V1.Resource> resources) => ResourceReading.Read(resources).AllocatedTo(null);

    private static IEnumerable<V1.Resource>? One(V1.Resource? resource) => resource is null ? null : [resource];

    private static string Uuid() => Convert.ToBase64String(Guid.NewGuid().ToByteArray());
}
