using System.Net;
using Bourse.Client;
using Bourse.MesosV1;
using Bourse.MesosV1.Scheduler;
using Task = System.Threading.Tasks.Task;
using TaskStatus = Bourse.MesosV1.TaskStatus;

namespace Bourse.Cli.Client;

/// <summary>
/// A framework that runs a list of tasks, each once, over the ordinary Mesos v1 scheduler API. When the connection broke it asks how
/// its tasks are, and starts anew what never reached an agent.
/// </summary>
internal sealed class Framework : IDisposable
{
    private const int MostAttempts = 5;
    private const int FailoverSeconds = 300;
    private static readonly TimeSpan DeclineTime = TimeSpan.FromSeconds(5);

    private readonly Action<TaskUpdate> updated;
    private readonly Uri master;
    private readonly SchedulerClient scheduler;
    private readonly IAsyncEnumerator<Event> events;
    private readonly Queue<(TaskToRun Task, int Attempt)> waiting = new();
    private readonly Dictionary<string, Running> running = [];
    private readonly Dictionary<string, Uri> agents = [];
    private Task<Event?>? next;
    private bool suppressed;
    private bool killing;

    private sealed record Running(TaskToRun Task, int Attempt, AgentID AgentId)
    {
        public bool Seen { get; set; } // an update of its agent came
    }

    /// <param name="master">A master of the cluster.</param>
    /// <param name="token">Who calls; null where anybody may.</param>
    /// <param name="name">Of the framework.</param>
    /// <param name="principal">The token's; null without one.</param>
    /// <param name="patience">How long to go on without a connection.</param>
    /// <param name="updated">Told of every update.</param>
    /// <param name="cancellationToken">Gives up; tasks go on running.</param>
    public Framework(
        Uri master, string? token, string name, string? principal, TimeSpan patience, Action<TaskUpdate> updated, CancellationToken cancellationToken)
    {
        (this.master, this.updated) = (master, updated);
        var info = new FrameworkInfo
        {
            User = System.Environment.UserName,
            Name = name,
            Roles = { "*" },
            FailoverTimeout = FailoverSeconds,
            Capabilities =
            {
                new FrameworkInfo.Types.Capability { Type = FrameworkInfo.Types.Capability.Types.Type.MultiRole },
                new FrameworkInfo.Types.Capability { Type = FrameworkInfo.Types.Capability.Types.Type.PartitionAware },
            },
        };
        if (principal is not null)
        {
            info.Principal = principal;
        }

        scheduler = new SchedulerClient(master, info, new ConnectionOptions
        {
            Credential = token is null ? null : ClientCredential.Bearer(token),
            Patience = patience,
            LongestPause = TimeSpan.FromSeconds(3),
        })
        {
            AcknowledgesByItself = false,
        };
        events = scheduler.Events(cancellationToken).GetAsyncEnumerator(CancellationToken.None);
    }

    /// <summary>The id the cluster gave; null before the first subscription.</summary>
    public string? Id => scheduler.FrameworkId?.Value;

    /// <summary>Runs the tasks; returns when each has ended.</summary>
    /// <param name="tasks">What to run.</param>
    /// <param name="killAll">When cancelled, asks for the end of all tasks; their ends are still awaited.</param>
    /// <param name="cancellationToken">Ends the calls.</param>
    public async Task Run(IReadOnlyList<TaskToRun> tasks, CancellationToken killAll, CancellationToken cancellationToken)
    {
        foreach (var task in tasks)
        {
            waiting.Enqueue((task, 1));
        }

        var killed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = killAll.Register(() => killed.TrySetResult());
        while (waiting.Count + running.Count > 0)
        {
            next ??= Next();
            await Task.WhenAny(killing ? [next] : [next, killed.Task]);
            if (killed.Task.IsCompleted && !killing && Id is not null)
            {
                killing = true;
                waiting.Clear();
                await Saying(() => KillAll(cancellationToken));
            }
            else if (next.IsCompleted)
            {
                await Saying(async () =>
                {
                    var @event = await next ?? throw new CliException("the framework was torn down");
                    next = null;
                    await Handle(@event, cancellationToken);
                });
            }
        }
    }

    /// <summary>Says that this framework is over; its tasks are ended.</summary>
    public async Task Teardown(CancellationToken cancellationToken)
    {
        if (Id is null)
        {
            return;
        }

        try
        {
            while (!await scheduler.Teardown(cancellationToken))
            {
                // Only the answer may be lost; then the next subscription says that the framework is over.
                do
                {
                    next ??= Next();
                    if (await next is null)
                    {
                        return;
                    }

                    next = null;
                }
                while (!scheduler.IsConnected);
            }
        }
        catch (SubscriptionEndedException)
        {
            // It is over already.
        }
        catch (RefusedException gone) when (gone.Status == HttpStatusCode.BadRequest)
        {
            // It is no longer known.
        }
        catch (ConnectionLostException lost)
        {
            throw new CliException($"the framework could not be torn down: {lost.Message}");
        }
    }

