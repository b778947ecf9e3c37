using System.CommandLine;
using System.Text.Json.Nodes;
using Bourse.Cli.Output;

namespace Bourse.Cli.Verbs;

/// <summary>The journal, past or as it grows.</summary>
internal static class EventsVerb
{
    private static readonly Option<bool> Follow = new("--follow", "-f") { Description = "Go on as events come" };
    private static readonly Option<string?> From = new("--from") { Description = "Where to begin: a position (allocator:1234) or an instant (2026-01-31T12:00:00Z)", HelpName = "WHERE" };
    private static readonly Option<string?> Service = new("--service") { Description = "Only the journal of this service: allocator, registry or secrets", HelpName = "NAME" };
    private static readonly Option<string?> Stream = new("--stream") { Description = "Only events about this subject, such as task-ID, framework-ID or agent-ID", HelpName = "KIND-ID" };
    private static readonly Option<string?> Type = new("--type") { Description = "Only events of this name, such as task.status-changed", HelpName = "NAME" };
    private static readonly Option<string?> Principal = new("--principal") { Description = "Only what this principal caused", HelpName = "NAME" };

    public static Command Create()
    {
        var command = new Command("events", "Print the journal; with --output json one document a line") { Follow, From, Service, Stream, Type, Principal };
        command.SetAction(Run);
        return command;
    }

    private static async Task<int> Run(ParseResult arguments, CancellationToken cancellationToken)
    {
        using var master = arguments.Master();
        var query = new[]
        {
            ("service", arguments.GetValue(Service)), ("from", arguments.GetValue(From)), ("stream", arguments.GetValue(Stream)),
            ("type", arguments.GetValue(Type)), ("principal", arguments.GetValue(Principal)),
            ("follow", arguments.GetValue(Follow) ? "true" : "false"),
        };
        var path = "/bourse/v1/events?" + string.Join('&', query.Where(one => one.Item2 is not null).Select(one => $"{one.Item1}={Uri.EscapeDataString(one.Item2!)}"));
        var json = arguments.Screen().Json;
        await foreach (var line in master.Lines(path, cancellationToken))
        {
            Screen.Line(json ? line : Readable(JsonNode.Parse(line)!.AsObject()));
        }

        return 0;
    }

    private static string Readable(JsonObject @event)
    {
        var position = $"{Words.Text(@event["service"])}:{Words.Text(@event["position"])}";
        var principal = Words.Text(@event["origin"]?["principal"]);
        return $"{Words.Time(@event["at"])}  {position,-16} {Words.Text(@event["name"]),-28} {EventText.Of(@event["data"])}{(principal == "-" || principal == Words.Text(@event["service"]) ? "" : $"  by {principal}")}";
    }
}
