using Bourse.MesosV1;

namespace Bourse.Client;

/// <summary>Short forms of the messages that every framework makes.</summary>
public static class Make
{
    /// <summary>An amount of a resource: cpus, mem and disk (MB), gpus, or one of the cluster's own.</summary>
    public static Resource Scalar(string name, double value) => new() { Name = name, Type = Value.Types.Type.Scalar, Scalar = new() { Value = value } };

    /// <summary>Ports, each range from its first to its last.</summary>
    public static Resource Ports(params IEnumerable<(ulong First, ulong Last)> ranges) => new()
    {
        Name = "ports",
        Type = Value.Types.Type.Ranges,
        Ranges = new() { Range = { ranges.Select(range => new Value.Types.Range { Begin = range.First, End = range.Last }) } },
    };

    /// <summary>A command for <c>/bin/sh -c</c>.</summary>
    public static CommandInfo Shell(string command) => new() { Shell = true, Value = command };

    /// <summary>A program with its arguments, the first of which is its name; no shell is between.</summary>
    public static CommandInfo Program(params IReadOnlyList<string> argv) => new() { Shell = false, Value = argv[0], Arguments = { argv } };

    /// <summary>A task that runs a command on the agent of an offer.</summary>
    public static TaskInfo Task(string id, Offer offer, CommandInfo command, params IEnumerable<Resource> resources) => new()
    {
        Name = id,
        TaskId = new() { Value = id },
        AgentId = offer.AgentId,
        Command = command,
        Resources = { resources },
    };
}
