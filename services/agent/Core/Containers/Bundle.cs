using System.Text.Json.Nodes;
using Bourse.Contracts;

namespace Bourse.Agent;

/// <summary>A container in the words of the OCI runtime specification: its <c>config.json</c>.</summary>
public static class Bundle
{
    /// <summary>Where the init process lies inside, when there is one; its name is how the agent knows it from the task's processes.</summary>
    public const string InitPath = "/dev/bourse-init";

    /// <summary>The version of the specification that is written.</summary>
    private const string Version = "1.0.2";

    private const int DefaultShmMb = 64;

    private static readonly string[] Masked =
    [
        "/proc/acpi", "/proc/asound", "/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats",
        "/proc/sched_debug", "/proc/scsi", "/sys/firmware", "/sys/devices/virtual/powercap",
    ];

    private static readonly string[] ReadOnly = ["/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"];

    /// <summary>Writes a container down.</summary>
    /// <param name="spec">The container.</param>
    /// <param name="architecture">The machine's, as Go names it: <c>amd64</c>.</param>
    /// <exception cref="FormatException">Its seccomp profile cannot be read.</exception>
    public static JsonObject Write(ContainerSpec spec, string architecture)
    {
        var capabilities = Capabilities.Of(spec);
        return new JsonObject
        {
            ["ociVersion"] = Version,
            ["process"] = Process(spec, capabilities),
            ["root"] = new JsonObject { ["path"] = spec.Root, ["readonly"] = false },
            ["hostname"] = spec.Hostname,
            ["mounts"] = new JsonArray([.. Mounts(spec)]),
            ["linux"] = Linux(spec, capabilities, architecture),
        };
    }

    private static JsonObject Process(ContainerSpec spec, Capabilities capabilities) => new()
    {
        ["terminal"] = false,
        ["user"] = new JsonObject
        {
            ["uid"] = spec.User,
            ["gid"] = spec.Group,
            ["additionalGids"] = new JsonArray([.. spec.Groups.Select(group => (JsonNode)group)]),
        },
        ["args"] = Texts(spec.Arguments),
        ["env"] = Texts(spec.Environment.Select(variable => $"{variable.Name}={variable.Value}")),
        ["cwd"] = spec.WorkingDirectory,
        ["capabilities"] = new JsonObject
        {
            ["bounding"] = Texts(capabilities.Bounding),
            ["effective"] = Texts(capabilities.Effective),
            ["permitted"] = Texts(capabilities.Effective),
            ["inheritable"] = Texts(capabilities.Ambient),
            ["ambient"] = Texts(capabilities.Ambient),
        },
        ["rlimits"] = new JsonArray([.. spec.Rlimits.Select(limit => new JsonObject
        {
            ["type"] = limit.Type.Replace("RLMT_", "RLIMIT_", StringComparison.Ordinal),
            ["soft"] = limit.Soft ?? ulong.MaxValue,
            ["hard"] = limit.Hard ?? ulong.MaxValue,
        })]),
        ["noNewPrivileges"] = spec.NoNewPrivileges,
    };

    private static IEnumerable<JsonNode> Mounts(ContainerSpec spec)
    {
        yield return Mount("/proc", "proc", "proc");
        yield return Mount("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k");
        yield return Mount("/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5");
        if (spec.Linux.ShareIpc)
            yield return Mount("/dev/shm", "bind", "/dev/shm", "rbind", "nosuid", "nodev");
        else
            yield return Mount("/dev/shm", "tmpfs", "shm", "nosuid", "noexec", "nodev", "mode=1777", $"size={spec.Linux.ShmSizeMb ?? DefaultShmMb}m");
        yield return spec.Linux.ShareIpc
            ? Mount("/dev/mqueue", "bind", "/dev/mqueue", "rbind", "nosuid", "noexec", "nodev")
            : Mount("/dev/mqueue", "mqueue", "mqueue", "nosuid", "noexec", "nodev");
        yield return Mount("/sys", "sysfs", "sysfs", "nosuid", "noexec", "nodev", "ro");
        yield return Mount("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev", "relatime", "ro");
        foreach (var bind in spec.Binds)
            yield return Mount(bind.Destination, "bind", bind.Source, "rbind", "rprivate", bind.ReadOnly ? "ro" : "rw");
    }

    private static JsonObject Mount(string destination, string type, string source, params string[] options) => new()
    {
        ["destination"] = destination,
        ["type"] = type,
        ["source"] = source,
        ["options"] = Texts(options),
    };

    private static JsonObject Linux(ContainerSpec spec, Capabilities capabilities, string architecture) => new()
    {
        ["cgroupsPath"] = spec.Cgroup,
        ["namespaces"] = new JsonArray([.. Namespaces(spec)]),
        ["resources"] = Resources(spec.Limits),
        ["maskedPaths"] = Texts(Masked),
        ["readonlyPaths"] = Texts(ReadOnly),
        ["seccomp"] = spec.Seccomp is { } profile ? SeccompProfile.ForRuntime(profile, architecture, capabilities.Effective) : null,
    };

    private static IEnumerable<JsonNode> Namespaces(ContainerSpec spec)
    {
        yield return new JsonObject { ["type"] = "mount" };
        if (!spec.Linux.SharePid)
            yield return new JsonObject { ["type"] = "pid" };
        if (!spec.Linux.ShareIpc)
            yield return new JsonObject { ["type"] = "ipc" };
        if (spec.Hostname is not null)
            yield return new JsonObject { ["type"] = "uts" };
        if (spec.NetworkNamespace is { } network)
            yield return new JsonObject { ["type"] = "network", ["path"] = network };
    }

    private static JsonObject Resources(ContainerLimits limits)
    {
        var cpu = new JsonObject { ["shares"] = limits.Shares };
        if (limits.Quota is { } quota)
            (cpu["quota"], cpu["period"]) = (quota, ContainerLimits.PeriodMicroseconds);
        var resources = new JsonObject
        {
            // Everything but the harmless ones, which the runtime adds.
            ["devices"] = new JsonArray(new JsonObject { ["allow"] = false, ["access"] = "rwm" }),
            ["cpu"] = cpu,
        };
        if (limits.MemoryBytes is { } bytes)
            // Memory and swap together: otherwise a limit only moves the task to the disk.
            resources["memory"] = new JsonObject { ["limit"] = bytes, ["swap"] = bytes };
        if (limits.HeldMb is { } held)
        {
            var memory = resources["memory"] as JsonObject ?? [];
            memory["reservation"] = held << 20;
            resources["memory"] = memory;
        }
        if (limits.Pids is { } pids)
            resources["pids"] = new JsonObject { ["limit"] = pids };
        return resources;
    }

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);
}
