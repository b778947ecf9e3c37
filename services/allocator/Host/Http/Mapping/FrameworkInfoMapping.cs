using System.Text;
using Bourse.Contracts;
using V1 = Bourse.MesosV1;
using Capability = Bourse.MesosV1.FrameworkInfo.Types.Capability;

namespace Bourse.Allocator.Host.Http.Mapping;

/// <summary>What a framework says about itself.</summary>
internal static class FrameworkInfoMapping
{
    // Mesos keeps the timeout as nanoseconds in 64 bits.
    private const double LongestFailoverSeconds = long.MaxValue / 1e9;

    /// <summary>Names are looked up by and routed by; longer ones fit neither.</summary>
    public const int LongestId = 255;

    /// <summary>Reads the description; <paramref name="principal"/> is the authenticated one.</summary>
    /// <exception cref="UnusableException">It cannot be accepted; on SUBSCRIBE this is told by an ERROR event.</exception>
    public static FrameworkDescription Read(V1.FrameworkInfo info, V1.Scheduler.OfferConstraints? constraints, string principal)
    {
        if (info.Id is { } id && id.Value.Length > 0 && IdProblem(id.Value) is { } bad)
            throw new UnusableException($"framework_info.id {bad}");
        if (double.IsNaN(info.FailoverTimeout) || Math.Abs(info.FailoverTimeout) > LongestFailoverSeconds)
            throw new UnusableException("framework_info.failover_timeout is out of range");

        var capabilities = info.Capabilities.Where(capability => capability.HasType && capability.Type != Capability.Types.Type.Unknown)
            .Select(capability => EnumNames.Of(capability.Type)).Distinct().Order(StringComparer.Ordinal).ToValueList();
        return new(
            info.Name,
            info.User,
            ReadRoles(info, multiRole: capabilities.Contains("MULTI_ROLE")),
            capabilities,
            TimeSpan.FromSeconds(Math.Max(0, info.FailoverTimeout)),
            principal,
            info.HasHostname ? info.Hostname : null,
            info.HasWebuiUrl ? info.WebuiUrl : null,
            LabelMapping.Read(info.Labels),
            info.Checkpoint,
            OfferWishesMapping.Minimums(info),
            OfferWishesMapping.Constraints(constraints));
    }

    /// <summary>The description as it is told to operators.</summary>
    public static V1.FrameworkInfo Write(FrameworkId id, FrameworkDescription description)
    {
        var info = FrameworkWriting.Write(id, description);
        OfferWishesMapping.Write(info, description.Minimums);
        if (description.Hostname is { } hostname)
            info.Hostname = hostname;
        if (description.WebUiUrl is { } url)
            info.WebuiUrl = url;
        return info;
    }

    /// <summary>What is wrong with an id that will name files and paths, or null.</summary>
    public static string? IdProblem(string id) =>
        id.Length == 0 ? "must not be empty"
        : Encoding.UTF8.GetByteCount(id) > LongestId ? "must not be longer than 255 bytes"
        : id is "." or ".." ? "must not be '.' or '..'"
        : id.Any(c => char.IsControl(c) || c is '/' or '\\') ? "must not have a control character, slash or backslash"
        : null;

    private static ValueList<string> ReadRoles(V1.FrameworkInfo info, bool multiRole)
    {
        if (info.Roles.Append(info.Role).Any(role => Encoding.UTF8.GetByteCount(role) > LongestId))
            throw new UnusableException("a role's name must not be longer than 255 bytes");
        if (!multiRole)
            return info.Roles.Count == 0
                ? [info.HasRole ? info.Role : "*"]
                : throw new UnusableException("framework_info.roles needs the capability MULTI_ROLE");
        if (info.HasRole)
            throw new UnusableException("framework_info.role must not be set by a framework with the capability MULTI_ROLE");
        var roles = info.Roles.Distinct().Order(StringComparer.Ordinal).ToValueList();
        return roles.Count == info.Roles.Count ? roles : throw new UnusableException("framework_info.roles has a role twice");
    }
}
