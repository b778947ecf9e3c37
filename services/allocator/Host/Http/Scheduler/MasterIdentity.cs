using System.Net;
using System.Net.Sockets;
using Bourse.Allocator.Host.Http.Mapping;
using V1 = Bourse.MesosV1;

namespace Bourse.Allocator.Host.Http.Scheduler;

/// <summary>What this instance tells of itself.</summary>
internal sealed class MasterIdentity(AllocatorSettings settings)
{
    /// <summary>
    /// The level of the Mesos API that is served. Clients switch behaviour by it, and one splits it at the dots and takes every part
    /// for a number.
    /// </summary>
    public const string ApiVersion = "1.12.0";

    /// <summary>Of this run of the process.</summary>
    public string Id { get; } = Guid.NewGuid().ToString();

    /// <summary>This master as the caller reached it.</summary>
    public V1.MasterInfo Of(HttpContext context)
    {
        var address = context.Connection.LocalIpAddress ?? IPAddress.Loopback;
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        var port = context.Connection.LocalPort;
        var hostname = Dns.GetHostName();
        return new()
        {
            Id = Id,
            // The IPv4 address in network byte order, read as a little-endian integer.
            Ip = address.AddressFamily == AddressFamily.InterNetwork ? BitConverter.ToUInt32(address.GetAddressBytes()) : 0,
            Port = (uint)port,
            Pid = $"master@{address}:{port}",
            Hostname = hostname,
            Version = ApiVersion,
            Address = new() { Hostname = hostname, Ip = address.ToString(), Port = port },
            Domain = OfferMapping.Domain(settings.Domain),
        };
    }
}
