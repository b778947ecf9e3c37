using System.Text.Json.Nodes;

namespace Bourse.SystemTests;

/// <summary>
/// The command line of Apache Mesos (its <c>src/python/cli_new</c>), as an operator by Basic. MESOS_CLI names its <c>bin/main.py</c>, and
/// PYTHONPATH what that needs.
/// </summary>
[Collection(OneCluster.Name)]
public sealed class TheMesosCommandLine(Cluster cluster)
{
    [Fact]
    public async Task Lists_and_inspects_agents_frameworks_and_tasks()
    {
        if (Environment.GetEnvironmentVariable("MESOS_CLI") is not { Length: > 0 } program)
        {
            Assert.Skip("MESOS_CLI does not name the command line of Apache Mesos");
            return;
        }

        var settings = Path.GetTempFileName();
        await File.WriteAllTextAsync(
            settings, $"[master]\naddress = \"{cluster.Master.Authority}\"\nprincipal = \"operator\"\nsecret = \"{cluster.TokenOf("operator")}\"\n",
            TestContext.Current.CancellationToken);
        async Task<string> Mesos(params string[] arguments)
        {
            var outcome = await CommandLine.Run("env", "/", TimeSpan.FromMinutes(1), [$"MESOS_CLI_CONFIG={settings}", "/usr/bin/python3", program, .. arguments]);
            outcome.ExitCode.ShouldBe(0, outcome.ToString());
            return outcome.Output;
        }

        var running = cluster.Cli("run", "--name", "listed", "--", "sleep", "600");
        var task = "";
        await Cluster.Until("the task runs", async () =>
        {
            var line = (await Mesos("task", "list")).Split('\n').FirstOrDefault(line => line.StartsWith("listed-", StringComparison.Ordinal));
            task = line?.Split(' ')[0] ?? "";
            return line?.Contains("TASK_RUNNING", StringComparison.Ordinal) is true;
        });
        var agents = await Mesos("agent", "list");
        agents.Split('\n').Count(line => line.StartsWith("agent-", StringComparison.Ordinal) && line.Contains("True", StringComparison.Ordinal)).ShouldBe(3, agents);
        (await Mesos("framework", "list")).ShouldContain("listed");
        var inspected = JsonNode.Parse(await Mesos("task", "inspect", task))!;
        ((string)inspected["id"]!, (string)inspected["state"]!).ShouldBe((task, "TASK_RUNNING"));
        var framework = JsonNode.Parse(await Mesos("framework", "inspect", (string)inspected["framework_id"]!))!;
        ((string)framework["name"]!).ShouldBe("listed");

        (await cluster.Cli("kill", task)).ExitCode.ShouldBe(0);
        await running;
        (await Mesos("task", "list", "--all")).ShouldContain("TASK_KILLED");
        File.Delete(settings);
        await cluster.Verify();
    }
}
