using Bourse.Contracts;
using V1 = Bourse.MesosV1;
using Reach = Bourse.MesosV1.DiscoveryInfo.Types.Visibility;

namespace Bourse.MesosEdge;

/// <summary>How something wants to be found, both ways.</summary>
public static class DiscoveryMapping
{
    /// <summary>What was said; null for nothing.</summary>
    public static Discovery? Read(V1.DiscoveryInfo? info) => info is null ? null : new(
        EnumNames.Of(info.Visibility),
        info.HasName ? info.Name : null,
        info.HasEnvironment ? info.Environment : null,
        info.HasLocation ? info.Location : null,
        info.HasVersion ? info.Version : null,
        info.Ports is { } ports ? ports.Ports_.Select(Read).ToValueList() : [],
        LabelMapping.Read(info.Labels));

    /// <summary>Null for nothing.</summary>
    public static V1.DiscoveryInfo? Write(Discovery? discovery)
    {
        if (discovery is null)
            return null;
        var info = new V1.DiscoveryInfo { Visibility = EnumNames.Parse<Reach>(discovery.Visibility), Labels = LabelMapping.Write(discovery.Labels) };
        if (discovery.Name is { } name)
            info.Name = name;
        if (discovery.Environment is { } environment)
            info.Environment = environment;
        if (discovery.Location is { } location)
            info.Location = location;
        if (discovery.Version is { } version)
            info.Version = version;
        if (discovery.Ports.Count > 0)
            info.Ports = new() { Ports_ = { discovery.Ports.Select(Write) } };
        return info;
    }

    private static DiscoveryPort Read(V1.Port port) => new(
        port.Number,
        port.HasName ? port.Name : null,
        port.HasProtocol ? port.Protocol : null,
        port.HasVisibility ? EnumNames.Of(port.Visibility) : null,
        LabelMapping.Read(port.Labels));

    private static V1.Port Write(DiscoveryPort port)
    {
        var written = new V1.Port { Number = (uint)port.Number, Labels = LabelMapping.Write(port.Labels) };
        if (port.Name is { } name)
            written.Name = name;
        if (port.Protocol is { } protocol)
            written.Protocol = protocol;
        if (port.Visibility is { } visibility)
            written.Visibility = EnumNames.Parse<Reach>(visibility);
        return written;
    }
}
