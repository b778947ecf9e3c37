using Bourse.Contracts;
using V1 = Bourse.MesosV1;

namespace Bourse.Allocator.Host.Http.Mapping;

/// <summary>What the client sent has no meaning here; the text names the field.</summary>
internal sealed class UnusableException(string message) : Exception(message);

/// <summary>Resources as clients send them: both reservation formats are taken and turned into the stack of reservations.</summary>
internal static class ResourceReading
{
    /// <summary>The resources; empty ones vanish, as in Mesos.</summary>
    /// <exception cref="UnusableException">One of them breaks a rule of Mesos, or has a part that is not supported.</exception>
    public static Resources Read(IEnumerable<V1.Resource> resources)
    {
        try
        {
            return Resources.Of(resources.Select(Read).Where(resource => !resource.IsEmpty));
        }
        catch (OverflowException)
        {
            throw new UnusableException("resources add up to more than can be counted");
        }
    }

    private static Resource Read(V1.Resource given)
    {
        if (given.Name.Length == 0)
            throw new UnusableException("resource has no name");
        Reservations(given, out var reservations);
        return Amount(given) with
        {
            Reservations = reservations,
            Disk = given.Disk is null ? null : ReadDisk(given),
            Revocable = given.Revocable is not null,
            Shared = given.Shared is not null,
            AllocationRole = given.AllocationInfo is { HasRole: true } info ? info.Role : null,
            ProviderId = given.ProviderId?.Value,
        };
    }

    private static Resource Amount(V1.Resource given)
    {
        var values = (given.Scalar is null ? 0 : 1) + (given.Ranges is null ? 0 : 1) + (given.Set is null ? 0 : 1);
        return given.Type switch
        {
            V1.Value.Types.Type.Scalar when given.Scalar is { } scalar && values == 1 => new Resource(given.Name) { Scalar = ReadScalar(given.Name, scalar.Value) },
            V1.Value.Types.Type.Ranges when given.Ranges is { } ranges && values == 1 => new Resource(given.Name) { Ranges = ReadRanges(given.Name, ranges) },
            V1.Value.Types.Type.Set when given.Set is { } set && values == 1 => new Resource(given.Name) { Set = ReadSet(given.Name, set) },
            V1.Value.Types.Type.Text => throw new UnusableException($"resource '{given.Name}' has type TEXT, which only attributes may have"),
            _ => throw new UnusableException($"resource '{given.Name}' must have exactly the value that its type names"),
        };
    }

    private static Scalar ReadScalar(string name, double value)
    {
        // Beyond this the count of thousandths would not fit its 64 bits.
        if (!double.IsFinite(value) || value < 0 || value > 9.2e15)
            throw new UnusableException($"resource '{name}' must be a finite number that is not negative");
        var scalar = Scalar.From(value);
        if (scalar == Scalar.Zero && value > 0)
            throw new UnusableException($"resource '{name}' is positive but less than the precision of 0.001");
        return scalar;
    }

    private static ValueList<Interval> ReadRanges(string name, V1.Value.Types.Ranges ranges)
    {
        var intervals = ranges.Range.Select(range => new Interval(range.Begin, range.End)).OrderBy(i => i.Begin).ToArray();
        for (var i = 0; i < intervals.Length; i++)
        {
            if (intervals[i].Begin > intervals[i].End)
                throw new UnusableException($"resource '{name}' has a range that begins after its end");
            if (i > 0 && intervals[i].Begin <= intervals[i - 1].End)
                throw new UnusableException($"resource '{name}' has overlapping ranges");
        }
        return Intervals.Normal(intervals);
    }

    private static ValueList<string> ReadSet(string name, V1.Value.Types.Set set)
    {
        var items = set.Item.Distinct().Order(StringComparer.Ordinal).ToValueList();
        return items.Count == set.Item.Count ? items : throw new UnusableException($"resource '{name}' has an item twice");
    }

    private static void Reservations(V1.Resource given, out ValueList<Reservation> stack)
    {
        var old = OldFormat(given);
        if (given.Reservations.Count == 0)
        {
            stack = old is null ? [] : [old];
            return;
        }
        stack = given.Reservations.Select((layer, depth) => Layer(given.Name, layer, depth)).ToValueList();
        for (var i = 1; i < stack.Count; i++)
            if (!stack[i].Role.StartsWith(stack[i - 1].Role + "/", StringComparison.Ordinal))
                throw new UnusableException($"resource '{given.Name}': reservation for '{stack[i].Role}' does not refine that for '{stack[i - 1].Role}'");
        // Operators get both formats side by side and may send them back so; then they must say the same.
        if (old is not null && (stack.Count > 1 || stack[0] != old))
            throw new UnusableException($"resource '{given.Name}' has 'role' or 'reservation' that disagree with 'reservations'");
    }

    private static Reservation Layer(string name, V1.Resource.Types.ReservationInfo layer, int depth)
    {
        if (layer.Type is not (V1.Resource.Types.ReservationInfo.Types.Type.Static or V1.Resource.Types.ReservationInfo.Types.Type.Dynamic))
            throw new UnusableException($"resource '{name}' has a reservation without a type");
        if (layer.Role is "" or "*" || Roles.Problem(layer.Role) is not null)
            throw new UnusableException($"resource '{name}' has a reservation without a valid role");
        var dynamic = layer.Type == V1.Resource.Types.ReservationInfo.Types.Type.Dynamic;
        if (!dynamic && depth > 0)
            throw new UnusableException($"resource '{name}': only the first reservation may be STATIC");
        return new(layer.Role, dynamic, layer.HasPrincipal ? layer.Principal : null, LabelMapping.Read(layer.Labels));
    }

    private static Reservation? OldFormat(V1.Resource given)
    {
        var role = given.HasRole ? given.Role : "*";
        if (Roles.Problem(role) is { } invalid)
            throw new UnusableException($"resource '{given.Name}': {invalid}");
        if (given.Reservation is not { } reservation)
            return role == "*" ? null : new(role, Dynamic: false);
        if (role == "*")
            throw new UnusableException($"resource '{given.Name}' is unreserved but has 'reservation'");
        if (given.Reservations.Count == 0 && (reservation.HasType || reservation.HasRole))
            throw new UnusableException($"resource '{given.Name}': 'reservation' must not have a type or role");
        return new(role, Dynamic: true, reservation.HasPrincipal ? reservation.Principal : null, LabelMapping.Read(reservation.Labels));
    }

    private static Disk ReadDisk(V1.Resource given)
    {
        if (given.Name != "disk")
            throw new UnusableException($"resource '{given.Name}' has 'disk', which only the resource named disk may have");
        var (persistence, volume, source) = (given.Disk.Persistence, given.Disk.Volume, given.Disk.Source);
        if (volume is { HasHostPath: true } or { Image: not null } or { Source: not null })
            throw new UnusableException("disk.volume may only have container_path and mode");
        if (source is { HasVendor: true } or { Metadata: not null })
            throw new UnusableException("disk.source.vendor and disk.source.metadata are not supported");
        return new(
            persistence?.Id,
            persistence is { HasPrincipal: true } ? persistence.Principal : null,
            volume?.ContainerPath,
            volume?.Mode == V1.Volume.Types.Mode.Ro,
            source?.Type.ToString().ToUpperInvariant(),
            source?.Path is { HasRoot: true } path ? path.Root : source?.Mount is { HasRoot: true } mount ? mount.Root : null,
            source is { HasId: true } ? source.Id : null,
            source is { HasProfile: true } ? source.Profile : null);
    }
}
