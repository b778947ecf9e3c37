using System.Collections.Concurrent;
using System.Diagnostics;
using Bourse.Agent.Host.Csi.V1;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Bourse.Agent.Tests.Host.Containers;

/// <summary>
/// A CSI plugin whose volumes are directories, really mounted. It holds its caller to the interface: to the order of the calls, to one at a
/// time for each volume, to what must be given with each; whatever is not so is an error to the caller and a violation to the test.
/// </summary>
internal sealed class CsiDriver : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly string root = Directory.CreateTempSubdirectory("bourse-csi-").FullName;
    private readonly ConcurrentDictionary<string, Volume> volumes = new();

    public CsiDriver(params string[] existing)
    {
        foreach (var id in existing)
            volumes[id] = new(Directory.CreateDirectory(Path.Combine(root, id)).FullName);
        Socket = Path.Combine(root, "csi.sock");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(Socket, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc();
        builder.Services.AddSingleton(this);
        app = builder.Build();
        app.MapGrpcService<IdentityService>();
        app.MapGrpcService<ControllerService>();
        app.MapGrpcService<NodeService>();
        app.StartAsync().GetAwaiter().GetResult();
    }

    public string Socket { get; }

    /// <summary>The calls that change something, as <c>NAME VOLUME</c>, those that failed too.</summary>
    public ConcurrentQueue<string> Calls { get; } = new();

    /// <summary>What the caller did against the interface.</summary>
    public ConcurrentQueue<string> Violations { get; } = new();

    /// <summary>Whether a call is refused as by a plugin that has a fault.</summary>
    public Func<string, bool> Faulty { get; set; } = _ => false;

    public string DirectoryOf(string volume) => volumes[volume].Directory;

    public bool InUse(string volume) => volumes[volume] is var found && (found.Node is not null || found.Staging is not null || !found.Targets.IsEmpty);

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
        foreach (var mounted in volumes.Values.SelectMany(volume => volume.Targets.Keys.Append(volume.Staging)).OfType<string>())
            Run("umount", mounted);
        Directory.Delete(root, recursive: true);
    }

    private async Task<T> Change<T>(string call, string id, Func<Volume, T> change)
    {
        Calls.Enqueue($"{call} {id}");
        if (Faulty(call))
            throw new RpcException(new(StatusCode.Internal, "the driver has a fault"));
        if (!volumes.TryGetValue(id, out var volume))
            throw new RpcException(new(StatusCode.NotFound, $"no volume {id}"));
        if (!await volume.Gate.WaitAsync(0))
            throw Violated(StatusCode.Aborted, $"{call}: another call for {id} is under way");
        try
        {
            return change(volume);
        }
        finally
        {
            volume.Gate.Release();
        }
    }

    private RpcException Violated(StatusCode code, string what)
    {
        Violations.Enqueue(what);
        return new(new(code, what));
    }

    private void Demand(bool condition, string what, StatusCode code = StatusCode.InvalidArgument)
    {
        if (!condition)
            throw Violated(code, what);
    }

    private static void Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new RpcException(new(StatusCode.Internal, error));
    }

    private sealed class Volume(string directory)
    {
        public string Directory => directory;

        public SemaphoreSlim Gate { get; } = new(1);

        public string? Node { get; set; }

        public string? Staging { get; set; }

        public ConcurrentDictionary<string, bool> Targets { get; } = new();
    }

    private sealed class IdentityService : Identity.IdentityBase
    {
        public override Task<ProbeResponse> Probe(ProbeRequest request, ServerCallContext context) => Task.FromResult(new ProbeResponse { Ready = true });

        public override Task<GetPluginCapabilitiesResponse> GetPluginCapabilities(GetPluginCapabilitiesRequest request, ServerCallContext context) =>
            Task.FromResult(new GetPluginCapabilitiesResponse
            {
                Capabilities = { new PluginCapability { Service = new() { Type = PluginCapability.Types.Service.Types.Type.ControllerService } } },
            });
    }

    private sealed class ControllerService(CsiDriver driver) : Controller.ControllerBase
    {
        public override Task<ControllerGetCapabilitiesResponse> ControllerGetCapabilities(ControllerGetCapabilitiesRequest request, ServerCallContext context) =>
            Task.FromResult(new ControllerGetCapabilitiesResponse
            {
                Capabilities = { new ControllerServiceCapability { Rpc = new() { Type = ControllerServiceCapability.Types.RPC.Types.Type.PublishUnpublishVolume } } },
            });

        public override Task<ControllerPublishVolumeResponse> ControllerPublishVolume(ControllerPublishVolumeRequest request, ServerCallContext context) =>
            driver.Change(nameof(ControllerPublishVolume), request.VolumeId, volume =>
            {
                driver.Demand(request.NodeId == "node-1" && request.VolumeCapability?.AccessMode is not null, "ControllerPublishVolume: node or capability is missing");
                volume.Node = request.NodeId;
                return new ControllerPublishVolumeResponse { PublishContext = { ["device"] = $"/dev/{request.VolumeId}" } };
            });

        public override Task<ControllerUnpublishVolumeResponse> ControllerUnpublishVolume(ControllerUnpublishVolumeRequest request, ServerCallContext context) =>
            driver.Change(nameof(ControllerUnpublishVolume), request.VolumeId, volume =>
            {
                driver.Demand(volume.Staging is null, "ControllerUnpublishVolume: it is staged", StatusCode.FailedPrecondition);
                volume.Node = null;
                return new ControllerUnpublishVolumeResponse();
            });
    }

    private sealed class NodeService(CsiDriver driver) : Node.NodeBase
    {
        public override Task<NodeGetInfoResponse> NodeGetInfo(NodeGetInfoRequest request, ServerCallContext context) =>
            Task.FromResult(new NodeGetInfoResponse { NodeId = "node-1" });

        public override Task<NodeGetCapabilitiesResponse> NodeGetCapabilities(NodeGetCapabilitiesRequest request, ServerCallContext context) =>
            Task.FromResult(new NodeGetCapabilitiesResponse
            {
                Capabilities = { new NodeServiceCapability { Rpc = new() { Type = NodeServiceCapability.Types.RPC.Types.Type.StageUnstageVolume } } },
            });

        public override Task<NodeStageVolumeResponse> NodeStageVolume(NodeStageVolumeRequest request, ServerCallContext context) =>
            driver.Change(nameof(NodeStageVolume), request.VolumeId, volume =>
            {
                driver.Demand(volume.Node is not null, "NodeStageVolume: it is not published to the node", StatusCode.FailedPrecondition);
                driver.Demand(request.PublishContext["device"] == $"/dev/{request.VolumeId}", "NodeStageVolume: not with what the controller said");
                driver.Demand(Directory.Exists(request.StagingTargetPath) && Path.IsPathRooted(request.StagingTargetPath), "NodeStageVolume: the path is no directory");
                driver.Demand(request.VolumeCapability?.AccessMode is not null, "NodeStageVolume: the capability is missing");
                driver.Demand(volume.Staging is null || volume.Staging == request.StagingTargetPath, "NodeStageVolume: a second staging path", StatusCode.FailedPrecondition);
                if (request.VolumeContext.TryGetValue("locked", out _) && request.Secrets.GetValueOrDefault("key") != "open sesame")
                    throw new RpcException(new(StatusCode.Unauthenticated, "the key is wrong"));
                if (volume.Staging is null)
                    Run("mount", "--bind", volume.Directory, request.StagingTargetPath);
                volume.Staging = request.StagingTargetPath;
                return new NodeStageVolumeResponse();
            });

        public override Task<NodeUnstageVolumeResponse> NodeUnstageVolume(NodeUnstageVolumeRequest request, ServerCallContext context) =>
            driver.Change(nameof(NodeUnstageVolume), request.VolumeId, volume =>
            {
                driver.Demand(volume.Targets.IsEmpty, "NodeUnstageVolume: it is published to somebody", StatusCode.FailedPrecondition);
                if (volume.Staging is { } staging && staging == request.StagingTargetPath)
                    Run("umount", staging);
                volume.Staging = null;
                return new NodeUnstageVolumeResponse();
            });

        public override Task<NodePublishVolumeResponse> NodePublishVolume(NodePublishVolumeRequest request, ServerCallContext context) =>
            driver.Change(nameof(NodePublishVolume), request.VolumeId, volume =>
            {
                driver.Demand(volume.Staging is not null && volume.Staging == request.StagingTargetPath, "NodePublishVolume: it is not staged there", StatusCode.FailedPrecondition);
                driver.Demand(request.PublishContext["device"] == $"/dev/{request.VolumeId}", "NodePublishVolume: not with what the controller said");
                driver.Demand(Directory.Exists(Path.GetDirectoryName(request.TargetPath)), "NodePublishVolume: the parent of the path is not there");
                driver.Demand(volume.Targets.GetValueOrDefault(request.TargetPath, request.Readonly) == request.Readonly, "NodePublishVolume: published otherwise", StatusCode.AlreadyExists);
                if (volume.Targets.ContainsKey(request.TargetPath))
                    return new NodePublishVolumeResponse();
                Directory.CreateDirectory(request.TargetPath);
                Run("mount", "--bind", volume.Staging!, request.TargetPath);
                if (request.Readonly)
                    Run("mount", "-o", "remount,ro,bind", request.TargetPath);
                volume.Targets[request.TargetPath] = request.Readonly;
                return new NodePublishVolumeResponse();
            });

        public override Task<NodeUnpublishVolumeResponse> NodeUnpublishVolume(NodeUnpublishVolumeRequest request, ServerCallContext context) =>
            driver.Change(nameof(NodeUnpublishVolume), request.VolumeId, volume =>
            {
                if (!volume.Targets.ContainsKey(request.TargetPath))
                    return new NodeUnpublishVolumeResponse();
                Run("umount", request.TargetPath);
                Directory.Delete(request.TargetPath);
                volume.Targets.TryRemove(request.TargetPath, out _);
                return new NodeUnpublishVolumeResponse();
            });
    }
}
