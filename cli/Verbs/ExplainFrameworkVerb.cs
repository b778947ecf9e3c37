using System.CommandLine;
using System.Text.Json.Nodes;
using Bourse.Cli.Client;
using Bourse.Cli.Output;

namespace Bourse.Cli.Verbs;

/// <summary>Why a framework is offered what it is, and not the rest: per role, and per reason the agents.</summary>
internal static class ExplainFrameworkVerb
{
    private static readonly Argument<string> Framework = new("framework") { Description = "Id of the framework, or its name when only one has it", HelpName = "FRAMEWORK" };
    private static readonly Option<bool> All = new("--all") { Description = "Name every agent, not only the first few of each reason" };

    public static Command Create()
    {
        var command = new Command("framework", "Why a framework gets offers, or gets none") { Framework, All };
        command.SetAction(Run);
        return command;
    }

    private static async Task<int> Run(ParseResult arguments, CancellationToken cancellationToken)
    {
        using var master = arguments.Master();
        var id = await IdOf(master, arguments.GetRequiredValue(Framework), cancellationToken);
        var answer = await master.Get($"/bourse/v1/frameworks/{Uri.EscapeDataString(id)}/offers/explain", cancellationToken);
        arguments.Screen().Result(answer, () => OffersText.Print(answer, arguments.GetValue(All)));
        return 0;
    }

    private static async Task<string> IdOf(Master master, string named, CancellationToken cancellationToken)
    {
        var answer = await master.Operator("GET_FRAMEWORKS", cancellationToken);
        var infos = (answer["get_frameworks"]?["frameworks"] as JsonArray ?? []).Select(one => one?["framework_info"]).ToList();
        var ids = infos.Select(info => Words.Id(info?["id"])).ToList();
        if (ids.Contains(named))
        {
            return named;
        }

        var matching = ids.Where((_, place) => Words.Text(infos[place]?["name"]) == named).ToList();
        return matching switch
        {
            [var one] => one,
            [] => named,
            _ => throw new CliException($"{matching.Count} frameworks are named {named}: {string.Join(", ", matching)}"),
        };
    }
}
