using System.Text.Json.Nodes;

namespace Bourse.Cli.Output;

/// <summary>What an event says, in a line: its plain fields, and how many of what it lists.</summary>
internal static class EventText
{
    private const int Longest = 60;

    public static string Of(JsonNode? data) => string.Join("  ", (data as JsonObject ?? [])
        .Where(field => field.Key != "at")
        .Select(field => Part(field.Key, field.Value))
        .OfType<string>());

    private static string? Part(string name, JsonNode? value) => value switch
    {
        null => null,
        JsonArray list => $"{name} {(list.All(IsPlain) && list.Count <= 3 ? string.Join(",", list.Select(Words.Text)) : $"({list.Count})")}",
        JsonObject inner => Inner(name, inner),
        _ => $"{name} {Short(Words.Text(value))}",
    };

    // One level down is enough to see what it is about; the whole is in --output json.
    private static string? Inner(string name, JsonObject inner)
    {
        var plain = inner.Where(field => IsPlain(field.Value)).Take(3).Select(field => $"{field.Key} {Short(Words.Text(field.Value))}").ToList();
        return plain is [] ? null : $"{name} [{string.Join(" ", plain)}]";
    }

    private static bool IsPlain(JsonNode? node) => node is JsonValue;

    private static string Short(string text) => text.Length <= Longest ? text : text[..(Longest - 1)] + "…";
}
