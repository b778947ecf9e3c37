using System.Diagnostics;
using Bourse.Client;
using Bourse.MesosV1;
using Bourse.MesosV1.Scheduler;
using Task = System.Threading.Tasks.Task;
using TaskStatus = Bourse.MesosV1.TaskStatus;

namespace Bourse.Bench.EndToEnd;

/// <summary>
/// A framework that keeps a number of tasks in flight and takes the time of each: an ordinary client of the Mesos v1 API, as thin as
/// it can be.
/// </summary>
internal sealed class ManyTasks(Uri master, string token, int inFlight, int total) : IDisposable
{
    private readonly SchedulerClient scheduler = new(
        master,
        new FrameworkInfo
        {
            Name = "bench",
            User = "root",
            Roles = { "*" },
            Capabilities = { new FrameworkInfo.Types.Capability { Type = FrameworkInfo.Types.Capability.Types.Type.MultiRole } },
        },
        new ConnectionOptions { Credential = ClientCredential.Bearer(token), Encoding = WireEncoding.Json })
    {
        AcknowledgesByItself = false, // without waiting for the answer before the next event
    };

    private readonly Dictionary<string, long> accepted = [];
    private readonly List<Task> acknowledging = [];
    private readonly List<Offer> held = [];
    private readonly string run = Guid.NewGuid().ToString("N")[..8];
    private int launched, ended, finished;

    /// <summary>Milliseconds from sending ACCEPT to hearing TASK_RUNNING, one per task.</summary>
    public List<double> Latencies { get; } = [];

    /// <summary>Runs them all; throws when one does not finish.</summary>
    public async Task Run(CancellationToken ct)
    {
        await foreach (var @event in scheduler.Events(ct))
        {
            switch (@event.Type)
            {
                case Event.Types.Type.Subscribed when scheduler.Subscriptions > 1:
                    throw new InvalidOperationException("the connection broke: the figures would be wrong");
                case Event.Types.Type.Offers:
                    held.AddRange(@event.Offers.Offers_);
                    await Launch(ct);
                    break;
                case Event.Types.Type.Rescind:
                    held.RemoveAll(offer => offer.Id.Equals(@event.Rescind.OfferId));
                    break;
                case Event.Types.Type.Update:
                    Hear(@event.Update.Status);
                    acknowledging.Add(scheduler.Acknowledge(@event.Update.Status, ct));
                    await Launch(ct);
                    break;
                default:
                    break;
            }
            if (ended == total)
            {
                await Task.WhenAll(acknowledging);
                await scheduler.Teardown(ct);
            }
        }
        if (finished != total)
            throw new InvalidOperationException($"{total - finished} of {total} tasks did not finish");
    }

    public void Dispose() => scheduler.Dispose();

    // What it cannot use now it holds until it can. There is one agent, so that all offers can be accepted together.
    private async Task Launch(CancellationToken ct)
    {
        var count = Math.Min(Math.Min(total - launched, inFlight - (launched - ended)), (int)(held.Sum(offer => offer.Sum("cpus")) / 0.01));
        if (count <= 0)
            return;
        var tasks = Enumerable.Range(launched, count)
            .Select(number => Make.Task($"{run}-{number}", held[0], new() { Shell = false, Value = "/bin/true", Arguments = { "/bin/true" } },
                Make.Scalar("cpus", 0.01), Make.Scalar("mem", 1)))
            .ToList();
        var offers = held.Select(offer => offer.Id).ToList();
        held.Clear();
        launched += tasks.Count;
        var now = Stopwatch.GetTimestamp();
        foreach (var task in tasks)
            accepted[task.TaskId.Value] = now;
        await scheduler.Accept(offers, [new() { Type = Offer.Types.Operation.Types.Type.Launch, Launch = new() { TaskInfos = { tasks } } }], TimeSpan.Zero, ct);
    }

    private void Hear(TaskStatus status)
    {
        if (status.State == TaskState.TaskRunning)
            Latencies.Add(Stopwatch.GetElapsedTime(accepted[status.TaskId.Value]).TotalMilliseconds);
        else if (status.State.IsTerminal() && accepted.Remove(status.TaskId.Value))
        {
            ended++;
            finished += status.State == TaskState.TaskFinished ? 1 : 0;
        }
    }
}
