using System.Text;
using Bourse.Client;
using Bourse.MesosV1;
using Bourse.MesosV1.Scheduler;
using Google.Protobuf;
using Task = System.Threading.Tasks.Task;

namespace Bourse.SystemTests;

/// <summary>The sample executor on a real agent: one process, many tasks, messages both ways.</summary>
[Collection(OneCluster.Name)]
public sealed class TheSmallestExecutor(Cluster cluster)
{
    private static readonly DirectoryInfo Here = new(AppContext.BaseDirectory); // tests/system/bin/CONFIGURATION/net10.0

    private static readonly string Sample = Path.Combine(Here.Parent!.Parent!.Parent!.Parent!.Parent!.FullName, "samples", "SmallestExecutor");

    [Fact]
    public void Has_at_most_forty_lines() => File.ReadAllLines(Path.Combine(Sample, "Program.cs")).Length.ShouldBeLessThanOrEqualTo(40);

    [Fact]
    public async Task Computes_its_tasks_in_one_process_and_answers_messages()
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromMinutes(2));
        using var scheduler = new SchedulerClient(
            cluster.Master, new FrameworkInfo { User = System.Environment.UserName, Name = "sums", FailoverTimeout = 60, Checkpoint = true },
            new() { Credential = ClientCredential.Bearer(cluster.TokenOf("analytics")) });
        var executor = new ExecutorInfo
        {
            ExecutorId = new() { Value = "sums" },
            Command = Make.Shell($"exec dotnet {Path.Combine(Sample, "bin", Here.Parent!.Name, Here.Name, "SmallestExecutor.dll")}"),
            Resources = { Make.Scalar("cpus", 0.1), Make.Scalar("mem", 64) },
        };
        var waiting = new Queue<int>([10, 100, 1000]);
        Dictionary<string, string> results = [];
        string? heard = null;
        AgentID? agent = null;
        await foreach (var e in scheduler.Events(patience.Token))
        {
            foreach (var offer in e.Type == Event.Types.Type.Offers ? e.Offers.Offers_ : [])
            {
                // All on one agent, so that one executor has them all.
                List<TaskInfo> tasks = [];
                while ((agent is null || agent.Equals(offer.AgentId)) && waiting.TryDequeue(out var n))
                {
                    agent = offer.AgentId;
                    tasks.Add(new()
                    {
                        Name = $"sum-{n}", TaskId = new() { Value = $"sum-{n}" }, AgentId = offer.AgentId, Executor = executor,
                        Data = ByteString.CopyFromUtf8($"{n}"), Resources = { Make.Scalar("cpus", 0.1), Make.Scalar("mem", 16) },
                    });
                }

                await scheduler.Launch(offer, tasks, TimeSpan.FromSeconds(1), patience.Token);
            }

            if (e.Type == Event.Types.Type.Update && e.Update.Status is { } status)
            {
                (status.State is TaskState.TaskRunning or TaskState.TaskFinished).ShouldBeTrue(status.ToString());
                if (status.State == TaskState.TaskFinished)
                {
                    results[status.TaskId.Value] = status.Message;
                }

                if (results.Count == 3 && heard is null)
                {
                    await scheduler.Message(agent!, executor.ExecutorId, Encoding.UTF8.GetBytes("are you there"), patience.Token);
                }
            }

            if (e.Type == Event.Types.Type.Message)
            {
                heard = e.Message.Data.ToStringUtf8();
                await scheduler.Teardown(patience.Token);
            }
        }

        results.ShouldBe(new Dictionary<string, string> { ["sum-10"] = "55", ["sum-100"] = "5050", ["sum-1000"] = "500500" }, ignoreOrder: true);
        heard.ShouldBe("heard: are you there");
        await cluster.Verify();
    }
}
