using Bourse.Contracts;
using V1 = Bourse.MesosV1;

namespace Bourse.Allocator.Host.Http.Mapping;

/// <summary>A task's container: how it is to be kept apart.</summary>
internal static class ContainerMapping
{
    private const uint LastPort = 65535;

    /// <summary>The container a task wants; null when it wants nothing but secrets in its sandbox, which need none.</summary>
    /// <exception cref="UnusableException">It asks for something that cannot be honoured.</exception>
    public static TaskContainer? Read(V1.ContainerInfo? info)
    {
        if (info is null)
            return null;
        var docker = info.Type == V1.ContainerInfo.Types.Type.Docker;
        if (docker ? info.Docker is null : info.Docker is not null)
            throw new UnusableException(docker
                ? "DockerInfo 'docker' is not set for DOCKER typed ContainerInfo"
                : "'container.docker' is only for a container of type DOCKER");
        if (docker && info.Mesos is not null)
            throw new UnusableException("'container.mesos' is only for a container of type MESOS");

        var (mode, networks) = docker ? DockerNetworks(info) : Networks(info);
        var container = new TaskContainer(
            docker,
            docker ? DockerImage(info.Docker!) : info.Mesos?.Image is { } image ? Image(image) : null,
            info.HasHostname ? Hostname(info.Hostname, mode) : null,
            mode,
            networks,
            info.Volumes.Where(volume => !IsSecret(volume)).Select(Volume).ToValueList(),
            info.LinuxInfo is { } linux ? Linux(linux) : null,
            info.RlimitInfo is { } limits ? limits.Rlimits.Select(Limit).ToValueList() : [],
            info.Docker?.Privileged ?? false,
            (info.Docker?.Parameters ?? []).Select(parameter => new Label(parameter.Key, parameter.Value)).ToValueList());
        var inSandbox = info.Volumes.All(volume => !volume.ContainerPath.StartsWith('/'));
        return container == new TaskContainer(Docker: false) && inSandbox ? null : container;
    }

    /// <summary>Whether there is an image that may say by itself what to run.</summary>
    public static bool HasImage(V1.ContainerInfo? info) => info?.Mesos?.Image is not null || info?.Docker is not null;

    /// <summary>The secrets it wants as files.</summary>
    public static ValueList<SecretFile> SecretFiles(V1.ContainerInfo? info) =>
        info is null ? [] : info.Volumes.Where(IsSecret).Select(SecretFile).ToValueList();

    private static ContainerImage Image(V1.Image image)
    {
        if (image.Type != V1.Image.Types.Type.Docker || image.Docker is not { } docker || image.Appc is not null)
            throw new UnusableException("container.mesos.image: only images of type DOCKER are supported; OCI images are pulled as such");
        if (docker.Credential is not null)
            throw new UnusableException("container.mesos.image.docker.credential would stand in the journal; store a Docker config.json as a secret and name it in 'config'");
        return new(
            ImageName(docker.Name),
            docker.Config is { } config ? TaskInfoMapping.SecretName(config, $"Image '{docker.Name}'") : null,
            image.Cached);
    }

    private static ContainerImage DockerImage(V1.ContainerInfo.Types.DockerInfo docker)
    {
        if (docker.HasVolumeDriver)
            throw new UnusableException("Task uses 'container.docker.volume_driver', which is not supported: its volumes are paths of the machine, images, secrets and CSI volumes");
        return new(ImageName(docker.Image), Cached: !docker.ForcePullImage);
    }

    private static string ImageName(string name) =>
        name.Length == 0 || name.StartsWith('-') || name.Any(c => char.IsWhiteSpace(c) || char.IsControl(c))
            ? throw new UnusableException($"'{name}' is not the name of an image")
            : name;

    private static (NetworkMode, ValueList<JoinedNetwork>) Networks(V1.ContainerInfo info)
    {
        if (info.NetworkInfos.Count == 0)
            return (NetworkMode.Host, []);
        return (NetworkMode.Joined, info.NetworkInfos.Select(network =>
        {
            if (!network.HasName)
                throw new UnusableException("container.network_infos: a network must be named");
            if (network.Groups.Count > 0 || network.IpAddresses.Count > 0)
                throw new UnusableException($"Network '{network.Name}': 'groups' and 'ip_addresses' are not supported in a task's description");
            return new JoinedNetwork(network.Name, network.PortMappings.Select(Port).ToValueList());
        }).ToValueList());

        static MappedPort Port(V1.NetworkInfo.Types.PortMapping port) => PortOf(port.HostPort, port.ContainerPort, port.HasProtocol ? port.Protocol : "tcp");
    }

