using System.Diagnostics;
using System.Text.Json.Nodes;
using Bourse.Cli.Client;

namespace Bourse.Bench.EndToEnd;

/// <summary>
/// A framework that keeps a number of tasks in flight and takes the time of each: an ordinary client of the Mesos v1 API, as thin as
/// it can be.
/// </summary>
internal sealed class ManyTasks(Uri master, string token, int inFlight, int total) : IDisposable
{
    private readonly SchedulerConnection connection = new(master, token);
    private readonly Dictionary<string, long> accepted = [];
    private readonly TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string run = Guid.NewGuid().ToString("N")[..8];
    private readonly List<Task> acknowledging = [];
    private readonly List<JsonNode> held = [];
    private string? framework;
    private int launched, ended, finished;

    /// <summary>Milliseconds from sending ACCEPT to hearing TASK_RUNNING, one per task.</summary>
    public List<double> Latencies { get; } = [];

    /// <summary>Runs them all; throws when one does not finish.</summary>
    public async Task Run(CancellationToken ct)
    {
        var stream = await connection.Subscribe(new
        {
            type = "SUBSCRIBE",
            subscribe = new { framework_info = new { name = "bench", user = "root", roles = (string[])["*"], capabilities = (object[])[new { type = "MULTI_ROLE" }] } },
        }, ct);
        var listening = Listen(stream, ct);
        await await Task.WhenAny(done.Task, listening);
        await Task.WhenAll(acknowledging);
        await connection.Call(new { type = "TEARDOWN", framework_id = new { value = framework } }, ct);
        if (finished != total)
            throw new InvalidOperationException($"{total - finished} of {total} tasks did not finish");
    }

    public void Dispose() => connection.Dispose();

    private async Task Listen(Stream stream, CancellationToken ct)
    {
        await foreach (var @event in RecordIo.Read(stream, ct))
        {
            switch ((string?)@event["type"])
            {
                case "SUBSCRIBED":
                    framework = (string)@event["subscribed"]!["framework_id"]!["value"]!;
                    break;
                case "OFFERS":
                    held.AddRange(@event["offers"]!["offers"]!.AsArray()!);
                    await Launch(ct);
                    break;
                case "RESCIND":
                    held.RemoveAll(offer => (string)offer["id"]!["value"]! == (string)@event["rescind"]!["offer_id"]!["value"]!);
                    break;
                case "UPDATE":
                    Hear(@event["update"]!["status"]!, ct);
                    await Launch(ct);
                    break;
            }
            if (ended == total)
            {
                done.TrySetResult();
                return;
            }
        }
    }

    // What it cannot use now it holds until it can. There is one agent, so that all offers can be accepted together.
    private async Task Launch(CancellationToken ct)
    {
        var cpus = held.SelectMany(offer => offer["resources"]!.AsArray()).Where(r => (string)r!["name"]! == "cpus").Sum(r => (double)r!["scalar"]!["value"]!);
        var count = Math.Min(Math.Min(total - launched, inFlight - (launched - ended)), (int)(cpus / 0.01));
        if (count <= 0)
            return;
        var (offers, agent) = (held.Select(offer => new { value = (string)offer["id"]!["value"]! }).ToArray(), (string)held[0]["agent_id"]!["value"]!);
        held.Clear();
        var tasks = Enumerable.Range(launched, count).Select(number => new
        {
            name = "true",
            task_id = new { value = $"{run}-{number}" },
            agent_id = new { value = agent },
            resources = (object[])[new { name = "cpus", type = "SCALAR", scalar = new { value = 0.01 } }, new { name = "mem", type = "SCALAR", scalar = new { value = 1 } }],
            command = new { shell = false, value = "/bin/true", arguments = (string[])["/bin/true"] },
        }).ToArray();
        launched += tasks.Length;
        var now = Stopwatch.GetTimestamp();
        foreach (var task in tasks)
            accepted[task.task_id.value] = now;
        await connection.Call(new
        {
            type = "ACCEPT",
            framework_id = new { value = framework },
            accept = new
            {
                offer_ids = offers,
                operations = (object[])[new { type = "LAUNCH", launch = new { task_infos = tasks } }],
                filters = new { refuse_seconds = 0 },
            },
        }, ct);
    }

    // Like most schedulers it does not wait for the answer to an acknowledgement before it hears the next event.
    private void Hear(JsonNode status, CancellationToken ct)
    {
        var (task, state) = ((string)status["task_id"]!["value"]!, (string)status["state"]!);
        if (state == "TASK_RUNNING")
            Latencies.Add(Stopwatch.GetElapsedTime(accepted[task]).TotalMilliseconds);
        else if (accepted.Remove(task))
        {
            ended++;
            finished += state == "TASK_FINISHED" ? 1 : 0;
        }
        if (status["uuid"] is { } uuid)
            acknowledging.Add(connection.Call(new
            {
                type = "ACKNOWLEDGE",
                framework_id = new { value = framework },
                acknowledge = new { agent_id = new { value = (string)status["agent_id"]!["value"]! }, task_id = new { value = task }, uuid = (string)uuid! },
            }, ct));
    }
}
