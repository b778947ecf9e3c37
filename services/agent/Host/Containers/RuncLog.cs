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
        return File.ReadLines(log).Select(line => (string?)JsonNode.Parse(line)?["msg"])
            .FirstOrDefault(message => message?.StartsWith(began, StringComparison.Ordinal) == true) is { } why
            ? $"The container could not be started: {why[began.Length..]}"
            : null;
    }
}
