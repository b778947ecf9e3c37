using System.CommandLine;
using System.Text.Json.Nodes;
using Bourse.Cli.Output;

namespace Bourse.Cli.Verbs;

/// <summary>The cluster's state, now or as it was.</summary>
internal static class StateVerb
{
    private static readonly Option<string?> At = new("--at")
    {
        Description = "A position (allocator:1234) or an instant (2026-01-31T12:00:00Z); now when absent",
        HelpName = "WHEN",
    };

    public static Command Create()
    {
        var command = new Command("state", "Show the cluster as it is, or as it was at a position or an instant") { At };
        command.SetAction(Run);
        return command;
    }

    private static async Task<int> Run(ParseResult arguments, CancellationToken cancellationToken)
    {
        using var master = arguments.Master();
        var at = arguments.GetValue(At);
        var state = await master.Get("/bourse/v1/state" + (at is null ? "" : $"?at={Uri.EscapeDataString(at)}"), cancellationToken);
        arguments.Screen().Result(state, () =>
        {
            foreach (var (service, entry) in state)
            {
                Screen.Line($"{service} at {service}:{Words.Text(entry?["position"])}");
                foreach (var (name, value) in entry?["state"] as JsonObject ?? [])
                {
                    Screen.Line($"  {name}{Summary(value)}");
                }
            }

            Screen.Line();
            Screen.Line("All of it: --output json");
        });
        return 0;
    }

    private static string Summary(JsonNode? value) => value switch
    {
        JsonArray { Count: 0 } or JsonObject { Count: 0 } => ": none",
        JsonArray list => Lines(list.Select(item => item is JsonObject inner ? EventText.Of(inner) : Words.Text(item))),
        JsonObject map => Lines(map.Select(item => $"{item.Key}: {(item.Value is JsonObject inner ? EventText.Of(inner) : item.Value is JsonArray list ? $"({list.Count})" : Words.Text(item.Value))}")),
        _ => $": {Words.Text(value)}",
    };

    private static string Lines(IEnumerable<string> all)
    {
        const int Most = 20;
        var lines = all.ToList();
        var shown = lines.Take(Most).Select(line => $"\n    {line}");
        return string.Concat(shown) + (lines.Count > Most ? $"\n    … and {lines.Count - Most} more" : "");
    }
}