    public void Dispose() => scheduler.Dispose();

    private async Task<Event?> Next() => await events.MoveNextAsync() ? events.Current : null;

    /// <summary>Puts what goes wrong into the words of the command line.</summary>
    private async Task Saying(Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (SubscriptionEndedException ended)
        {
            throw new CliException($"the cluster refuses this framework: {ended.Message}");
        }
        catch (RefusedException refusal)
        {
            throw new CliException(refusal.Status == HttpStatusCode.Unauthorized
                ? $"{master.Authority} does not know this caller; set BOURSE_TOKEN, or name the cluster's --home"
                : refusal.Message);
        }
        catch (ConnectionLostException lost)
        {
            throw new CliException(lost.Message);
        }
    }

    private Task Handle(Event @event, CancellationToken cancellationToken) => @event.Type switch
    {
        Event.Types.Type.Subscribed when scheduler.Subscriptions > 1 => SubscribedAgain(cancellationToken),
        Event.Types.Type.Offers => Offered(@event.Offers.Offers_, cancellationToken),
        Event.Types.Type.Update => Updated(@event.Update.Status, cancellationToken),
        _ => Task.CompletedTask,
    };

    private async Task SubscribedAgain(CancellationToken cancellationToken)
    {
        if (running.Count > 0)
        {
            // Whether the last ACCEPT got through is not known here, and need not be: the cluster knows.
            await scheduler.Reconcile(running.Select(one => (IdOf(one.Key), (AgentID?)one.Value.AgentId)), cancellationToken);
        }

        if (killing)
        {
            await KillAll(cancellationToken);
        }
    }

    private async Task Offered(IReadOnlyList<Offer> offers, CancellationToken cancellationToken)
    {
        List<Offer> declined = [];
        foreach (var offer in offers)
        {
            if (offer.AgentAddress() is { } address)
            {
                agents[offer.AgentId.Value] = address;
            }

            var (cpus, mem) = (offer.Sum("cpus"), offer.Sum("mem"));
            List<TaskInfo> infos = [];
            while (!killing && waiting.TryPeek(out var first) && first.Task.Cpus <= cpus && first.Task.MemMb <= mem)
            {
                var (task, attempt) = waiting.Dequeue();
                var id = attempt == 1 ? task.Id : $"{task.Id}.{attempt}";
                (cpus, mem) = (Math.Round(cpus - task.Cpus, 3), mem - task.MemMb);
                running.Add(id, new Running(task, attempt, offer.AgentId));
                infos.Add(task.Info(id, offer));
            }

            if (infos is [])
            {
                declined.Add(offer);
                continue;
            }

            // What is left over is wanted again as soon as it can be had.
            await scheduler.Launch(offer, infos, waiting.Count > 0 ? TimeSpan.Zero : DeclineTime, cancellationToken);
        }

        if (declined is not [])
        {
            await scheduler.Decline(declined, DeclineTime, cancellationToken);
        }

        if (waiting.Count == 0 && !suppressed)
        {
            suppressed = await scheduler.Suppress(cancellationToken: cancellationToken);
        }
    }

    private async Task Updated(TaskStatus status, CancellationToken cancellationToken)
    {
        // Acknowledged only once it is taken in: what is acknowledged is never told again, and the connection may break between.
        Take(status);
        await scheduler.Acknowledge(status, cancellationToken);
        if (waiting.Count > 0 && suppressed)
        {
            suppressed = !await scheduler.Revive(cancellationToken: cancellationToken);
        }
    }

    private void Take(TaskStatus status)
    {
        var id = status.TaskId.Value;
        if (!running.TryGetValue(id, out var task))
        {
            return; // ended before; an update may come more than once
        }

        var update = new TaskUpdate(
            task.Task,
            id,
            status.State.Name(),
            status.HasMessage ? status.Message : null,
            status.HasReason ? status.Reason.Name() : null,
            agents.GetValueOrDefault((status.AgentId ?? task.AgentId).Value));
        if (NeverStarted(update, task) && !killing)
        {
            running.Remove(id);
            waiting.Enqueue((task.Task, task.Attempt + 1));
            return;
        }

        task.Seen |= update.State is "TASK_STARTING" or "TASK_RUNNING" or "TASK_KILLING";
        if (update.IsTerminal || update.State == "TASK_UNKNOWN")
        {
            running.Remove(id);
        }

        updated(update.State == "TASK_UNKNOWN" ? update with { State = "TASK_LOST" } : update);
    }

    // The offer went away before the launch arrived, or its agent did; another offer will do.
    private static bool NeverStarted(TaskUpdate update, Running task) =>
        !task.Seen && task.Attempt < MostAttempts && update.State is "TASK_LOST" or "TASK_DROPPED" or "TASK_UNKNOWN";

    private async Task KillAll(CancellationToken cancellationToken)
    {
        foreach (var (id, task) in running)
        {
            await scheduler.Kill(IdOf(id), task.AgentId, cancellationToken: cancellationToken);
        }
    }

    private static TaskID IdOf(string task) => new() { Value = task };
}
