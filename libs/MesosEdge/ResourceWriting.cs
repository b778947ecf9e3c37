using Bourse.Contracts;
using V1 = Bourse.MesosV1;

namespace Bourse.MesosEdge;

/// <summary>How reservations are written.</summary>
public enum ReservationFormat
{
    /// <summary><c>role</c> and <c>reservation</c>, for frameworks without RESERVATION_REFINEMENT.</summary>
    Old,
    /// <summary><c>reservations</c> alone.</summary>
    New,
    /// <summary>Both side by side, as operators get them.</summary>
    Endpoint,
}

/// <summary>Resources as they are told to clients.</summary>
public static class ResourceWriting
{
    /// <summary>Every entry of the bag.</summary>
    public static IEnumerable<V1.Resource> Write(Resources resources, ReservationFormat format, bool allocationInfo) =>
        resources.Entries.Select(entry => Write(entry, format, allocationInfo));

    private static V1.Resource Write(Resource entry, ReservationFormat format, bool allocationInfo)
    {
        var written = new V1.Resource { Name = entry.Name };
        if (entry.Scalar is { } scalar)
        {
            written.Type = V1.Value.Types.Type.Scalar;
            written.Scalar = new() { Value = scalar.ToDouble() };
        }
        else if (entry.Ranges.Count > 0)
        {
            written.Type = V1.Value.Types.Type.Ranges;
            written.Ranges = new() { Range = { entry.Ranges.Select(i => new V1.Value.Types.Range { Begin = i.Begin, End = i.End }) } };
        }
        else
        {
            written.Type = V1.Value.Types.Type.Set;
            written.Set = new() { Item = { entry.Set } };
        }

        Reservations(entry, written, format);
        if (allocationInfo && entry.AllocationRole is { } role)
            written.AllocationInfo = new() { Role = role };
        if (entry.Disk is { } disk)
            written.Disk = Write(disk);
        if (entry.Revocable)
            written.Revocable = new();
        if (entry.Shared)
            written.Shared = new();
        if (entry.ProviderId is { } provider)
            written.ProviderId = new() { Value = provider };
        return written;
    }

    private static void Reservations(Resource entry, V1.Resource written, ReservationFormat format)
    {
        var stack = entry.Reservations;
        // A refined reservation cannot be said in the old format.
        if (format != ReservationFormat.Old || stack.Count > 1)
            written.Reservations.Add(stack.Select(Layer));
        if (format == ReservationFormat.New || stack.Count > 1)
            return;
        written.Role = stack.Count == 0 ? "*" : stack[0].Role;
        if (stack.Count == 1 && stack[0].Dynamic)
        {
            written.Reservation = Layer(stack[0]);
            written.Reservation.ClearType();
            written.Reservation.ClearRole();
        }
    }

    private static V1.Resource.Types.ReservationInfo Layer(Reservation layer)
    {
        var written = new V1.Resource.Types.ReservationInfo
        {
            Type = layer.Dynamic ? V1.Resource.Types.ReservationInfo.Types.Type.Dynamic : V1.Resource.Types.ReservationInfo.Types.Type.Static,
            Role = layer.Role,
            Labels = LabelMapping.Write(layer.Labels),
        };
        if (layer.Principal is { } principal)
            written.Principal = principal;
        return written;
    }

    private static V1.Resource.Types.DiskInfo Write(Disk disk)
    {
        var written = new V1.Resource.Types.DiskInfo();
        if (disk.PersistenceId is { } id)
        {
            written.Persistence = new() { Id = id };
            if (disk.PersistencePrincipal is { } principal)
                written.Persistence.Principal = principal;
        }
        if (disk.ContainerPath is { } path)
            written.Volume = new() { ContainerPath = path, Mode = disk.ReadOnly ? V1.Volume.Types.Mode.Ro : V1.Volume.Types.Mode.Rw };
        if (disk.SourceType is { } type)
            written.Source = Source(disk, type);
        return written;
    }

    private static V1.Resource.Types.DiskInfo.Types.Source Source(Disk disk, string type)
    {
        var source = new V1.Resource.Types.DiskInfo.Types.Source
        {
            Type = Enum.Parse<V1.Resource.Types.DiskInfo.Types.Source.Types.Type>(type, ignoreCase: true),
        };
        if (disk.SourceRoot is { } root && source.Type == V1.Resource.Types.DiskInfo.Types.Source.Types.Type.Path)
            source.Path = new() { Root = root };
        else if (disk.SourceRoot is { } mount)
            source.Mount = new() { Root = mount };
        if (disk.SourceId is { } id)
            source.Id = id;
        if (disk.SourceProfile is { } profile)
            source.Profile = profile;
        return source;
    }
}