    private static (NetworkMode, ValueList<JoinedNetwork>) DockerNetworks(V1.ContainerInfo info)
    {
        var docker = info.Docker!;
        var ports = docker.PortMappings
            .Select(port => PortOf(port.HostPort, port.ContainerPort, port.HasProtocol ? port.Protocol : "tcp")).ToValueList();
        switch (docker.Network)
        {
            case V1.ContainerInfo.Types.DockerInfo.Types.Network.Host when ports.Count == 0:
                return (NetworkMode.Host, []);
            case V1.ContainerInfo.Types.DockerInfo.Types.Network.None when ports.Count == 0:
                return (NetworkMode.None, []);
            case V1.ContainerInfo.Types.DockerInfo.Types.Network.Bridge:
                return (NetworkMode.Joined, [new("bridge", ports)]);
            case V1.ContainerInfo.Types.DockerInfo.Types.Network.User when info.NetworkInfos is [{ HasName: true } network]:
                return (NetworkMode.Joined, [new(network.Name, ports)]);
            case V1.ContainerInfo.Types.DockerInfo.Types.Network.User:
                throw new UnusableException("container.docker.network USER needs one named network in 'network_infos'");
            default:
                throw new UnusableException("Port mappings are only supported for bridge and user-defined networks");
        }
    }

    private static MappedPort PortOf(uint host, uint container, string protocol) =>
        host is 0 or > LastPort || container is 0 or > LastPort ? throw new UnusableException($"Port mapping {host}:{container} is not between 1 and {LastPort}")
        : protocol.ToLowerInvariant() is not ("tcp" or "udp") ? throw new UnusableException($"Port mapping {host}:{container}: protocol '{protocol}' is not supported")
        : new((int)host, (int)container, protocol.ToLowerInvariant());

    private static string Hostname(string name, NetworkMode mode) =>
        mode == NetworkMode.Host ? throw new UnusableException("container.hostname needs a network of the container's own")
        : Uri.CheckHostName(name) == UriHostNameType.Dns ? name
        : throw new UnusableException($"'{name}' is not a host name");

    private static bool IsSecret(V1.Volume volume) =>
        volume.Source is { Type: V1.Volume.Types.Source.Types.Type.Secret };

    private static SecretFile SecretFile(V1.Volume volume)
    {
        var source = volume.Source;
        if (source.Secret is null || source.DockerVolume is not null || source.HostPath is not null || source.SandboxPath is not null
            || source.CsiVolume is not null || volume.HasHostPath || volume.Image is not null)
            throw new UnusableException($"Volume '{volume.ContainerPath}' of source type SECRET must have 'source.secret' and nothing else");
        var path = volume.ContainerPath;
        if (!IsPlain(path.StartsWith('/') ? path[1..] : path))
            throw new UnusableException($"Volume '{path}': container_path of a secret must be a plain path inside the sandbox, or inside the container");
        return new(path, TaskInfoMapping.SecretName(source.Secret, $"Volume '{path}'"));
    }

    private static ContainerVolume Volume(V1.Volume volume)
    {
        var path = volume.ContainerPath;
        if (!IsPlain(path.StartsWith('/') ? path[1..] : path))
            throw new UnusableException($"Volume '{path}': container_path must be a plain path");
        var readOnly = volume.Mode == V1.Volume.Types.Mode.Ro;
        var given = (volume.HasHostPath ? 1 : 0) + (volume.Image is null ? 0 : 1) + (volume.Source is null ? 0 : 1);
        if (given != 1)
            throw new UnusableException($"Volume '{path}' must have exactly one of 'host_path', 'image' and 'source'");
        if (volume.Image is { } image)
            return new(path, ReadOnly: true, Image: Image(image));
        if (volume.HasHostPath)
            // As in Mesos: a relative one is a path of the sandbox.
            return volume.HostPath.StartsWith('/')
                ? new(path, readOnly, HostPath: Absolute(volume.HostPath, path))
                : new(path, readOnly, SandboxPath: Relative(volume.HostPath, path));

        var source = volume.Source!;
        return source.Type switch
        {
            V1.Volume.Types.Source.Types.Type.HostPath when source.HostPath is { MountPropagation: null } host =>
                new(path, readOnly, HostPath: Absolute(host.Path, path)),
            V1.Volume.Types.Source.Types.Type.SandboxPath when source.SandboxPath is { Type: V1.Volume.Types.Source.Types.SandboxPath.Types.Type.Self } own =>
                new(path, readOnly, SandboxPath: Relative(own.Path, path)),
            V1.Volume.Types.Source.Types.Type.CsiVolume when source.CsiVolume is { StaticProvisioning: { } fixedVolume } csi =>
                new(path, readOnly, Csi: Csi(csi.PluginName, fixedVolume, path)),
            _ => throw new UnusableException($"Volume '{path}': a source of type {EnumNames.Of(source.Type)} is not supported, or not as it is described"),
        };
    }

