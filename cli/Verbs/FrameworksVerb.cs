using System.CommandLine;
using System.Text.Json.Nodes;
using Bourse.Cli.Output;

namespace Bourse.Cli.Verbs;

/// <summary>The frameworks, past ones too.</summary>
internal static class FrameworksVerb
{
    private static readonly string[] Lists = ["frameworks", "completed_frameworks"];

    public static Command Create()
    {
        var command = new Command("frameworks", "List the frameworks, past ones too");
        command.SetAction(Run);
        return command;
    }

    private static async Task<int> Run(ParseResult arguments, CancellationToken cancellationToken)
    {
        var screen = arguments.Screen();
        using var master = arguments.Master();
        var answer = await master.Operator("GET_FRAMEWORKS", cancellationToken);
        var rows = Lists
            .SelectMany(list => (answer["get_frameworks"]?[list] as JsonArray ?? []).OfType<JsonObject>().Select(one => Row(one, list == "completed_frameworks")))
            .ToList();
        screen.Result(answer["get_frameworks"] ?? new JsonObject(), () =>
        {
            if (rows is [])
            {
                Screen.Line("No framework has subscribed yet.");
                return;
            }

            Screen.Table(["FRAMEWORK", "NAME", "PRINCIPAL", "STATE", "ROLES", "ALLOCATED", "OFFERED"], rows);
        });
        return 0;
    }

    private static string[] Row(JsonObject framework, bool completed)
    {
        var info = framework["framework_info"];
        var roles = (info?["roles"] as JsonArray ?? []).Select(Words.Text).ToList();
        return
        [
            Words.Id(info?["id"]),
            Words.Text(info?["name"]),
            Words.Text(info?["principal"]),
            completed ? "completed" : framework["connected"]?.GetValue<bool>() is false ? "disconnected" : framework["active"]?.GetValue<bool>() is false ? "inactive" : "active",
            roles is [] ? Words.Text(info?["role"]) : string.Join(", ", roles),
            Words.Resources(framework["allocated_resources"]),
            Words.Resources(framework["offered_resources"]),
        ];
    }
}
