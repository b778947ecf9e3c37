using System.CommandLine;
using System.Text.Json.Nodes;
using Bourse.Cli.Output;

namespace Bourse.Cli.Verbs;

/// <summary>Why something is as it is.</summary>
internal static class ExplainVerb
{
    public static Command Create()
    {
        var task = new Command("task", "How a task came to be and what happened to it") { LogsVerb.Task, LogsVerb.Framework };
        task.SetAction(Run);
        return new Command("explain", "Say why: the chain from a request to a process, or why a framework gets no offers") { task, ExplainFrameworkVerb.Create() };
    }

    /// <summary>The path of the answer.</summary>
    public static string PathOf(string task, string? framework) =>
        $"/bourse/v1/explain/task/{Uri.EscapeDataString(task)}" + (framework is null ? "" : $"?framework={Uri.EscapeDataString(framework)}");

    public static void Print(JsonObject answer)
    {
        Screen.Line($"task {Words.Text(answer["taskId"])} of framework {Words.Text(answer["frameworkId"])} on {Words.Text(answer["agentId"])}: {Words.Text(answer["state"])}");
        if (answer["summary"] is { } summary)
        {
            Screen.Line(Words.Text(summary));
        }

        Screen.Line();
        DateTimeOffset? first = null;
        foreach (var step in (answer["timeline"] as JsonArray ?? []).OfType<JsonObject>())
        {
            var at = DateTimeOffset.TryParse(Words.Text(step["at"]), out var time) ? time : (DateTimeOffset?)null;
            first ??= at;
            var after = at is { } now && first is { } start ? $"+{(now - start).TotalMilliseconds,6:0} ms" : "";
            var principal = Words.Text(step["principal"]);
            Screen.Line(
                $"  {Words.Time(step["at"])} {after}  {$"{Words.Text(step["service"])}:{Words.Text(step["position"])}",-15} {Words.Text(step["name"]),-24} "
                + $"{Words.Text(step["text"])}{(principal == "-" ? "" : $"  [{principal}]")}");
        }
    }

    private static async Task<int> Run(ParseResult arguments, CancellationToken cancellationToken)
    {
        using var master = arguments.Master();
        var path = PathOf(arguments.GetRequiredValue(LogsVerb.Task), arguments.GetValue(LogsVerb.Framework));
        var answer = await master.Get(path, cancellationToken);
        arguments.Screen().Result(answer, () => Print(answer));
        return 0;
    }
}
