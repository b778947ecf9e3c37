using System.CommandLine;
using System.Text.Json.Nodes;
using Bourse.Cli.Client;
using Bourse.Cli.Cluster;
using Bourse.Cli.Output;

namespace Bourse.Cli.Verbs;

/// <summary>What a task printed.</summary>
internal static class LogsVerb
{
    public static readonly Argument<string> Task = new("task") { Description = "Id of the task", HelpName = "TASK" };
    public static readonly Option<string?> Framework = new("--framework") { Description = "Its framework, when several have a task of that id", HelpName = "ID" };
    private static readonly Option<bool> Follow = new("--follow", "-f") { Description = "Go on until the task ends" };
    private static readonly Option<bool> Errors = new("--stderr") { Description = "What it printed to standard error" };

    public static Command Create()
    {
        var command = new Command("logs", "Print the output of a task") { Task, Framework, Follow, Errors };
        command.SetAction(Run);
        return command;
    }

    private static async Task<int> Run(ParseResult arguments, CancellationToken cancellationToken)
    {
        using var master = arguments.Master();
        var (id, output) = (arguments.GetRequiredValue(Task), arguments.GetValue(Errors) ? "stderr" : "stdout");
        var task = await TasksVerb.Find(master, id, arguments.GetValue(Framework), cancellationToken);
        var agents = await master.Operator("GET_AGENTS", cancellationToken);
        var agent = (agents["get_agents"]?["agents"] as JsonArray ?? []).OfType<JsonObject>()
            .FirstOrDefault(one => Words.Id(one["agent_info"]?["id"]) == Words.Id(task["agent_id"]))
            ?? throw new CliException($"agent {Words.Id(task["agent_id"])}, which ran task {id}, is not there");

        using var follower = new LogFollower(new Uri($"http://{AgentsVerb.AddressOf(agent)}"), arguments.TokenOf(Tokens.Operator));
        var collected = new MemoryStream();
        var json = arguments.Screen().Json;
        await using var plain = Console.OpenStandardOutput();
        await follower.Copy(
            Words.Id(task["framework_id"]), id, output, arguments.GetValue(Follow),
            (bytes, ct) => (json ? collected : plain).WriteAsync(bytes, ct),
            cancellationToken);
        if (json)
        {
            arguments.Screen().Result(new { task = id, output, text = System.Text.Encoding.UTF8.GetString(collected.ToArray()) }, () => { });
        }

        return 0;
    }
}
