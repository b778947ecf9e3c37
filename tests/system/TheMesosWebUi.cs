using System.Text.Json.Nodes;

namespace Bourse.SystemTests;

/// <summary>The web UI of Apache Mesos (its <c>src/webui</c>, which MESOS_WEBUI names), its scripts run in the DOM of the npm package jsdom.</summary>
[Collection(OneCluster.Name)]
public sealed class TheMesosWebUi(Cluster cluster)
{
    [Fact]
    public async Task Shows_agents_frameworks_roles_and_what_runs()
    {
        if (Environment.GetEnvironmentVariable("MESOS_WEBUI") is not { Length: > 0 } files)
        {
            Assert.Skip("MESOS_WEBUI does not name the web UI of Apache Mesos");
            return;
        }

        if (Servers.Packages.OnPath("npm") is null)
        {
            Assert.Skip("npm is not installed");
        }

        var folder = Directory.CreateTempSubdirectory("bourse-webui-");
        foreach (var file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "webui")))
        {
            File.Copy(file, Path.Combine(folder.FullName, Path.GetFileName(file)));
        }

        var installed = await CommandLine.Run("npm", folder.FullName, TimeSpan.FromMinutes(3), "ci", "--no-audit", "--no-fund");
        installed.ExitCode.ShouldBe(0, installed.ToString());

        var running = cluster.Cli("run", "--name", "shown", "--", "sleep", "600");
        var task = "";
        await Cluster.Until("the task runs", async () =>
        {
            var tasks = (await cluster.Ask("tasks"))["tasks"]!.AsArray();
            task = (string?)tasks.FirstOrDefault(one => (string?)one!["name"] == "shown" && (string?)one["state"] == "TASK_RUNNING")?["task_id"]!["value"] ?? "";
            return task.Length > 0;
        });

        var living = (await cluster.Ask("tasks"))["tasks"]!.AsArray().Single(one => (string?)one!["task_id"]!["value"] == task)!;
        var (agentId, framework) = ((string)living["agent_id"]!["value"]!, (string)living["framework_id"]!["value"]!);
        var (agentPage, executorPage) = ($"/agents/{agentId}", $"/agents/{agentId}/frameworks/{framework}/executors/{task}");
        var sandboxPage = $"{executorPage}/tasks/{task}/browse";
        var outcome = await CommandLine.Run(
            "node", folder.FullName, TimeSpan.FromMinutes(3), "ui.js", files, cluster.Master.Authority, "/", "/agents", "/frameworks", "/roles",
            agentPage, executorPage, sandboxPage);
        outcome.ExitCode.ShouldBe(0, outcome.ToString());
        var found = JsonNode.Parse(outcome.Output)!;
        found["problems"]!.AsArray().ShouldBeEmpty(outcome.Output);
        string Page(string page) => (string)found["shown"]![page]!;
        Page("/").ShouldContain("Activated 3");
        Page("/").ShouldContain($"{task} shown * RUNNING");
        foreach (var agent in (string[])["agent-1", "agent-2", "agent-3"])
        {
            Page("/agents").ShouldContain($"{agent} 127.0.0.1 Active");
        }

        // Pages that the agent itself is asked for.
        Page("/").ShouldNotContain("Agent offline");
        Page(agentPage).ShouldContain($"…{framework[^17..]} * 1");   // it shows the end of long ids
        Page(agentPage).ShouldContain("Unreserved 0.1 / 4 ");
        Page(agentPage).ShouldNotContain("Failed to get agent");
        Page(executorPage).ShouldContain($"{task} shown * TASK_RUNNING");
        Page(sandboxPage).ShouldContain("stdout");

        Page("/frameworks").ShouldContain("shown * default 1 0.1");
        Page("/roles").ShouldContain("* 0.1 - 32 MB");
        (await cluster.Cli("kill", task)).ExitCode.ShouldBe(0);
        await running;
        folder.Delete(recursive: true);
        await cluster.Verify();
    }
}
