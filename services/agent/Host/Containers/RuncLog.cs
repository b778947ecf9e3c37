using System.Text.Json;
using System.Text.Json.Nodes;

namespace Bourse.Agent.Host.Containers;

/// <summary>What the runtime wrote down about itself.</summary>
internal static class RuncLog
{
    /// <summary>The runtime's own complaint when it could not start the program.</summary>
    public static string? NeverRan(string log)
    {
        if (!File.Exists(log))
            return null;
        const string began = "runc run failed: ";
        return File.ReadLines(log).Select(Message)
            .FirstOrDefault(message => message?.StartsWith(began, StringComparison.Ordinal) == true) is { } why
            ? $"The container could not be started: {why[began.Length..]}"
            : null;
    }

    // The machine may have stopped in the middle of a line.
    private static string? Message(string line)
    {
        try
        {
            return (string?)JsonNode.Parse(line)?["msg"];
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
