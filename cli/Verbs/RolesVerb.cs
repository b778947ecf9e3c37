using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Bourse.Cli.Output;

namespace Bourse.Cli.Verbs;

/// <summary>The roles: who is in them, what they weigh, what they may have and what they have.</summary>
internal static class RolesVerb
{
    public static Command Create()
    {
        var command = new Command("roles", "List the roles with their weights, quotas and use");
        command.SetAction(Run);
        return command;
    }

    /// <summary>Amounts by name, as the older endpoints give them.</summary>
    public static string Amounts(JsonNode? amounts) => amounts is JsonObject { Count: > 0 } some
        ? string.Join(", ", some.Select(each => $"{each.Key} {Number(each.Value)}"))
        : "-";

    public static string Number(JsonNode? number) => number is null ? "-" : number.GetValue<double>().ToString("0.###", CultureInfo.InvariantCulture);

    private static async Task<int> Run(ParseResult arguments, CancellationToken cancellationToken)
    {
        using var master = arguments.Master();
        var answer = await master.Get("/roles", cancellationToken);
        var roles = (answer["roles"] as JsonArray ?? []).OfType<JsonObject>().ToList();
        arguments.Screen().Result(answer, () => Screen.Table(
            ["ROLE", "WEIGHT", "FRAMEWORKS", "GUARANTEE", "LIMIT", "CONSUMED", "OFFERED"],
            [.. roles.Select(role => (string[])
            [
                Words.Text(role["name"]),
                Number(role["weight"]),
                ((role["frameworks"] as JsonArray)?.Count ?? 0).ToString(CultureInfo.InvariantCulture),
                Amounts(role["quota"]?["guarantee"]),
                Amounts(role["quota"]?["limit"]),
                Amounts(role["quota"]?["consumed"]),
                Amounts(role["offered"]),
            ])]));
        return 0;
    }
}
