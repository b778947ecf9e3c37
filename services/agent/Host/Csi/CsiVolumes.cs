using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Bourse.Agent.Host.Csi.V1;
using Bourse.Agent.Host.Processes;
using Bourse.Agent.Host.Secrets;
using Bourse.Contracts;
using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Bourse.Agent.Host.Csi;

/// <summary>
/// Volumes of CSI plugins on this machine. Each has a directory with a note of what may have been asked of its plugin, written before it is
/// asked: whatever happens in between can be taken back, because every call of the interface may be repeated.
/// </summary>
internal sealed partial class CsiVolumes : IDisposable
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly string all;
    private readonly ILogger log;
    private readonly Dictionary<string, CsiPlugin> plugins;
    private readonly ConcurrentDictionary<string, SemaphoreSlim> gates = new(StringComparer.Ordinal);

    /// <param name="work">The agent's work directory.</param>
    /// <param name="sockets">The plugins' sockets by their names.</param>
    /// <param name="log">For what could not be taken back.</param>
    public CsiVolumes(string work, IReadOnlyDictionary<string, string> sockets, ILogger log)
    {
        (all, this.log) = (Path.Combine(work, "csi"), log);
        plugins = sockets.ToDictionary(pair => pair.Key, pair => new CsiPlugin(pair.Value), StringComparer.Ordinal);
    }

    /// <summary>Names of the plugins.</summary>
    public IEnumerable<string> Plugins => plugins.Keys.Order(StringComparer.Ordinal);

    /// <summary>Publishes a volume to a run.</summary>
    /// <returns>The directory that is the volume.</returns>
    /// <exception cref="CannotStartException">There is no such plugin, or it refuses.</exception>
    public async Task<string> Publish(long run, ContainerVolume wanted, OpenedSecrets secrets, CancellationToken cancelled)
    {
        var volume = wanted.Csi!;
        if (!plugins.TryGetValue(volume.Plugin, out var plugin))
            throw new CannotStartException($"Volume '{wanted.Path}': this agent has no CSI plugin '{volume.Plugin}' (Bourse__Agent__Csi__{volume.Plugin})");
        var directory = Path.Combine(all, NameOf(volume.Plugin, volume.VolumeId));
        using var turn = await Turn(directory, cancelled);
        try
        {
            return await Publish(run, plugin, wanted, directory, secrets, cancelled);
        }
        catch (RpcException e) when (!cancelled.IsCancellationRequested)
        {
            throw new CannotStartException($"Volume '{wanted.Path}': CSI plugin '{volume.Plugin}' says {e.StatusCode}: {e.Status.Detail}");
        }
        catch (RpcException)
        {
            throw new OperationCanceledException(cancelled);
        }
    }

    /// <summary>Takes back what was published to a run. What its plugin does not take back is tried again by <see cref="ReleaseExcept"/>.</summary>
    public async Task Release(long run, CancellationToken stopping)
    {
        foreach (var directory in Volumes())
            await Release(directory, each => each == run, stopping);
    }

    /// <summary>Takes back what was published to runs that are no more.</summary>
    public async Task ReleaseExcept(Func<long, bool> lives, CancellationToken stopping)
    {
        foreach (var directory in Volumes())
            await Release(directory, run => !lives(run), stopping);
    }

    public void Dispose()
    {
        foreach (var plugin in plugins.Values)
            plugin.Dispose();
        foreach (var gate in gates.Values)
            gate.Dispose();
    }

    private static async Task<string> Publish(
        long run, CsiPlugin plugin, ContainerVolume wanted, string directory, OpenedSecrets secrets, CancellationToken cancelled)
    {
        var volume = wanted.Csi!;
        var capability = Capability(volume);
        var context = volume.Context.ToDictionary(label => label.Key, label => label.Value ?? "", StringComparer.Ordinal);
        var stageSecrets = Clear(volume.StageSecrets);
        var publishSecrets = Clear(volume.PublishSecrets);

        var able = await plugin.Look(cancelled);
        var (staging, target) = (Path.Combine(directory, "staging"), Path.Combine(directory, "targets", run.ToString(CultureInfo.InvariantCulture)));
        var times = 0;
        for (var first = target; Directory.Exists(target); target = $"{first}-{++times}")
        {
        }
        Directory.CreateDirectory(staging, Private);
        Directory.CreateDirectory(target, Private);
        Write(directory, new(volume.Plugin, volume.VolumeId, able.Node, able.Controlled, able.Staged));

        Dictionary<string, string> published = [];
        if (able.Controlled)
        {
            published = new((await plugin.Controller.ControllerPublishVolumeAsync(new()
            {
                VolumeId = volume.VolumeId, NodeId = able.Node, VolumeCapability = capability, VolumeContext = { context },
            }, CsiPlugin.Options(cancelled))).PublishContext, StringComparer.Ordinal);
        }
        if (able.Staged)
        {
            await plugin.Node.NodeStageVolumeAsync(new()
            {
                VolumeId = volume.VolumeId, StagingTargetPath = staging, VolumeCapability = capability,
                PublishContext = { published }, Secrets = { stageSecrets }, VolumeContext = { context },
            }, CsiPlugin.Options(cancelled));
        }
        var mount = Path.Combine(target, "mount");
        await plugin.Node.NodePublishVolumeAsync(new()
        {
            VolumeId = volume.VolumeId, StagingTargetPath = able.Staged ? staging : "", TargetPath = mount, VolumeCapability = capability,
            Readonly = wanted.ReadOnly, PublishContext = { published }, Secrets = { publishSecrets }, VolumeContext = { context },
        }, CsiPlugin.Options(cancelled));
        return mount;

        Dictionary<string, string> Clear(ValueList<CsiSecret> named) => named.ToDictionary(each => each.Key, each => secrets.Text(each.Secret), StringComparer.Ordinal);
    }

    private async Task Release(string directory, Func<long, bool> which, CancellationToken stopping)
    {
        using var turn = await Turn(directory, stopping);
        if (Read(directory) is not { } known)
            return;
        var targets = Directory.EnumerateDirectories(Path.Combine(directory, "targets")).ToList();
        var over = targets.Where(path => which(RunOf(path))).ToList();
        if (over.Count == 0 && targets.Count > 0)
            return;
        if (!plugins.TryGetValue(known.Plugin, out var plugin))
        {
            LogKept(log, known.VolumeId, known.Plugin, "this agent has no such plugin any more");
            return;
        }
        try
        {
            foreach (var target in over)
            {
                await Done(plugin.Node.NodeUnpublishVolumeAsync(
                    new() { VolumeId = known.VolumeId, TargetPath = Path.Combine(target, "mount") }, CsiPlugin.Options(stopping)).ResponseAsync);
                // Never recursively: a volume that is still there must not be emptied. Removing its mount point is the plugin's part, and some leave it.
                RemoveEmpty(Path.Combine(target, "mount"));
                RemoveEmpty(target);
            }
            if (over.Count < targets.Count)
                return;
            if (known.Staged)
                await Done(plugin.Node.NodeUnstageVolumeAsync(
                    new() { VolumeId = known.VolumeId, StagingTargetPath = Path.Combine(directory, "staging") }, CsiPlugin.Options(stopping)).ResponseAsync);
            if (known.Controlled)
                await Done(plugin.Controller.ControllerUnpublishVolumeAsync(
                    new() { VolumeId = known.VolumeId, NodeId = known.Node }, CsiPlugin.Options(stopping)).ResponseAsync);
            RemoveEmpty(Path.Combine(directory, "staging"));
            RemoveEmpty(Path.Combine(directory, "targets"));
            File.Delete(Path.Combine(directory, "volume.json"));
            RemoveEmpty(directory);
        }
        catch (Exception e) when (e is RpcException or IOException && !stopping.IsCancellationRequested)
        {
            LogKept(log, known.VolumeId, known.Plugin, e is RpcException call ? $"{call.StatusCode}: {call.Status.Detail}" : e.Message);
        }
    }

    // Of a volume that is no more nothing is left to take back.
    private static async Task Done<T>(Task<T> call)
    {
        try
        {
            await call;
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.NotFound)
        {
        }
    }

    private static VolumeCapability Capability(CsiVolume volume)
    {
        var mode = VolumeCapability.Types.AccessMode.Descriptor.EnumTypes[0].FindValueByName(volume.AccessMode)
            ?? throw new CannotStartException($"CSI knows no access mode '{volume.AccessMode}'");
        return new()
        {
            AccessMode = new() { Mode = (VolumeCapability.Types.AccessMode.Types.Mode)mode.Number },
            Mount = new() { FsType = volume.FileSystem ?? "", MountFlags = { volume.MountFlags } },
        };
    }

    private static void RemoveEmpty(string directory)
    {
        if (Directory.Exists(directory))
            Directory.Delete(directory, recursive: false);
    }

    private static long RunOf(string target) => long.Parse(Path.GetFileName(target).Split('-')[0], CultureInfo.InvariantCulture);

    // A volume's id may be anything.
    private static string NameOf(string plugin, string volume) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{plugin}\0{volume}")))[..16];

    private List<string> Volumes() => Directory.Exists(all) ? [.. Directory.EnumerateDirectories(all)] : [];

    // The interface wants one call at a time for each volume.
    private async Task<IDisposable> Turn(string directory, CancellationToken cancelled)
    {
        var gate = gates.GetOrAdd(directory, _ => new(1));
        await gate.WaitAsync(cancelled);
        return new Leaving(gate);
    }

    private static void Write(string directory, Known known)
    {
        var file = Path.Combine(directory, "volume.json");
        File.WriteAllText($"{file}.new", JsonSerializer.Serialize(known, Json.Options));
        File.Move($"{file}.new", file, overwrite: true);
    }

    private static Known? Read(string directory) =>
        Path.Combine(directory, "volume.json") is var file && File.Exists(file) ? JsonSerializer.Deserialize<Known>(File.ReadAllText(file), Json.Options) : null;

    private sealed record Known(string Plugin, string VolumeId, string Node, bool Controlled, bool Staged);

    private sealed class Leaving(SemaphoreSlim gate) : IDisposable
    {
        public void Dispose() => gate.Release();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Volume {Volume} of CSI plugin {Plugin} could not be taken back, and is tried again: {Why}")]
    private static partial void LogKept(ILogger log, string volume, string plugin, string why);
}
