using Bourse.Contracts;
using V1 = Bourse.MesosV1;

namespace Bourse.MesosEdge;

/// <summary>Containers that run, in the words of v1.</summary>
public static class ContainerWriting
{
    /// <summary>A running container as frameworks and operators see it.</summary>
    public static V1.ContainerStatus Write(ContainerState container)
    {
        var status = new V1.ContainerStatus { ContainerId = new() { Value = container.Id } };
        foreach (var network in container.Networks)
        {
            var written = new V1.NetworkInfo { Name = network.Network };
            written.IpAddresses.AddRange(network.Addresses.Select(address => new V1.NetworkInfo.Types.IPAddress
            {
                Protocol = address.Contains(':', StringComparison.Ordinal)
                    ? V1.NetworkInfo.Types.Protocol.Ipv6
                    : V1.NetworkInfo.Types.Protocol.Ipv4,
                IpAddress = address,
            }));
            written.PortMappings.AddRange(network.Ports.Select(port => new V1.NetworkInfo.Types.PortMapping
            {
                HostPort = (uint)port.HostPort,
                ContainerPort = (uint)port.ContainerPort,
                Protocol = port.Protocol,
            }));
            status.NetworkInfos.Add(written);
        }
        return status;
    }
}
