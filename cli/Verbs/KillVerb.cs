using System.CommandLine;
using Bourse.Cli.Client;
using Bourse.Cli.Output;

namespace Bourse.Cli.Verbs;

/// <summary>Asks for the end of a task.</summary>
internal static class KillVerb
{
    public static Command Create()
    {
        var command = new Command("kill", "End a task: TERM, and KILL after its grace period") { LogsVerb.Task, LogsVerb.Framework };
        command.SetAction(Run);
        return command;
    }

    private static async Task<int> Run(ParseResult arguments, CancellationToken cancellationToken)
    {
        using var master = arguments.Master();
        var id = arguments.GetRequiredValue(LogsVerb.Task);
        var task = await TasksVerb.Find(master, id, arguments.GetValue(LogsVerb.Framework), cancellationToken);
        var framework = Words.Id(task["framework_id"]);
        await master.Change(
            HttpMethod.Post, $"/bourse/v1/tasks/{Uri.EscapeDataString(framework)}/{Uri.EscapeDataString(id)}/kill", Master.Json(new { }), cancellationToken);
        arguments.Screen().Result(new { task = id, framework, asked = true }, () => Screen.Line($"Asked task {id} to end."));
        return 0;
    }
}
