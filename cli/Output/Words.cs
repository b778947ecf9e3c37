using System.Globalization;
using System.Text.Json.Nodes;

namespace Bourse.Cli.Output;

/// <summary>Values as people read them.</summary>
internal static class Words
{
    /// <summary>Resources of the Mesos form: scalars summed, ranges and sets by their size.</summary>
    public static string Resources(JsonNode? resources)
    {
        var parts = (resources as JsonArray ?? [])
            .OfType<JsonObject>()
            .Where(one => one["scalar"] is not null)
            .GroupBy(one => Text(one["name"]))
            .Select(group => (Name: group.Key, Value: group.Sum(one => one["scalar"]!["value"]!.GetValue<double>())))
            .Select(one => $"{one.Name} {one.Value.ToString("0.###", CultureInfo.InvariantCulture)}")
            .ToList();
        return parts is [] ? "-" : string.Join(", ", parts);
    }

    /// <summary>A text of JSON; a dash when absent.</summary>
    public static string Text(JsonNode? node) => node switch
    {
        null => "-",
        JsonValue value when value.TryGetValue<string>(out var text) => text.Length > 0 ? text : "-",
        _ => node.ToJsonString(),
    };

    /// <summary>A Mesos id.</summary>
    public static string Id(JsonNode? node) => Text(node?["value"]);

    /// <summary>How long ago, roughly.</summary>
    public static string Ago(DateTimeOffset? at)
    {
        if (at is null)
        {
            return "-";
        }

        var span = DateTimeOffset.UtcNow - at.Value;
        return span switch
        {
            { TotalSeconds: < 100 } => $"{Math.Max(0, (int)span.TotalSeconds)}s",
            { TotalMinutes: < 100 } => $"{(int)span.TotalMinutes}m",
            { TotalHours: < 48 } => $"{(int)span.TotalHours}h",
            _ => $"{(int)span.TotalDays}d",
        };
    }

    /// <summary>A count with its noun.</summary>
    public static string Count(long count, string noun) =>
        string.Create(CultureInfo.InvariantCulture, $"{count:#,0} {noun}{(count == 1 ? "" : "s")}");

    /// <summary>The time of day, local, to the millisecond.</summary>
    public static string Time(JsonNode? at) => DateTimeOffset.TryParse(Text(at), CultureInfo.InvariantCulture, out var time)
        ? time.ToLocalTime().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture)
        : Text(at);
}
