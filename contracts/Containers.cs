namespace Bourse.Contracts;

/// <summary>How a task is to be kept apart from the rest of its machine; Mesos v1 <c>ContainerInfo</c>.</summary>
/// <param name="Docker">A Docker container (<c>type: DOCKER</c>): of a Docker engine where the agent has one.</param>
/// <param name="Image">Its root file system; null for the machine's own.</param>
/// <param name="Hostname">Its host name; null for the machine's, or its container id in a network of its own.</param>
/// <param name="Network">Which network it is in.</param>
/// <param name="Networks">The networks it joins, when <paramref name="Network"/> is <see cref="NetworkMode.Joined"/>.</param>
/// <param name="Volumes">What is mounted into it; secrets are listed with the task.</param>
/// <param name="Linux">What it may do; null for the agent's defaults.</param>
/// <param name="Rlimits">Limits of its processes.</param>
/// <param name="Privileged">Whether it may do anything on its machine; only of a Docker engine, and where the agent's configuration allows it.</param>
/// <param name="Parameters">Further options of <c>docker run</c>, for a Docker engine alone.</param>
public sealed record TaskContainer(
    bool Docker,
    ContainerImage? Image = null,
    string? Hostname = null,
    NetworkMode Network = NetworkMode.Host,
    ValueList<JoinedNetwork> Networks = default,
    ValueList<ContainerVolume> Volumes = default,
    ContainerLinux? Linux = null,
    ValueList<Rlimit> Rlimits = default,
    bool Privileged = false,
    ValueList<Label> Parameters = default)
{
    /// <summary>Names of the secrets that hold registry credentials, and of those that plugins of volumes are given.</summary>
    public IEnumerable<string> Secrets() =>
        Volumes.Select(volume => volume.Image).Prepend(Image).Where(image => image?.Credentials is not null).Select(image => image!.Credentials!)
            .Concat(Volumes.Select(volume => volume.Csi).OfType<CsiVolume>().SelectMany(csi => csi.StageSecrets.Concat(csi.PublishSecrets)).Select(each => each.Secret));
}

/// <summary>Which network a container is in.</summary>
public enum NetworkMode
{
    /// <summary>The machine's.</summary>
    Host,
    /// <summary>One of its own with nothing but a loopback.</summary>
    None,
    /// <summary>One of its own that is joined to named networks.</summary>
    Joined,
}

/// <summary>An image.</summary>
/// <param name="Name">
/// A reference in a registry (<c>alpine:3</c>, <c>host:5000/name@sha256:…</c>), or a local one with its kind in front:
/// <c>oci:PATH:TAG</c>, <c>oci-archive:PATH:TAG</c>, <c>docker-archive:PATH</c>.
/// </param>
/// <param name="Credentials">Name of the secret that holds a Docker <c>config.json</c> for its registry; null for none.</param>
/// <param name="Cached">False: the registry is asked for a newer one even when the agent has it.</param>
public sealed record ContainerImage(string Name, string? Credentials = null, bool Cached = true);

/// <summary>A network that a container joins.</summary>
/// <param name="Name">As the agent's configuration names it.</param>
/// <param name="Ports">Ports of the machine that lead to ports of the container.</param>
public sealed record JoinedNetwork(string Name, ValueList<MappedPort> Ports = default);

/// <summary>A port of the machine that leads to a port of a container.</summary>
/// <param name="HostPort">The machine's port; the task must hold it.</param>
/// <param name="ContainerPort">The container's port.</param>
/// <param name="Protocol"><c>tcp</c> or <c>udp</c>.</param>
public sealed record MappedPort(int HostPort, int ContainerPort, string Protocol);

/// <summary>Something mounted into a container; exactly one of the sources is given.</summary>
/// <param name="Path">Where: absolute, or relative to the sandbox.</param>
/// <param name="ReadOnly">Whether it can only be read.</param>
/// <param name="HostPath">A path of the machine, which the agent's configuration must allow.</param>
/// <param name="SandboxPath">A path inside the task's own sandbox, made when it is not there.</param>
/// <param name="Image">The files of an image, always read-only.</param>
/// <param name="Csi">A volume of a CSI plugin.</param>
public sealed record ContainerVolume(
    string Path, bool ReadOnly, string? HostPath = null, string? SandboxPath = null, ContainerImage? Image = null, CsiVolume? Csi = null);

/// <summary>An existing volume of a CSI plugin.</summary>
/// <param name="Plugin">The plugin, as the agent's configuration names it.</param>
/// <param name="VolumeId">The volume, as the plugin names it.</param>
/// <param name="AccessMode">A CSI access mode: <c>SINGLE_NODE_WRITER</c> and so on.</param>
/// <param name="FileSystem">The file system wanted; null leaves it to the plugin.</param>
/// <param name="MountFlags">Flags for mounting.</param>
/// <param name="Context">What the plugin said about the volume when it was made.</param>
/// <param name="StageSecrets">What the plugin is given when the volume is staged on the agent's machine.</param>
/// <param name="PublishSecrets">What the plugin is given when the volume is published to the task.</param>
public sealed record CsiVolume(
    string Plugin, string VolumeId, string AccessMode, string? FileSystem = null, ValueList<string> MountFlags = default,
    ValueList<Label> Context = default, ValueList<CsiSecret> StageSecrets = default, ValueList<CsiSecret> PublishSecrets = default);

/// <summary>A secret for a CSI plugin.</summary>
/// <param name="Key">What the plugin calls it.</param>
/// <param name="Secret">The secret's name.</param>
public sealed record CsiSecret(string Key, string Secret);

/// <summary>What a container may do on Linux; Mesos v1 <c>LinuxInfo</c>.</summary>
/// <param name="Effective">Capabilities it has (<c>NET_RAW</c>); null for the agent's default.</param>
/// <param name="Bounding">Capabilities it can ever gain; null for the same as <paramref name="Effective"/>.</param>
/// <param name="SharePid">Whether it sees the machine's processes.</param>
/// <param name="ShareIpc">Whether it has the machine's shared memory.</param>
/// <param name="ShmSizeMb">Size of a <c>/dev/shm</c> of its own; null for 64.</param>
/// <param name="Seccomp">Name of a profile in the agent's directory; null for the agent's default.</param>
/// <param name="Unconfined">Whether no seccomp profile applies.</param>
public sealed record ContainerLinux(
    ValueList<string>? Effective = null,
    ValueList<string>? Bounding = null,
    bool SharePid = false,
    bool ShareIpc = false,
    int? ShmSizeMb = null,
    string? Seccomp = null,
    bool Unconfined = false);

/// <summary>A limit of each process in a container.</summary>
/// <param name="Type">Mesos' name: <c>RLMT_NOFILE</c> and so on.</param>
/// <param name="Soft">What applies; null with <paramref name="Hard"/> for none.</param>
/// <param name="Hard">How far the process may raise it.</param>
public sealed record Rlimit(string Type, ulong? Soft, ulong? Hard);

/// <summary>A running container.</summary>
/// <param name="Id">Its id on its agent.</param>
/// <param name="Networks">The networks it is in, when it has one of its own.</param>
public sealed record ContainerState(string Id, ValueList<ContainerAddress> Networks = default);

/// <summary>A container's place in a network.</summary>
/// <param name="Network">The network.</param>
/// <param name="Addresses">Its IP addresses there.</param>
/// <param name="Ports">Ports of the machine that lead to it.</param>
public sealed record ContainerAddress(string Network, ValueList<string> Addresses, ValueList<MappedPort> Ports = default);
