using System.Diagnostics;
using Bourse.Contracts;

namespace Bourse.Allocator;

/// <summary>When resources may be made into others (Mesos: <c>master/validation.cpp</c>, operations), and what comes of it.</summary>
internal static class OperationRules
{
    /// <summary>What a conversion takes and makes, or why it may not be.</summary>
    public static (Converted? Result, string? Problem) Judge(AllocatorState state, Agent agent, Conversion wanted, Asker by)
    {
        if (wanted.Invalid is { } invalid)
            return (null, invalid);
        if (wanted.Resources.IsEmpty)
            return (null, $"The operation {Sentences.Operation(wanted.Type)} names no resources");
        if (wanted.Type is OperationType.CreateDisk or OperationType.DestroyDisk)
            return (null, Disk(wanted));
        var problem = wanted.Resources.Entries.Select(Common).FirstOrDefault(each => each is not null) ?? wanted.Type switch
        {
            OperationType.Reserve => First(wanted.Resources, entry => Reserve(entry, wanted, by)),
            OperationType.Unreserve => First(wanted.Resources, Unreserve),
            OperationType.Create => First(wanted.Resources, entry => Create(entry, agent, by)) ?? Repeated(wanted.Resources),
            OperationType.Destroy => First(wanted.Resources, entry => Destroy(state, agent, entry)),
            OperationType.GrowVolume => Resize(wanted) ?? Grow(wanted),
            OperationType.ShrinkVolume => Resize(wanted) ?? Shrink(wanted),
            _ => throw new UnreachableException($"no rule for {wanted.Type}"),
        };
        return problem is null ? (Convert(wanted), null) : (null, problem);
    }

    private static Converted Convert(Conversion c) => c.Type switch
    {
        OperationType.Reserve => new(c.Other ?? Each(c.Resources, OneReservationLess), c.Resources),
        OperationType.Unreserve => new(c.Resources, Each(c.Resources, OneReservationLess)),
        OperationType.Create => new(Each(c.Resources, Pool.WithoutVolume), c.Resources),
        OperationType.Destroy => new(c.Resources, Each(c.Resources, Pool.WithoutVolume)),
        OperationType.GrowVolume => new(c.Resources + c.Other!, Each(c.Resources, entry => entry with { Scalar = entry.Scalar + c.Other!.Entries[0].Scalar })),
        _ => new(c.Resources, Resources.Of(
            c.Resources.Entries[0] with { Scalar = c.Resources.Entries[0].Scalar - c.Subtract },
            Pool.WithoutVolume(c.Resources.Entries[0]) with { Scalar = c.Subtract })),
    };

    private static Resource OneReservationLess(Resource entry) =>
        entry with { Reservations = entry.Reservations.Take(entry.Reservations.Count - 1).ToValueList() };

    // Only a resource provider makes and ends disks, and no agent has one: such an operation is judged as Mesos does, word for word,
    // and what is right in itself names a provider that does not exist.
    private static string? Disk(Conversion wanted)
    {
        var source = wanted.Resources.Entries[0];
        var disk = source.Disk ?? new Disk();
        return source.ProviderId is null ? "'source' is not managed by a resource provider"
            : (wanted.Type == OperationType.CreateDisk ? CreateDisk(disk, wanted) : DestroyDisk(source, disk)) ?? Common(source);
    }

    private static string? CreateDisk(Disk source, Conversion wanted) =>
        source.SourceType != "RAW" ? "'source' is not a RAW disk resource"
        : wanted.TargetType is not ("MOUNT" or "BLOCK") ? "'target_type' is neither MOUNT or BLOCK"
        : (source.SourceProfile, wanted.TargetProfile) switch
        {
            (null, null) => "'target_profile' must be set when 'source' has no profile",
            (not null, not null) => "'target_profile' must not be set when 'source' has a profile",
            _ => null,
        };

    private static string? DestroyDisk(Resource source, Disk disk) =>
        disk.SourceType is not ("MOUNT" or "BLOCK" or "RAW") ? "'source' is neither a MOUNT, BLOCK or RAW disk resource"
        : disk.SourceId is null ? "'source' is not backed by a CSI volume"
        : disk.PersistenceId is not null
            ? $"A disk resource containing a persistent volume {source} cannot be destroyed directly. Please destroy the persistent volume first then destroy the disk resource"
        : null;

    private static string? Common(Resource entry) =>
        entry.ProviderId is { } provider ? $"Resource provider '{provider}' is not known to the agent"
        : entry.AllocationRole is not null ? $"Resource '{entry}' is allocated to a role"
        : null;

    private static string? Reserve(Resource entry, Conversion wanted, Asker by)
    {
        if (entry.Reservations.Count == 0 || !entry.Reservations[^1].Dynamic)
            return $"Resource '{entry}' is not dynamically reserved";
        if (entry.Revocable)
            return $"Resource '{entry}' is revocable; it cannot be reserved";
        if (entry.Disk?.PersistenceId is not null)
            return $"A persistent volume '{entry}' cannot be reserved as a whole; reserve the disk first";
        var (role, principal) = (entry.ReservedFor!, entry.Reservations[^1].Principal);
        if (Roles.Problem(role) is { } invalid)
            return invalid;
        if (by.Framework is { } framework)
        {
            if (role != by.Role)
                return $"A reserve operation was attempted for a resource allocated to role '{by.Role}', but there is a reserved resource in the request for role '{role}'";
            if (!framework.Description.Roles.Contains(role))
                return $"A reserve operation was attempted for a resource with role '{role}', but the framework can only reserve resources with its roles";
            if (entry.Reservations.Count > 1 && !framework.Can("RESERVATION_REFINEMENT"))
                return $"Resource '{entry}' has a refined reservation; the framework lacks the capability RESERVATION_REFINEMENT";
            if (wanted.Other is not null)
                return "'source' of a reserve operation is for operators only";
        }
        if (Foreign(principal, by) is { } foreign)
            return $"A reserve operation was attempted by principal '{by.Principal}', but there is a reserved resource in the request with principal '{foreign}' set";
        return wanted.Other is { } source && !Each(Pool.Origin(source), Bare).Equals(Each(Pool.Origin(wanted.Resources), Bare))
            ? "'source' and 'resources' of the reserve operation are not the same resources"
            : null;

        static Resource Bare(Resource each) => each with { Reservations = [] };
    }

