using System.Text.Json.Nodes;

namespace Bourse.Agent.Host.Containers.Images;

/// <summary>An image on this machine, unpacked.</summary>
/// <param name="Key">What names it among the agent's images.</param>
/// <param name="Root">Its files, shared by all who use it and never changed.</param>
/// <param name="Entrypoint">What it runs.</param>
/// <param name="Command">What it runs, or how its entry point is called, when nothing else is asked for.</param>
/// <param name="Environment">Its variables, as <c>NAME=VALUE</c>.</param>
/// <param name="User">Its user, as <c>NAME-OR-NUMBER[:GROUP]</c>; empty for none.</param>
/// <param name="WorkingDirectory">Where it runs; empty for nowhere in particular.</param>
internal sealed record Image(
    string Key, string Root, IReadOnlyList<string> Entrypoint, IReadOnlyList<string> Command, IReadOnlyList<string> Environment,
    string User, string WorkingDirectory)
{
    /// <summary>From the image's own configuration.</summary>
    public static Image Of(string key, string root, string configuration)
    {
        var config = JsonNode.Parse(configuration)?["config"];
        return new(key, root, Texts("Entrypoint"), Texts("Cmd"), Texts("Env"), (string?)config?[nameof(User)] ?? "", (string?)config?["WorkingDir"] ?? "");

        List<string> Texts(string name) => [.. (config?[name] as JsonArray ?? []).Select(text => (string)text!)];
    }

    /// <summary>What is run, given what the task says; as Mesos' runtime isolator combines the two.</summary>
    /// <returns>Null when neither says anything.</returns>
    public IReadOnlyList<string>? Arguments(Contracts.TaskCommand command)
    {
        if (command.Shell && command.Value is { } line)
            return [Processes.Programs.Shell, "-c", line];
        if (command.Value is { Length: > 0 } program)
            return [program, .. command.Arguments.Skip(1)];
        if (Entrypoint.Count > 0)
            return [.. Entrypoint, .. command.Arguments.Count > 0 ? command.Arguments : Command];
        if (Command.Count == 0)
            return null;
        return command.Arguments.Count > 0 ? [Command[0], .. command.Arguments] : Command;
    }
}
