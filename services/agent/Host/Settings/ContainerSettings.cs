using Bourse.Contracts;
using Microsoft.Extensions.Configuration;

namespace Bourse.Agent.Host.Settings;

/// <summary>Which tasks run in containers.</summary>
internal enum Isolation
{
    /// <summary>Those that describe a container; all others are plain processes.</summary>
    OnDemand,
    /// <summary>None: tasks that describe a container are refused.</summary>
    Plain,
    /// <summary>All.</summary>
    Always,
}

/// <summary>How the agent keeps tasks apart, section <c>Bourse:Agent:Containers</c>.</summary>
internal sealed record ContainerSettings
{
    public Isolation Isolation { get; init; } = Isolation.OnDemand;

    /// <summary>Whether a container gets no more CPU than it holds even when the machine is idle.</summary>
    public bool CpuQuota { get; init; }

    /// <summary>Processes and threads a container may have; null for no limit.</summary>
    public long? Pids { get; init; } = 4096;

    public bool NoNewPrivileges { get; init; } = true;

    /// <summary>What a container may be given.</summary>
    public ValueList<string> Capabilities { get; init; } = Agent.Capabilities.Usual;

    /// <summary>Where seccomp profiles lie; null when there are none.</summary>
    public string? SeccompDirectory { get; init; }

    /// <summary>The profile for whoever names none; null for none.</summary>
    public string? SeccompDefault { get; init; }

    /// <summary>Paths of the machine that may be mounted, with everything below them.</summary>
    public ValueList<string> HostPaths { get; init; }

    /// <summary>Directories whose images may be used.</summary>
    public ValueList<string> LocalImages { get; init; }

    /// <summary>Registries that are spoken to without TLS, beside those on this machine.</summary>
    public ValueList<string> InsecureRegistries { get; init; }

    /// <summary>Images are kept until they take more than this.</summary>
    public long ImagesMb { get; init; } = 10240;

    /// <summary>Images that nobody used for so long are deleted.</summary>
    public TimeSpan ImageAge { get; init; } = TimeSpan.FromDays(7);

    /// <summary>Where the configurations of CNI networks lie.</summary>
    public string NetworkDirectory { get; init; } = "/etc/cni/net.d";

    /// <summary>Where CNI plugins lie.</summary>
    public ValueList<string> NetworkPlugins { get; init; } = ["/usr/lib/cni", "/opt/cni/bin"];

    /// <summary>Name servers of containers in networks of their own; none leaves the choice to the network, or else the machine.</summary>
    public ValueList<string> NameServers { get; init; }

    /// <summary>How often sandboxes are measured; null for never.</summary>
    public TimeSpan? DiskWatch { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Address of the Docker engine that runs containers of type DOCKER; null: they are run like all others.</summary>
    public string? Docker { get; init; }

    /// <summary>Whether tasks may be privileged in that engine, and give it any option, by which the machine is theirs.</summary>
    public bool DockerTrusted { get; init; }

    /// <summary>Sockets of CSI plugins by their names.</summary>
    public IReadOnlyDictionary<string, string> Csi { get; init; } = new Dictionary<string, string>();

    public static ContainerSettings From(IConfiguration agent)
    {
        var section = agent.GetSection("Containers");
        var usual = new ContainerSettings();
        return new()
        {
            Isolation = section["Isolation"] switch
            {
                null or "" or "on-demand" => Isolation.OnDemand,
                "plain" => Isolation.Plain,
                "always" => Isolation.Always,
                var other => throw new FormatException($"Containers__Isolation '{other}' is none of on-demand, plain and always"),
            },
            CpuQuota = section.GetValue("CpuQuota", usual.CpuQuota),
            Pids = section.GetValue("Pids", usual.Pids ?? 0) is var pids and > 0 ? pids : null,
            NoNewPrivileges = section.GetValue("NoNewPrivileges", usual.NoNewPrivileges),
            Capabilities = section["Capabilities"] is { } names ? List(names, ',') : usual.Capabilities,
            SeccompDirectory = section["SeccompDirectory"],
            SeccompDefault = section["SeccompDefault"],
            HostPaths = List(section["HostPaths"], ':'),
            LocalImages = List(section["LocalImages"], ':'),
            InsecureRegistries = List(section["InsecureRegistries"], ','),
            ImagesMb = section.GetValue("ImagesMb", usual.ImagesMb),
            ImageAge = TimeSpan.FromHours(section.GetValue("ImageAgeHours", usual.ImageAge.TotalHours)),
            NetworkDirectory = section["NetworkDirectory"] ?? usual.NetworkDirectory,
            NetworkPlugins = section["NetworkPlugins"] is { } plugins ? List(plugins, ':') : usual.NetworkPlugins,
            NameServers = List(section["NameServers"], ','),
            DiskWatch = section.GetValue("DiskWatchSeconds", usual.DiskWatch!.Value.TotalSeconds) is var seconds and > 0 ? TimeSpan.FromSeconds(seconds) : null,
            Docker = agent["Docker"] is not { Length: > 0 } docker ? null
                : docker.Contains("://", StringComparison.Ordinal) ? docker
                : throw new FormatException($"Docker '{docker}' is not the address of an engine, such as unix:///var/run/docker.sock"),
            Csi = agent.GetSection("Csi").GetChildren().ToDictionary(
                plugin => plugin.Key,
                plugin => plugin.Value is { } address && address.StartsWith("unix://", StringComparison.Ordinal) ? address["unix://".Length..]
                    : throw new FormatException($"Csi__{plugin.Key} '{plugin.Value}' is not the address of a socket, such as unix:///run/csi/plugin.sock"),
                StringComparer.Ordinal),
            DockerTrusted = agent.GetValue("DockerTrusted", usual.DockerTrusted),
        };
    }

    /// <summary>Whether a path is one of the allowed ones or lies below one, links resolved.</summary>
    public static bool Allows(ValueList<string> allowed, string path) =>
        allowed.Any(prefix => path == prefix || path.StartsWith(prefix.TrimEnd('/') + "/", StringComparison.Ordinal));

    private static ValueList<string> List(string? text, char separator) =>
        (text ?? "").Split(separator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).ToValueList();
}
