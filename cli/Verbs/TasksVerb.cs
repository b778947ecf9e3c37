using System.CommandLine;
using System.Text.Json.Nodes;
using Bourse.Cli.Client;
using Bourse.Cli.Output;

namespace Bourse.Cli.Verbs;

/// <summary>The tasks, ended ones too.</summary>
internal static class TasksVerb
{
    private static readonly Option<bool> Active = new("--active") { Description = "Only those that have not ended" };
    private static readonly string[] Lists = ["tasks", "unreachable_tasks", "completed_tasks"];

    public static Command Create()
    {
        var command = new Command("tasks", "List the tasks, ended ones too") { Active };
        command.SetAction(Run);
        return command;
    }

    /// <summary>All tasks the cluster knows.</summary>
    public static IEnumerable<JsonObject> Of(JsonObject answer, bool active = false) => Lists.Take(active ? 2 : 3)
        .SelectMany(list => (answer["get_tasks"]?[list] as JsonArray ?? []).OfType<JsonObject>());

    /// <summary>The one task of this id.</summary>
    /// <exception cref="CliException">There is none, or more than one.</exception>
    public static async Task<JsonObject> Find(Master master, string id, string? framework, CancellationToken cancellationToken)
    {
        var found = Of(await master.Operator("GET_TASKS", cancellationToken))
            .Where(task => Words.Id(task["task_id"]) == id && (framework is null || Words.Id(task["framework_id"]) == framework))
            .ToList();
        return found switch
        {
            [var one] => one,
            [] => throw new CliException($"no task {id} is known; `bourse tasks` lists them"),
            _ => throw new CliException($"several frameworks have a task {id}; name one by --framework: {string.Join(", ", found.Select(task => Words.Id(task["framework_id"])))}"),
        };
    }

    private static async Task<int> Run(ParseResult arguments, CancellationToken cancellationToken)
    {
        var screen = arguments.Screen();
        using var master = arguments.Master();
        var answer = await master.Operator("GET_TASKS", cancellationToken);
        var tasks = Of(answer, arguments.GetValue(Active)).ToList();
        screen.Result(answer["get_tasks"] ?? new JsonObject(), () =>
        {
            if (tasks is [])
            {
                Screen.Line("There are no tasks.");
                return;
            }

            Screen.Table(
                ["TASK", "NAME", "STATE", "AGENT", "FRAMEWORK", "RESOURCES", "MESSAGE"],
                [.. tasks.Select(task => (string[])
                [
                    Words.Id(task["task_id"]),
                    Words.Text(task["name"]),
                    StateOf(task),
                    Words.Id(task["agent_id"]),
                    Words.Id(task["framework_id"]),
                    Words.Resources(task["resources"]),
                    Words.Text((task["statuses"] as JsonArray)?.LastOrDefault()?["message"]),
                ])]);
        });
        return 0;
    }

    private static string StateOf(JsonObject task) => Words.Text(task["state"]).Replace("TASK_", "", StringComparison.Ordinal).ToLowerInvariant();
}
