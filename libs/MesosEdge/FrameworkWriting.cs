using Bourse.Contracts;
using Bourse.MesosV1;
using CapabilityType = Bourse.MesosV1.FrameworkInfo.Types.Capability.Types.Type;

namespace Bourse.MesosEdge;

/// <summary>Descriptions of frameworks as <c>FrameworkInfo</c>.</summary>
public static class FrameworkWriting
{
    /// <summary>What everybody who is told of a framework is told.</summary>
    public static FrameworkInfo Write(FrameworkId id, FrameworkDescription description)
    {
        ArgumentNullException.ThrowIfNull(description);
        var info = new FrameworkInfo
        {
            Id = new() { Value = id.Value },
            Name = description.Name,
            User = description.User,
            FailoverTimeout = description.FailoverTimeout.TotalSeconds,
            Checkpoint = description.Checkpoint,
            Principal = description.Principal,
            Labels = LabelMapping.Write(description.Labels),
        };
        foreach (var name in description.Capabilities)
            if (EnumNames.Find<CapabilityType>(name) is { } type)
                info.Capabilities.Add(new FrameworkInfo.Types.Capability { Type = type });
        if (description.Capabilities.Contains("MULTI_ROLE"))
            info.Roles.Add(description.Roles);
        else if (description.Roles.Count > 0)
            info.Role = description.Roles[0];
        return info;
    }
}
