using System.Text.Json.Nodes;

namespace Bourse.SystemTests;

/// <summary>The npm package mesos-framework, written for Apache Mesos.</summary>
[Collection(OneCluster.Name)]
public sealed class AnUnmodifiedClient(Cluster cluster)
{
    [Fact]
    public async Task Runs_ten_tasks_to_their_end()
    {
        if (Servers.Packages.OnPath("npm") is null)
        {
            Assert.Skip("npm is not installed");
        }

        var folder = Directory.CreateTempSubdirectory("bourse-npm-");
        foreach (var file in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "npm")))
        {
            File.Copy(file, Path.Combine(folder.FullName, Path.GetFileName(file)));
        }

        var installed = await CommandLine.Run("npm", folder.FullName, TimeSpan.FromMinutes(3), "ci", "--no-audit", "--no-fund");
        installed.ExitCode.ShouldBe(0, installed.ToString());

        var outcome = await CommandLine.Run(
            "node", folder.FullName, TimeSpan.FromMinutes(3), "ten-tasks.js", cluster.Master.Host, $"{cluster.Port}");
        outcome.ExitCode.ShouldBe(0, outcome.ToString());
        var finished = outcome.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(line => line.StartsWith('{'))
            .Select(line => JsonNode.Parse(line)!)
            .Where(line => line["state"]?.GetValue<string>() == "TASK_FINISHED")
            .Select(line => line["task"]!.GetValue<string>())
            .Distinct();
        finished.Count().ShouldBe(10, outcome.ToString());
        folder.Delete(recursive: true);
        await cluster.Verify();
    }
}