    private static string? Unreserve(Resource entry) =>
        entry.Reservations.Count == 0 || !entry.Reservations[^1].Dynamic ? $"Resource '{entry}' is not dynamically reserved"
        : entry.Disk?.PersistenceId is not null ? $"A dynamically reserved persistent volume '{entry}' cannot be unreserved directly. Please destroy the persistent volume first then unreserve the resource"
        : null;

    private static string? Create(Resource entry, Agent agent, Asker by)
    {
        if (Volume(entry) is { } bad)
            return bad;
        var disk = entry.Disk!;
        if (disk.ReadOnly)
            return "A persistent volume is created in mode RW";
        if (entry.Shared && by.Framework is { } framework && !framework.Can("SHARED_RESOURCES"))
            return "Cannot create a shared persistent volume: the framework lacks the capability SHARED_RESOURCES";
        if (Foreign(disk.PersistencePrincipal, by) is { } foreign)
            return $"A create operation was attempted by principal '{by.Principal}', but the volume's principal is '{foreign}'";
        return agent.Kept.Entries.Any(kept => kept.Disk?.PersistenceId == disk.PersistenceId && kept.ReservedFor == entry.ReservedFor)
            ? $"Persistence ID '{disk.PersistenceId}' is in use in role '{entry.ReservedFor}' on the agent"
            : null;
    }

    private static string? Repeated(Resources volumes) =>
        volumes.Entries.GroupBy(entry => (entry.ReservedFor, entry.Disk!.PersistenceId)).FirstOrDefault(same => same.Count() > 1) is { } twice
            ? $"Persistence ID '{twice.Key.PersistenceId}' is used twice" : null;

    private static string? Destroy(AllocatorState state, Agent agent, Resource entry)
    {
        if (Volume(entry) is { } bad)
            return bad;
        if (!agent.Kept.Entries.Contains(entry))
            return $"Persistent volume '{entry.Disk!.PersistenceId}' does not exist on the agent";
        return state.Frameworks.Values.SelectMany(framework => framework.Tasks.Values).FirstOrDefault(task =>
            task.AgentId == agent.Description.Id && !task.State.IsTerminal() && task.Spec.Resources.AllocatedTo(null).Entries.Contains(entry)) is { } user
            ? $"Persistent volume '{entry.Disk!.PersistenceId}' is in use by task {user.Spec.Id}"
            : null;
    }

    private static string? Resize(Conversion wanted)
    {
        if (wanted.Resources.Entries.Count != 1)
            return $"The operation {Sentences.Operation(wanted.Type)} is about one volume";
        var volume = wanted.Resources.Entries[0];
        return Volume(volume) ?? (volume.Shared ? "Growing or shrinking a shared persistent volume is not supported" : null);
    }

    private static string? Grow(Conversion wanted)
    {
        if (wanted.Other is not { Entries.Count: 1 } addition)
            return "The value of 'addition' must be greater than zero";
        return Pool.WithoutVolume(wanted.Resources.Entries[0]).SameKind(addition.Entries[0])
            ? null
            : "The 'volume' and 'addition' are not of one kind: both must be of one reservation and one disk";
    }

    private static string? Shrink(Conversion wanted) =>
        wanted.Subtract <= Scalar.Zero ? "The value of 'subtract' must be greater than zero"
        : wanted.Resources.Entries[0].Disk!.SourceType is "MOUNT" ? "Shrinking a persistent volume on a MOUNT disk is not supported"
        : wanted.Subtract >= wanted.Resources.Entries[0].Scalar!.Value ? "The value of 'subtract' must be smaller than the size of the volume"
        : null;

    private static string? Volume(Resource entry)
    {
        if (entry is not { Name: "disk", Scalar: not null, Disk.PersistenceId: { } id })
            return $"'{entry}' does not describe a persistent volume";
        if (TaskRules.IdProblem(id) is { } bad)
            return $"Persistence ID: {bad}";
        return entry.ReservedFor is null ? $"Persistent volume '{id}' is not on reserved disk"
            : entry.Revocable ? $"Persistent volume '{id}' cannot be on revocable disk"
            : string.IsNullOrEmpty(entry.Disk!.ContainerPath) ? $"Persistent volume '{id}' has no container path"
            : null;
    }

    // Who is unknown vouches for nothing, and who is known vouches for themselves only.
    private static string? Foreign(string? named, Asker by) => by.Principal is { } principal && named is not null && named != principal ? named : null;

    private static string? First(Resources resources, Func<Resource, string?> rule) => resources.Entries.Select(rule).FirstOrDefault(problem => problem is not null);

    private static Resources Each(Resources resources, Func<Resource, Resource> change) => Resources.Of(resources.Entries.Select(change));
}
