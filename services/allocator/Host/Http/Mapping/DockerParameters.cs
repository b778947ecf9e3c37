using System.Globalization;
using V1 = Bourse.MesosV1;

namespace Bourse.Allocator.Host.Http.Mapping;

/// <summary>
/// <c>container.docker.parameters</c>: options of <c>docker run</c>. Those for which a task's description has a member are taken as if
/// that had been given; any other is left to the Docker engine of an agent.
/// </summary>
internal static class DockerParameters
{
    // Whoever looks after a container must find it, and it must be there until they have looked.
    private static readonly string[] Kept = ["name", "rm", "restart", "cidfile", "detach", "attach", "interactive", "tty", "cgroup-parent", "sig-proxy", "help"];

    /// <summary>The task with its parameters in the members they stand for; those that have none stay.</summary>
    /// <exception cref="UnusableException">One of them cannot be read, or is not a task's to choose.</exception>
    public static V1.TaskInfo Resolve(V1.TaskInfo info)
    {
        if (info.Container?.Docker is not { Parameters.Count: > 0 })
            return info;
        var resolved = info.Clone();
        var (container, parameters) = (resolved.Container, resolved.Container.Docker.Parameters);
        var left = parameters.Where(parameter => !Take(resolved, container, parameter.Key, parameter.Value)).ToList();
        parameters.Clear();
        parameters.AddRange(left);
        return resolved;
    }

    /// <summary>Whether a parameter went into the member it stands for.</summary>
    private static bool Take(V1.TaskInfo task, V1.ContainerInfo container, string key, string value)
    {
        switch (key)
        {
            case "env" when value.Split('=', 2) is [var name, var text]:
                (Command().Environment ??= new()).Variables.Add(new V1.Environment.Types.Variable { Name = name, Value = text });
                break;
            case "hostname":
                container.Hostname = value;
                break;
            case "user":
                Command().User = value;
                break;
            case "shm-size":
                (container.LinuxInfo ??= new()).ShmSize = Megabytes(value);
                break;
            case "ulimit":
                (container.RlimitInfo ??= new()).Rlimits.Add(Limit(value));
                break;
            case "volume" when value.Split(':') is [var host, var inside, .. var mode] && (mode is [] or ["ro"] or ["rw"]) && host.StartsWith('/'):
                container.Volumes.Add(new V1.Volume
                {
                    HostPath = host,
                    ContainerPath = inside,
                    Mode = mode is ["ro"] ? V1.Volume.Types.Mode.Ro : V1.Volume.Types.Mode.Rw,
                });
                break;
            case var own when Kept.Contains(own):
                throw new UnusableException($"container.docker.parameters: '{key}' is the agent's to choose");
            case var name when name.Length < 2 || !name.All(c => c is >= 'a' and <= 'z' or >= '0' and <= '9' or '-') || name.StartsWith('-') || value.Contains('\0', StringComparison.Ordinal):
                throw new UnusableException($"container.docker.parameters: '{key}' is not the long name of an option of 'docker run'");
            default:
                return false;
        }
        return true;

        V1.CommandInfo Command() => task.Command ??= new() { Shell = false };
    }

    // As docker reads it: bytes, or with a unit.
    private static uint Megabytes(string value)
    {
        var (digits, shift) = value.Length > 0 ? char.ToLowerInvariant(value[^1]) switch
        {
            'b' => (value[..^1], 0),
            'k' => (value[..^1], 10),
            'm' => (value[..^1], 20),
            'g' => (value[..^1], 30),
            _ => (value, 0),
        } : ("", 0);
        return ulong.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number <= (ulong)uint.MaxValue << 20 >> shift && number << shift >= 1 << 20
            ? (uint)(number << shift >> 20)
            : throw new UnusableException($"container.docker.parameters: shm-size '{value}' is not a size of 1 MB or more");
    }

    // NAME=SOFT[:HARD], -1 for none.
    private static V1.RLimitInfo.Types.RLimit Limit(string value)
    {
        var limit = new V1.RLimitInfo.Types.RLimit();
        if (value.Split('=', 2) is not [var name, var amounts]
            || EnumNames.Find<V1.RLimitInfo.Types.RLimit.Types.Type>($"RLMT_{name.ToUpperInvariant()}") is not { } type)
            throw Unreadable();
        limit.Type = type;
        if (amounts == "-1")
            return limit;
        var parts = amounts.Split(':');
        if (parts.Length > 2 || !ulong.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var soft)
            || !ulong.TryParse(parts[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var hard))
            throw Unreadable();
        (limit.Soft, limit.Hard) = (soft, hard);
        return limit;

        UnusableException Unreadable() => new($"container.docker.parameters: ulimit '{value}' is not NAME=SOFT:HARD of a known limit");
    }
}
