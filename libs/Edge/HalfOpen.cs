using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Bourse.Edge;

/// <summary>
/// Connections whose other side has vanished without a word: a machine that lost its power, a cable, a firewall that forgot. What is
/// sent is not acknowledged then, and the system would go on for a quarter of an hour; streams send a heartbeat every few seconds, so
/// a bound on the time without acknowledgement finds them.
/// </summary>
public static class HalfOpen
{
    /// <summary>How long what was sent may go unacknowledged by the other side's system.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    // TCP_USER_TIMEOUT of Linux, RFC 5482; accepted sockets inherit it.
    internal const int Tcp = 6, UserTimeout = 18;

    internal static Socket Listen(EndPoint endpoint)
    {
        var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
        if (OperatingSystem.IsLinux() && endpoint is IPEndPoint)
            socket.SetRawSocketOption(Tcp, UserTimeout, BitConverter.GetBytes((int)Limit.TotalMilliseconds));
        return socket;
    }
}