    private static CsiVolume Csi(string plugin, V1.Volume.Types.Source.Types.CSIVolume.Types.StaticProvisioning volume, string path)
    {
        if (volume.VolumeCapability.Block is not null)
            throw new UnusableException($"Volume '{path}': block volumes are not supported");
        return new(
            plugin, volume.VolumeId, EnumNames.Of(volume.VolumeCapability.AccessMode.Mode),
            volume.VolumeCapability.Mount is { HasFsType: true } mount ? mount.FsType : null,
            (volume.VolumeCapability.Mount?.MountFlags ?? []).ToValueList(),
            volume.VolumeContext.OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => new Label(pair.Key, pair.Value)).ToValueList(),
            Secrets(volume.NodeStageSecrets),
            Secrets(volume.NodePublishSecrets));

        ValueList<CsiSecret> Secrets(IEnumerable<KeyValuePair<string, V1.Secret>> secrets) =>
            secrets.OrderBy(pair => pair.Key, StringComparer.Ordinal)
                .Select(pair => new CsiSecret(pair.Key, TaskInfoMapping.SecretName(pair.Value, $"Volume '{path}'"))).ToValueList();
    }

    private static ContainerLinux Linux(V1.LinuxInfo linux)
    {
        if (linux.CapabilityInfo is not null && (linux.EffectiveCapabilities is not null || linux.BoundingCapabilities is not null))
            throw new UnusableException("Only one of 'capability_info' and 'effective_capabilities' or 'bounding_capabilities' may be given");
        if (linux.HasShareCgroups && !linux.ShareCgroups)
            throw new UnusableException("'linux_info.share_cgroups' false is for tasks of a group only");
        if (linux is { HasShmSize: true, IpcMode: V1.LinuxInfo.Types.IpcMode.ShareParent })
            throw new UnusableException("'linux_info.shm_size' needs shared memory of the container's own");
        if (linux.Seccomp is { HasProfileName: true, Unconfined: true })
            throw new UnusableException("'linux_info.seccomp' names a profile and is unconfined");
        return new(
            Capabilities(linux.EffectiveCapabilities ?? linux.CapabilityInfo),
            Capabilities(linux.BoundingCapabilities ?? linux.CapabilityInfo),
            linux.SharePidNamespace,
            linux.IpcMode == V1.LinuxInfo.Types.IpcMode.ShareParent,
            linux.HasShmSize ? (int)linux.ShmSize : null,
            linux.Seccomp is { HasProfileName: true } seccomp ? Profile(seccomp.ProfileName) : null,
            linux.Seccomp?.Unconfined ?? false);
    }

    private static ValueList<string>? Capabilities(V1.CapabilityInfo? info) =>
        info?.Capabilities.Select(capability => EnumNames.Of(capability)).Distinct(StringComparer.Ordinal).ToValueList();

    private static string Profile(string name) =>
        name.Contains('/', StringComparison.Ordinal) || name is "" or "." or ".."
            ? throw new UnusableException($"'{name}' is not the name of a seccomp profile")
            : name;

    private static Rlimit Limit(V1.RLimitInfo.Types.RLimit limit) =>
        limit.Type == V1.RLimitInfo.Types.RLimit.Types.Type.Unknown ? throw new UnusableException("An rlimit has no type")
        : limit.HasSoft != limit.HasHard ? throw new UnusableException($"RLimit {EnumNames.Of(limit.Type)} must have both a soft and a hard limit, or neither")
        : limit.HasSoft && limit.Soft > limit.Hard ? throw new UnusableException($"RLimit {EnumNames.Of(limit.Type)}: soft limit {limit.Soft} is above hard limit {limit.Hard}")
        : new(EnumNames.Of(limit.Type), limit.HasSoft ? limit.Soft : null, limit.HasHard ? limit.Hard : null);

    private static string Absolute(string hostPath, string path) =>
        IsPlain(hostPath.StartsWith('/') ? hostPath[1..] : "") ? hostPath : throw new UnusableException($"Volume '{path}': '{hostPath}' is not a plain absolute path");

    private static string Relative(string sandboxPath, string path) =>
        IsPlain(sandboxPath) ? sandboxPath : throw new UnusableException($"Volume '{path}': '{sandboxPath}' is not a plain path inside the sandbox");

    private static bool IsPlain(string path) =>
        path.Length > 0 && !path.Contains('\0', StringComparison.Ordinal) && !path.Split('/').Any(part => part is "" or "." or "..");
}
