using System.Net.Sockets;
using Bourse.Agent.Host.Csi.V1;
using Grpc.Core;
using Grpc.Net.Client;
using Grpc.Net.Client.Configuration;

namespace Bourse.Agent.Host.Csi;

/// <summary>What a plugin says it can do, and what it calls this machine.</summary>
/// <param name="Node">The machine's name to it.</param>
/// <param name="Controlled">Whether a volume is first published to the machine as a whole.</param>
/// <param name="Staged">Whether a volume is staged once on the machine, before it is published to tasks.</param>
internal sealed record CsiAbilities(string Node, bool Controlled, bool Staged);

/// <summary>One CSI plugin, at its socket.</summary>
internal sealed class CsiPlugin : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    // What the interface asks of callers: again, and ever more slowly, when it is away or busy with the same volume.
    private static readonly RetryPolicy Again = new()
    {
        MaxAttempts = 5,
        InitialBackoff = TimeSpan.FromMilliseconds(200),
        MaxBackoff = TimeSpan.FromSeconds(2),
        BackoffMultiplier = 2,
        RetryableStatusCodes = { StatusCode.Unavailable, StatusCode.Aborted },
    };

    private readonly GrpcChannel channel;

    public CsiPlugin(string socket)
    {
        channel = GrpcChannel.ForAddress("http://localhost", new()
        {
            HttpHandler = new SocketsHttpHandler
            {
                UseProxy = false,
                ConnectCallback = async (_, cancelled) =>
                {
                    var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                    try
                    {
                        await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancelled);
                        return new NetworkStream(connection, ownsSocket: true);
                    }
                    catch
                    {
                        connection.Dispose();
                        throw;
                    }
                },
            },
            ServiceConfig = new() { MethodConfigs = { new() { Names = { MethodName.Default }, RetryPolicy = Again } } },
        });
        (Identity, Controller, Node) = (new(channel), new(channel), new(channel));
    }

    public Identity.IdentityClient Identity { get; }

    public Controller.ControllerClient Controller { get; }

    public Node.NodeClient Node { get; }

    /// <summary>How long a call may take.</summary>
    public static CallOptions Options(CancellationToken cancelled) => new(deadline: DateTime.UtcNow + Patience, cancellationToken: cancelled);

    /// <summary>Asks for its abilities; each time, because a plugin can be replaced while the agent runs.</summary>
    public async Task<CsiAbilities> Look(CancellationToken cancelled)
    {
        if ((await Identity.ProbeAsync(new(), Options(cancelled))).Ready is false)
            throw new RpcException(new(StatusCode.Unavailable, "the plugin is not ready yet"));
        var node = await Node.NodeGetInfoAsync(new(), Options(cancelled));
        var offered = await Node.NodeGetCapabilitiesAsync(new(), Options(cancelled));
        var hasController = (await Identity.GetPluginCapabilitiesAsync(new(), Options(cancelled))).Capabilities
            .Any(each => each.Service?.Type == PluginCapability.Types.Service.Types.Type.ControllerService);
        var controlled = hasController && (await Controller.ControllerGetCapabilitiesAsync(new(), Options(cancelled))).Capabilities
            .Any(each => each.Rpc?.Type == ControllerServiceCapability.Types.RPC.Types.Type.PublishUnpublishVolume);
        return new(node.NodeId, controlled, offered.Capabilities.Any(each => each.Rpc?.Type == NodeServiceCapability.Types.RPC.Types.Type.StageUnstageVolume));
    }

    public void Dispose() => channel.Dispose();
}
