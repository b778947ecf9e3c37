using System.Text;
using System.Text.Json.Nodes;

namespace Bourse.SystemTests;

/// <summary>Tasks under executors of frameworks and in groups, on a cluster of real processes.</summary>
[Collection(OneCluster.Name)]
public sealed class ExecutorsAndGroups(Cluster cluster)
{
    private static readonly object[] Little = [Scalar("cpus", 0.1), Scalar("mem", 32)];

    private static object Scalar(string name, double value) => new { name, type = "SCALAR", scalar = new { value } };

    private static object Id(string value) => new { value };

    [Fact]
    public async Task An_executor_of_an_unmodified_client_runs_tasks_and_takes_messages()
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

        await using (var framework = await RawFramework.Subscribe(cluster, "with-executor"))
        {
            var offer = await framework.Offer();
            var agent = offer["agent_id"]!["value"]!.GetValue<string>();
            var executor = new { executor_id = Id("node"), command = new { value = $"exec node {folder.FullName}/executor.js" }, resources = Little };
            await framework.Accept(offer, new
            {
                type = "LAUNCH",
                launch = new
                {
                    task_infos = new[] { "first", "second", "waits" }.Select(name => new
                    {
                        name, task_id = Id(name), agent_id = Id(agent), resources = Little, executor, data = Convert.ToBase64String(Encoding.UTF8.GetBytes(name == "waits" ? "wait" : "")),
                    }),
                },
            });
            foreach (var (task, state) in new[] { ("first", "TASK_RUNNING"), ("first", "TASK_FINISHED"), ("second", "TASK_RUNNING"), ("second", "TASK_FINISHED"), ("waits", "TASK_RUNNING") })
            {
                await framework.Reaches(task, state);
            }

            await framework.Call(new { type = "MESSAGE", message = new { agent_id = Id(agent), executor_id = Id("node"), data = Convert.ToBase64String("hello"u8) } });
            var message = (await framework.Next("MESSAGE"))["message"]!;
            Encoding.UTF8.GetString(Convert.FromBase64String(message["data"]!.GetValue<string>())).ShouldBe("HELLO");

            await framework.Call(new { type = "KILL", kill = new { task_id = Id("waits"), agent_id = Id(agent) } });
            await framework.Reaches("waits", "TASK_KILLED");
            await framework.Call(new { type = "SHUTDOWN", shutdown = new { executor_id = Id("node"), agent_id = Id(agent) } });
            var failure = (await framework.Next("FAILURE"))["failure"]!;
            (failure["executor_id"]!["value"]!.GetValue<string>(), failure["status"]!.GetValue<int>()).ShouldBe(("node", 0));
        }

        folder.Delete(recursive: true);
        await cluster.Verify();
    }

    [Fact]
    public async Task A_group_lives_and_dies_together_and_can_be_looked_into()
    {
        await using (var framework = await RawFramework.Subscribe(cluster, "with-group"))
        {
            var offer = await framework.Offer();
            var agent = offer["agent_id"]!["value"]!.GetValue<string>();
            object Task(string name, string command) => new { name, task_id = Id(name), agent_id = Id(agent), resources = Little, command = new { value = command } };
            await framework.Accept(offer, new
            {
                type = "LAUNCH_GROUP",
                launch_group = new
                {
                    executor = new { type = "DEFAULT", executor_id = Id("pod"), resources = Little },
                    task_group = new { tasks = new[] { Task("pod-a", "echo shared > ../file; while :; do sleep 0.2; done"), Task("pod-b", "while [ ! -e go ]; do sleep 0.2; done; exit 3") } },
                },
            });
            await framework.Reaches("pod-a", "TASK_RUNNING");
            await framework.Reaches("pod-b", "TASK_RUNNING");

            var exec = await cluster.Cli("exec", "pod-b", "--", "sh", "-c", "while [ ! -e ../file ]; do sleep 0.1; done; cat ../file; echo $MESOS_EXECUTOR_ID; touch go; exit 7");
            exec.ExitCode.ShouldBe(7, exec.ToString());
            exec.Output.ShouldBe("shared\npod\n");

            await framework.Reaches("pod-b", "TASK_FAILED");
            await framework.Reaches("pod-a", "TASK_KILLED");
            (await framework.Next("FAILURE"))["failure"]!["executor_id"]!["value"]!.GetValue<string>().ShouldBe("pod");
        }

        await cluster.Verify();
    }
}
