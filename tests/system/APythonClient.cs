using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Bourse.SystemTests;

/// <summary>The Python package pymesos, written for Apache Mesos. PYTHONPATH may name a folder that has it.</summary>
[Collection(OneCluster.Name)]
public sealed class APythonClient(Cluster cluster)
{
    private static readonly string Scripts = Path.Combine(AppContext.BaseDirectory, "python");

    [Theory]
    [InlineData(false)] // as nobody
    [InlineData(true)]  // as a principal, by Basic
    public async Task Runs_kills_and_asks_after_tasks(bool authenticated)
    {
        var outcome = await CommandLine.Run(
            await Python(), "/", TimeSpan.FromMinutes(3),
            [Path.Combine(Scripts, "ten-tasks.py"), cluster.Master.Authority, .. authenticated ? ["analytics", cluster.TokenOf("analytics")] : (string[])[]]);
        outcome.ExitCode.ShouldBe(0, outcome.ToString());
        var updates = outcome.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line.StartsWith('{'))
            .Select(line => JsonNode.Parse(line)!).Where(line => line["task"] is not null).ToList();
        Func<string, List<string>> states = task => [.. updates.Where(update => (string?)update["task"] == task).Select(update => (string)update["state"]!)];
        Enumerable.Range(0, 10).ShouldAllBe(number => states($"t{number}").Contains("TASK_FINISHED"));
        states("long").ShouldBe(["TASK_RUNNING", "TASK_RUNNING", "TASK_KILLED"], outcome.ToString());
        updates.ShouldContain(update => (string?)update["reason"] == "REASON_RECONCILIATION");
        await cluster.Verify();
    }

    [Fact]
    public async Task Brings_its_own_executor()
    {
        var outcome = await CommandLine.Run(await Python(), "/", TimeSpan.FromMinutes(3), Path.Combine(Scripts, "own-executor.py"), cluster.Master.Authority);
        outcome.ExitCode.ShouldBe(0, outcome.ToString());
        var told = outcome.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line.StartsWith('{')).Select(line => JsonNode.Parse(line)!).ToList();
        foreach (var task in (string[])["own0", "own1", "own2"])
        {
            told.Where(one => (string?)one["task"] == task).Select(one => (string)one["state"]!).ShouldBe(["TASK_RUNNING", "TASK_FINISHED"], outcome.ToString());
            told.ShouldContain(one => (string?)one["message"] == $"answer to {task}");
        }

        await cluster.Verify();
    }

    [Fact]
    public async Task Looks_and_follows_as_an_operator()
    {
        using var looking = Process.Start(new ProcessStartInfo(await Python(), [Path.Combine(Scripts, "look.py"), cluster.Master.Authority])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromMinutes(3));
        try
        {
            var errors = looking.StandardError.ReadToEndAsync(patience.Token);
            while (await looking.StandardOutput.ReadLineAsync(patience.Token) is var line && line != "subscribed")
                line.ShouldNotBeNull("it ended before it had subscribed");
            (await cluster.Cli("run", "--", "true")).ExitCode.ShouldBe(0);
            var output = await looking.StandardOutput.ReadToEndAsync(patience.Token);
            await looking.WaitForExitAsync(patience.Token);
            looking.ExitCode.ShouldBe(0, output + await errors);
            var found = JsonNode.Parse(output)!;
            var seen = found["seen"]!.AsArray().Select(one => (string)one!).ToList();
            foreach (var @event in (string[])["FRAMEWORK_ADDED", "TASK_ADDED", "TASK_RUNNING", "TASK_FINISHED", "FRAMEWORK_REMOVED"])
                seen.ShouldContain(@event);
            var answers = found["answers"]!;
            ((bool)answers["getHealth"]!["get_health"]!["healthy"]!).ShouldBeTrue();
            answers["getAgents"]!["get_agents"]!["agents"]!.AsArray().Count.ShouldBe(3);
            answers["getMetrics"]!["get_metrics"]!["metrics"]!.AsArray().Count.ShouldBeGreaterThan(10);
        }
        finally
        {
            if (!looking.HasExited)
                looking.Kill();
        }
    }

    private static async Task<string> Python()
    {
        foreach (var python in (string[])["/usr/bin/python3", "python3"])
        {
            if ((File.Exists(python) || Servers.Packages.OnPath(python) is not null)
                && (await CommandLine.Run(python, "/", TimeSpan.FromSeconds(30), "-c", "import pymesos")).ExitCode == 0)
                return python;
        }
        Assert.Skip("pymesos is not installed: no python3 here can import it");
        return "";
    }
}
