using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using Bourse.Cli.Client;
using Bourse.Cli.Output;

namespace Bourse.Cli.Verbs;

/// <summary>How much roles weigh against their siblings.</summary>
internal static class WeightsVerb
{
    private static readonly Argument<string[]> Weights = new("weights")
    {
        Description = "Roles and their new weights, such as web=2 eng/ui=0.5",
        HelpName = "ROLE=WEIGHT",
        Arity = ArgumentArity.OneOrMore,
    };

    public static Command Create()
    {
        var list = new Command("ls", "List the weights that were set; all others are 1");
        list.SetAction(List);
        var set = new Command("set", "Set weights; outstanding offers are taken back and shared out anew") { Weights };
        set.SetAction(Set);
        var weights = new Command("weights", "Show or say how much roles weigh against each other") { list, set };
        weights.SetAction(List);
        return weights;
    }

    private static async Task<int> List(ParseResult arguments, CancellationToken cancellationToken)
    {
        using var master = arguments.Master();
        var answer = await master.Operator("GET_WEIGHTS", cancellationToken);
        var weights = (answer["get_weights"]?["weight_infos"] as JsonArray ?? []).OfType<JsonObject>().ToList();
        arguments.Screen().Result(answer["get_weights"] ?? new JsonObject(), () =>
        {
            if (weights is [])
            {
                Screen.Line("Every role weighs 1.");
                return;
            }

            Screen.Table(["ROLE", "WEIGHT"], [.. weights.Select(each => (string[])[Words.Text(each["role"]), RolesVerb.Number(each["weight"])])]);
        });
        return 0;
    }

    private static async Task<int> Set(ParseResult arguments, CancellationToken cancellationToken)
    {
        var weights = arguments.GetRequiredValue(Weights).Select(Parse).ToList();
        using var master = arguments.Master();
        await master.Change(HttpMethod.Post, "/api/v1", Master.Json(new
        {
            type = "UPDATE_WEIGHTS",
            update_weights = new { weight_infos = weights.Select(each => new { role = each.Role, weight = each.Weight }) },
        }), cancellationToken);
        arguments.Screen().Result(
            weights.ToDictionary(each => each.Role, each => each.Weight),
            () => Screen.Line(string.Join('\n', weights.Select(each => FormattableString.Invariant($"Role {each.Role} weighs {each.Weight}.")))));
        return 0;
    }

    private static (string Role, double Weight) Parse(string text) =>
        text.LastIndexOf('=') is > 0 and var at && double.TryParse(text[(at + 1)..], NumberStyles.Float, CultureInfo.InvariantCulture, out var weight) && double.IsFinite(weight)
            ? (text[..at], weight)
            : throw new CliException($"'{text}' is no weight; write ROLE=WEIGHT, such as web=2");
}
