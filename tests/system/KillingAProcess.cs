using System.Text.Json.Nodes;

namespace Bourse.SystemTests;

/// <summary>kill -9 in the middle of 200 tasks; the supervision starts again what died.</summary>
[Collection(OneCluster.Name)]
public sealed class KillingAProcess(Cluster cluster)
{
    private const int Tasks = 200;

    [Theory]
    [InlineData("allocator")]
    [InlineData("registry")]
    [InlineData("secrets")]
    [InlineData("agent-2")]
    [InlineData("rabbitmq")]
    [InlineData("postgres")]
    public async Task Loses_no_task_and_no_update(string victim)
    {
        var name = $"through-{victim}-{Guid.NewGuid().ToString("N")[..4]}";
        var run = cluster.Cli(
            "run", "--output", "json", "--name", name, "--instances", $"{Tasks}", "--cpus", "0.05", "--mem", "8", "--", "sh", "-c", "sleep 5; echo ended");
        await Cluster.Until("a quarter of the tasks runs", async () => await Running(name) >= Tasks / 4);

        var before = await cluster.Kill(victim);
        var outcome = await run;
        await cluster.Restarted(before);

        outcome.ExitCode.ShouldBe(0, outcome.ToString());
        var ended = outcome.Json["tasks"]!.AsArray();
        ended.Count.ShouldBe(Tasks);
        ended.ShouldAllBe(task => task!["state"]!.GetValue<string>() == "TASK_FINISHED");
        ended.ShouldAllBe(task => task!["output"]!.GetValue<string>() == "ended\n");

        await EveryUpdateWasSeen(outcome.Json["framework"]!.GetValue<string>(), ended);
        await cluster.Verify();
    }

    private async Task<int> Running(string name)
    {
        var tasks = await cluster.Ask("tasks", "--active");
        return (tasks["tasks"] as JsonArray ?? []).Count(task =>
            task!["name"]!.GetValue<string>().StartsWith(name, StringComparison.Ordinal) && task["state"]!.GetValue<string>() == "TASK_RUNNING");
    }

    // What the journal says was to be told is what the framework heard; it may have heard it more than once.
    private async Task EveryUpdateWasSeen(string framework, JsonArray ended)
    {
        var heard = ended.SelectMany(task => task!["updates"]!.AsArray().Select(state => $"{task["id"]} {state}")).ToHashSet();
        var changes = await cluster.Events("--service", "allocator", "--type", "task.status-changed", "--stream", $"framework-{framework}");
        var told = changes.Where(change => change["data"]!["uuid"] is not null)
            .Select(change => $"{change["data"]!["taskId"]} TASK_{change["data"]!["state"]!.GetValue<string>().ToUpperInvariant().Replace('-', '_')}")
            .ToList();
        told.Count.ShouldBeGreaterThanOrEqualTo(Tasks);
        told.ShouldAllBe(update => heard.Contains(update));
    }
}
