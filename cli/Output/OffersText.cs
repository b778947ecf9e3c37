using System.Globalization;
using System.Text.Json.Nodes;

namespace Bourse.Cli.Output;

/// <summary>The explanation of a framework's offers for people: the answer first, then what it rests on.</summary>
internal static class OffersText
{
    private const int FewAgents = 3;

    public static void Print(JsonObject answer, bool all)
    {
        Screen.Line($"framework {Words.Text(answer["name"])} ({Words.Text(answer["frameworkId"])}) of {Words.Text(answer["principal"])}: {Words.Text(answer["summary"])}");
        foreach (var role in Objects(answer["roles"]))
        {
            Screen.Line();
            Role(role, all);
        }
    }

    private static void Role(JsonObject role, bool all)
    {
        Screen.Line($"role {Words.Text(role["role"])}: {Words.Text(role["summary"])}");
        var line = role["place"] is { } place ? $"{Ordinal(place.GetValue<int>())} of {Words.Count(role["roles"]!.GetValue<int>(), "role")} in line" : "not in line";
        Screen.Line($"  {line}, share {Number(role["share"])} ({Number(role["taskShare"])} in tasks) at weight {Number(role["weight"])}"
            + $"; has {Quantities(role["used"])} in tasks, {Quantities(role["offered"])} in offers");
        foreach (var quota in Objects(role["quotas"]))
        {
            Screen.Line($"  quota of {Words.Text(quota["role"])}: {string.Join("; ", Quota(quota))}");
        }

        var groups = Objects(role["agents"]).ToList();
        if (groups is [])
        {
            return;
        }

        Screen.Line();
        var width = groups.Max(group => Words.Text(group["reason"]).Length);
        foreach (var group in groups)
        {
            Screen.Line($"  {group["count"]!.GetValue<int>(),6:#,0}  {Words.Text(group["reason"]).PadRight(width)}  {Words.Text(group["text"])}");
            var indent = new string(' ', width + 12);
            if (group["advice"] is { } advice)
            {
                Screen.Line($"{indent}-> {Words.Text(advice)}");
            }

            Screen.Line($"{indent}{Agents(group, all)}{(group["free"] is JsonArray { Count: > 0 } free ? $"; free there: {Quantities(free)}" : "")}");
        }
    }

    private static IEnumerable<string> Quota(JsonObject quota)
    {
        foreach (var (name, what) in ((string, string)[])[("guarantee", "guaranteed"), ("limit", "at most")])
        {
            if (quota[name] is JsonArray { Count: > 0 } amounts)
            {
                yield return $"{what} {Quantities(amounts)}";
            }
        }

        yield return $"has {Quantities(quota["consumed"])} and {Quantities(quota["offered"])} in offers";
    }

    private static string Agents(JsonObject group, bool all)
    {
        var ids = (group["agents"] as JsonArray ?? []).Select(Words.Text).ToList();
        var shown = all ? ids : [.. ids.Take(FewAgents)];
        var more = group["count"]!.GetValue<int>() - shown.Count;
        return string.Join(", ", shown) + (more > 0 ? string.Create(CultureInfo.InvariantCulture, $" and {more:#,0} more") : "");
    }

    private static string Quantities(JsonNode? amounts) => amounts is JsonArray { Count: > 0 } list
        ? string.Join(", ", Objects(list).Select(each => $"{Words.Text(each["name"])} {Number(each["amount"])}"))
        : "nothing";

    private static string Number(JsonNode? number) => number is null ? "-" : number.GetValue<double>().ToString("0.###", CultureInfo.InvariantCulture);

    private static string Ordinal(int place) => (place % 100, place % 10) switch
    {
        (not 11, 1) => $"{place}st",
        (not 12, 2) => $"{place}nd",
        (not 13, 3) => $"{place}rd",
        _ => $"{place}th",
    };

    private static IEnumerable<JsonObject> Objects(JsonNode? list) => (list as JsonArray ?? []).OfType<JsonObject>();
}
