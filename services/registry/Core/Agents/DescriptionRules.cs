using Bourse.Contracts;

namespace Bourse.Registry;

/// <summary>What a description must be before the agent is admitted; everything offered later rests on it.</summary>
public static class DescriptionRules
{
    // The id is also a broker user and part of routing keys and file names.
    private const int MaxIdLength = 100;
    private const int MaxTextLength = 1000;
    private static readonly byte[] P256Header = Convert.FromHexString("3059301306072a8648ce3d020106082a8648ce3d03010703420004");

    /// <summary>The first rule that is broken, naming the field; null when none is.</summary>
    public static string? Broken(AgentDescription? agent) => agent is null ? "description: missing" :
        OfId(agent.Id.Value)
        ?? Text("hostname", agent.Hostname)
        ?? Text("address", agent.Address)
        ?? (agent.Port is < 1 or > 65535 ? $"port: {agent.Port} is not between 1 and 65535" : null)
        ?? Text("version", agent.Version)
        ?? OfTotal(agent.Total)
        ?? First(agent.Attributes, OfAttribute)
        ?? (agent.Domain is { } domain ? Text("domain.region", domain.Region) ?? Text("domain.zone", domain.Zone) : null)
        ?? OfSealingKey(agent.SealingKey);

    private static string? OfId(string? id) =>
        id is { Length: > 0 and <= MaxIdLength } && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-')
            ? null
            : $"id: 1 to {MaxIdLength} characters of A-Z a-z 0-9 _ -";

    private static string? OfTotal(Resources? total) =>
        total is null || total.IsEmpty ? "total: no resources" : First(total.Entries, OfResource);

    private static string? OfResource(Resource resource)
    {
        var field = $"total: {resource.Name}";
        if (Text("total: a resource's name", resource.Name) is { } unnamed)
            return unnamed;

        var amounts = (resource.Scalar.HasValue ? 1 : 0) + (resource.Ranges.Count > 0 ? 1 : 0) + (resource.Set.Count > 0 ? 1 : 0);
        if (amounts != 1)
            return $"{field} must have exactly one of scalar, ranges and set";
        if (resource.Scalar is { Thousandths: <= 0 })
            return $"{field} must be positive";
        if (resource is { Name: "cpus" or "mem" or "disk" or "gpus", Scalar: null })
            return $"{field} must be a scalar";
        if (resource is { Name: "gpus", Scalar: { } gpus } && gpus.Thousandths % 1000 != 0)
            return $"{field} must be a whole number";
        if (resource is { Name: "ports", Ranges.Count: 0 })
            return $"{field} must be ranges";
        if (resource.Name == "ports" && resource.Ranges[^1].End > 65535)
            return $"{field} end at 65535";
        if (OfRanges(field, resource.Ranges) is { } ranges)
            return ranges;
        if (!resource.Set.Zip(resource.Set.Skip(1)).All(pair => string.CompareOrdinal(pair.First, pair.Second) < 0))
            return $"{field} must be sorted and without repeats";
        if (resource.AllocationRole is not null)
            return $"{field} is allocated to {resource.AllocationRole}; an agent pools only what is free";
        if (resource.Disk is { PersistenceId: not null })
            return $"{field} holds a persistent volume; only operations make volumes";
        if (resource.Disk is { SourceType: "MOUNT" or "PATH", SourceRoot: null or "" })
            return $"{field} of a {resource.Disk.SourceType} disk has no root";
        return First(resource.Reservations, reservation => OfReservation(field, reservation));
    }

    private static string? OfRanges(string field, ValueList<Interval> ranges)
    {
        for (var i = 0; i < ranges.Count; i++)
        {
            if (ranges[i].End < ranges[i].Begin)
                return $"{field}: {ranges[i].Begin}-{ranges[i].End} ends before it begins";
            // Neither adding to the first nor subtracting from the second may wrap around.
            if (i > 0 && (ranges[i].Begin <= ranges[i - 1].End || ranges[i].Begin - ranges[i - 1].End < 2))
                return $"{field} must be sorted, disjoint and not adjacent";
        }
        return null;
    }

    private static string? OfReservation(string field, Reservation reservation) =>
        reservation.Dynamic ? $"{field} is reserved dynamically; only operations do that"
        : reservation.Role is null or "" or "*" ? $"{field} is reserved for no role"
        : reservation.Role.Split('/').Any(segment => segment is "" or "." or ".." || segment[0] == '-' || segment.Any(Odd))
            ? $"{field}: '{reservation.Role}' is not a role"
        : null;

    private static string? OfAttribute(AgentAttribute attribute)
    {
        if (Text("attributes: a name", attribute.Name) is { } unnamed)
            return unnamed;
        var values = (attribute.Text is not null ? 1 : 0) + (attribute.Scalar.HasValue ? 1 : 0) + (attribute.Ranges.Count > 0 ? 1 : 0);
        if (values != 1)
            return $"attributes: {attribute.Name} must have exactly one of text, scalar and ranges";
        return attribute.Text is not null ? Text($"attributes: {attribute.Name}", attribute.Text)
            : OfRanges($"attributes: {attribute.Name}", attribute.Ranges);
    }

    // An uncompressed point on P-256. Whether it lies on the curve shows when something is sealed to it.
    private static string? OfSealingKey(string? key)
    {
        Span<byte> bytes = stackalloc byte[P256Header.Length + 64];
        return key is not null && Convert.TryFromBase64String(key, bytes, out var length) && length == bytes.Length
            && bytes.StartsWith(P256Header)
            ? null
            : "sealingKey: not the base64 of a P-256 SubjectPublicKeyInfo";
    }

    private static string? Text(string field, string? text) =>
        text is { Length: > 0 and <= MaxTextLength } && !text.Any(Odd) ? null : $"{field}: 1 to {MaxTextLength} characters without spaces";

    private static bool Odd(char c) => char.IsWhiteSpace(c) || char.IsControl(c);

    private static string? First<T>(IEnumerable<T> items, Func<T, string?> rule) => items.Select(rule).FirstOrDefault(broken => broken is not null);
}
