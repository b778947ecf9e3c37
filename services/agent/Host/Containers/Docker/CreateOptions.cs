using System.Globalization;
using Bourse.Contracts;

namespace Bourse.Agent.Host.Containers.Docker;

/// <summary>A task's container in the words of <c>docker create</c>.</summary>
internal static class CreateOptions
{
    /// <summary>What anybody may choose without getting anything of the machine. All others take an agent that trusts its tasks.</summary>
    private static readonly HashSet<string> Harmless = new(StringComparer.Ordinal)
    {
        "add-host", "annotation", "cpuset-cpus", "dns", "dns-option", "dns-search", "domainname", "env", "expose", "init", "ip", "ip6", "label",
        "link-local-ip", "log-driver", "mac-address", "memory-swappiness", "network-alias", "no-healthcheck", "read-only", "shm-size", "stop-signal",
        "stop-timeout", "tmpfs", "ulimit", "workdir",
    };

    /// <summary>Parameters that get a task more than it holds; null when there are none.</summary>
    public static string? Beyond(TaskContainer wish) =>
        wish.Privileged ? "privileged" : wish.Parameters.Select(parameter => parameter.Key).FirstOrDefault(key => !Harmless.Contains(key));

    /// <summary>Options for what the container is held to.</summary>
    public static IEnumerable<string> Of(ContainerLimits limits)
    {
        yield return Text("cpu-shares", limits.Shares);
        if (limits.Quota is { } quota)
        {
            yield return Text("cpu-period", ContainerLimits.PeriodMicroseconds);
            yield return Text("cpu-quota", quota);
        }
        if (limits.MemoryBytes is { } bytes)
        {
            yield return Text("memory", bytes);
            yield return Text("memory-swap", bytes);
            if (limits.HeldMb is { } held && held << 20 < bytes)
                yield return Text("memory-reservation", held << 20);
        }
        if (limits.Pids is { } pids)
            yield return Text("pids-limit", pids);

        static string Text(string name, IFormattable value) => $"--{name}={value.ToString(null, CultureInfo.InvariantCulture)}";
    }

    /// <summary>Options for its networks, names and ports.</summary>
    public static IEnumerable<string> Network(TaskContainer wish)
    {
        if (wish.Network != NetworkMode.Joined)
            yield return $"--network={(wish.Network == NetworkMode.Host ? "host" : "none")}";
        foreach (var network in wish.Networks)
        {
            yield return $"--network={network.Name}";
            foreach (var port in network.Ports)
                yield return string.Create(CultureInfo.InvariantCulture, $"--publish={port.HostPort}:{port.ContainerPort}/{port.Protocol}");
        }
        if (wish.Hostname is { } hostname)
            yield return $"--hostname={hostname}";
    }

    /// <summary>Options for what its processes may do.</summary>
    /// <param name="wish">What it wants.</param>
    /// <param name="noNewPrivileges">Whether set-user-id programs gain nothing.</param>
    /// <param name="seccomp">File of its seccomp profile; null for the engine's own.</param>
    public static IEnumerable<string> Rights(TaskContainer wish, bool noNewPrivileges, string? seccomp)
    {
        var linux = wish.Linux ?? new();
        if (wish.Privileged)
        {
            yield return "--privileged";
        }
        else
        {
            if (noNewPrivileges)
                yield return "--security-opt=no-new-privileges";
            if (linux.Unconfined)
                yield return "--security-opt=seccomp=unconfined";
            else if (seccomp is not null)
                yield return $"--security-opt=seccomp={seccomp}";
            if (linux.Effective is { } effective)
            {
                yield return "--cap-drop=ALL";
                foreach (var capability in effective)
                    yield return $"--cap-add={capability}";
            }
        }
        if (linux.SharePid)
            yield return "--pid=host";
        if (linux.ShareIpc)
            yield return "--ipc=host";
        if (linux.ShmSizeMb is { } shm)
            yield return string.Create(CultureInfo.InvariantCulture, $"--shm-size={shm}m");
        foreach (var limit in wish.Rlimits)
            yield return string.Create(CultureInfo.InvariantCulture, $"--ulimit={limit.Type["RLMT_".Length..].ToLowerInvariant()}={(limit.Soft is { } soft ? $"{soft}:{limit.Hard}" : "-1")}");
    }

    /// <summary>A mount. Its fields are separated as in CSV, so any path can be one.</summary>
    public static string Mount(Bind bind)
    {
        var fields = new List<string> { "type=bind", $"source={bind.Source}", $"target={bind.Destination}" };
        if (bind.ReadOnly)
            fields.Add("readonly");
        return $"--mount={string.Join(',', fields.Select(Quoted))}";
    }

    /// <summary>The engine's further options, as the task gives them.</summary>
    public static IEnumerable<string> Parameters(TaskContainer wish) => wish.Parameters.Select(parameter => $"--{parameter.Key}={parameter.Value}");

    /// <summary>The image, and what is run in it: as Mesos' Docker executor says it.</summary>
    public static (IEnumerable<string> Options, IEnumerable<string> Arguments) Command(TaskCommand command) =>
        command.Shell && command.Value is { } line ? (["--entrypoint=/bin/sh"], ["-c", line])
        : ([], [.. command.Value is { Length: > 0 } value ? new[] { value } : [], .. command.Arguments]);

    private static string Quoted(string field) =>
        field.AsSpan().ContainsAny(',', '"', '\n') ? $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : field;
}
