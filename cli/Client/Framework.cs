using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Bourse.Cli.Client;

/// <summary>
/// A framework that runs a list of tasks, each once, over the ordinary Mesos v1 scheduler API. It subscribes again when the
/// connection breaks, asks then how its tasks are, and starts anew what never reached an agent.
/// </summary>
internal sealed class Framework(Uri master, string? token, string name, string? principal, Action<TaskUpdate> updated) : IDisposable
{
    private const int MostAttempts = 5;
    private const int FailoverSeconds = 300;
    private const double DeclineSeconds = 5;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(3);

    private readonly SchedulerConnection connection = new(master, token);
    private readonly Queue<(TaskToRun Task, int Attempt)> waiting = new();
    private readonly Dictionary<string, Running> running = [];
    private readonly Dictionary<string, Uri> agents = [];
    private bool suppressed;
    private bool killing;

    private sealed record Running(TaskToRun Task, int Attempt, string AgentId)
    {
        public bool Seen { get; set; } // an update of its agent came
    }

    /// <summary>The id the cluster gave; null before the first subscription.</summary>
    public string? Id { get; private set; }

    /// <summary>How often it had to subscribe again.</summary>
    public int Reconnects { get; private set; }

    /// <summary>Runs the tasks; returns when each has ended.</summary>
    /// <param name="tasks">What to run.</param>
    /// <param name="patience">How long to go on without a connection.</param>
    /// <param name="killAll">When cancelled, asks for the end of all tasks; their ends are still awaited.</param>
    /// <param name="cancellationToken">Gives up; tasks go on running.</param>
    public async Task Run(IReadOnlyList<TaskToRun> tasks, TimeSpan patience, CancellationToken killAll, CancellationToken cancellationToken)
    {
        foreach (var task in tasks)
        {
            waiting.Enqueue((task, 1));
        }

        var pause = FirstPause;
        var alone = Stopwatch.GetTimestamp();
        while (waiting.Count + running.Count > 0)
        {
            var connected = false;
            try
            {
                using var stream = await connection.Subscribe(Subscription(), cancellationToken);
                (connected, pause, suppressed) = (true, FirstPause, false);
                await Listen(stream, killAll, cancellationToken);
            }
            catch (Exception broken) when (broken is HttpRequestException or IOException or StaleSubscriptionException)
            {
                alone = connected ? Stopwatch.GetTimestamp() : alone;
                if (Stopwatch.GetElapsedTime(alone) > patience)
                {
                    throw new CliException($"the connection to {master} is lost: {broken.Message}");
                }
            }

            if (waiting.Count + running.Count > 0)
            {
                Reconnects++;
                await Task.Delay(pause, cancellationToken);
                pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks));
            }
        }
    }

    /// <summary>Says that this framework is over; its tasks are ended.</summary>
    public async Task Teardown(TimeSpan patience, CancellationToken cancellationToken)
    {
        if (Id is null)
        {
            return;
        }

        var again = false;
        for (var since = Stopwatch.GetTimestamp(); ; again = true)
        {
            try
            {
                if (again)
                {
                    await Task.Delay(FirstPause, cancellationToken);
                    using var stream = await connection.Subscribe(Subscription(), cancellationToken);
                }

                await Call(new { type = "TEARDOWN", framework_id = Value(Id) }, cancellationToken);
                return;
            }
            catch (CliException) when (again)
            {
                return; // it is no longer known: only the answer to the first attempt was lost
            }
            catch (Exception broken) when (broken is HttpRequestException or IOException or StaleSubscriptionException)
            {
                if (Stopwatch.GetElapsedTime(since) > patience)
                {
                    throw new CliException($"the framework could not be torn down: {broken.Message}");
                }
            }
        }
    }

    public void Dispose() => connection.Dispose();

    private async Task Listen(Stream stream, CancellationToken killAll, CancellationToken cancellationToken)
    {
        // A silent stream is a broken one; three heartbeats may be missed. Before the first event the usual interval counts.
        var silence = TimeSpan.FromSeconds(15);
        var events = RecordIo.Read(stream, cancellationToken).GetAsyncEnumerator(cancellationToken);
        var killed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = killAll.Register(() => killed.TrySetResult());
        var next = Next();
        while (waiting.Count + running.Count > 0)
        {
            var patience = Task.Delay(silence, cancellationToken);
            if (await Task.WhenAny([next, patience, .. killing ? Array.Empty<Task>() : [killed.Task]]) == patience)
            {
                cancellationToken.ThrowIfCancellationRequested();
                throw new IOException($"no event for {silence.TotalSeconds:0} s");
            }

            if (killed.Task.IsCompleted && !killing && Id is not null)
            {
                killing = true;
                await KillAll(cancellationToken);
            }

            if (next.IsCompleted)
            {
                if (await next is not { } @event)
                {
                    return;
                }

                if (@event["subscribed"]?["heartbeat_interval_seconds"]?.GetValue<double>() is > 0 and var interval)
                {
                    silence = TimeSpan.FromSeconds(interval * 3);
                }

                await Handle(@event, cancellationToken);
                next = Next();
            }
        }

        async Task<JsonObject?> Next() => await events.MoveNextAsync() ? events.Current : null;
    }

    private Task Handle(JsonObject @event, CancellationToken cancellationToken) => Text(@event["type"]) switch
    {
        "SUBSCRIBED" => Subscribed(Text(@event["subscribed"]!["framework_id"]!["value"])!, cancellationToken),
        "OFFERS" => Offered(@event["offers"]!["offers"]!.AsArray(), cancellationToken),
        "UPDATE" => Updated(@event["update"]!["status"]!.AsObject(), cancellationToken),
        "ERROR" => throw new CliException($"the cluster refuses this framework: {Text(@event["error"]?["message"])}"),
        _ => Task.CompletedTask,
    };

    private async Task Subscribed(string id, CancellationToken cancellationToken)
    {
        var again = Id is not null;
        Id = id;
        if (again && running.Count > 0)
        {
            // Whether the last ACCEPT got through is not known here, and need not be: the cluster knows.
            var tasks = running.Select(one => new { task_id = Value(one.Key), agent_id = Value(one.Value.AgentId) });
            await Call(new { type = "RECONCILE", framework_id = Value(Id), reconcile = new { tasks } }, cancellationToken);
        }
    }

    private async Task Offered(JsonArray offers, CancellationToken cancellationToken)
    {
        List<object> declined = [];
        foreach (var offer in offers.OfType<JsonObject>())
        {
            var (offerId, agentId) = (Text(offer["id"]!["value"])!, Text(offer["agent_id"]!["value"])!);
            agents[agentId] = AddressOf(offer);
            var (cpus, mem) = (Sum(offer, "cpus"), Sum(offer, "mem"));
            List<object> infos = [];
            while (!killing && waiting.TryPeek(out var first) && first.Task.Cpus <= cpus && first.Task.MemMb <= mem)
            {
                var (task, attempt) = waiting.Dequeue();
                var id = attempt == 1 ? task.Id : $"{task.Id}.{attempt}";
                (cpus, mem) = (Math.Round(cpus - task.Cpus, 3), mem - task.MemMb);
                running.Add(id, new Running(task, attempt, agentId));
                infos.Add(task.Info(id, agentId));
            }

            if (infos is [])
            {
                declined.Add(Value(offerId));
                continue;
            }

            await Call(
                new
                {
                    type = "ACCEPT",
                    framework_id = Value(Id!),
                    accept = new
                    {
                        offer_ids = new[] { Value(offerId) },
                        operations = new[] { new { type = "LAUNCH", launch = new { task_infos = infos } } },
                        // What is left over is wanted again as soon as it can be had.
                        filters = new { refuse_seconds = waiting.Count > 0 ? 0 : DeclineSeconds },
                    },
                },
                cancellationToken);
        }

        if (declined is not [])
        {
            await Call(
                new { type = "DECLINE", framework_id = Value(Id!), decline = new { offer_ids = declined, filters = new { refuse_seconds = DeclineSeconds } } },
                cancellationToken);
        }

        if (waiting.Count == 0 && !suppressed)
        {
            suppressed = true;
            await Call(new { type = "SUPPRESS", framework_id = Value(Id!) }, cancellationToken);
        }
    }

    private async Task Updated(JsonObject status, CancellationToken cancellationToken)
    {
        var (id, agentId) = (Text(status["task_id"]!["value"])!, Text(status["agent_id"]?["value"]));

        // Acknowledged only once it is taken in: what is acknowledged is never told again, and the connection may break between.
        Take(id, agentId, status);
        if (Text(status["uuid"]) is { } uuid)
        {
            await Call(
                new { type = "ACKNOWLEDGE", framework_id = Value(Id!), acknowledge = new { agent_id = Value(agentId!), task_id = Value(id), uuid } },
                cancellationToken);
        }

        if (waiting.Count > 0 && suppressed)
        {
            suppressed = false;
            await Call(new { type = "REVIVE", framework_id = Value(Id!) }, cancellationToken);
        }
    }

    private void Take(string id, string? agentId, JsonObject status)
    {
        if (!running.TryGetValue(id, out var task))
        {
            return; // ended before; an update may come more than once
        }

        var update = new TaskUpdate(
            task.Task, id, Text(status["state"])!, Text(status["message"]), Text(status["reason"]), agents.GetValueOrDefault(agentId ?? task.AgentId));
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
        waiting.Clear();
        foreach (var (id, task) in running)
        {
            await Call(
                new { type = "KILL", framework_id = Value(Id!), kill = new { task_id = Value(id), agent_id = Value(task.AgentId) } }, cancellationToken);
        }
    }

    private async Task Call(object call, CancellationToken cancellationToken)
    {
        try
        {
            await connection.Call(call, cancellationToken);
        }
        catch (CliException refusal) when (refusal.Message.Contains("tream", StringComparison.Ordinal))
        {
            // The master restarted and has given this framework's stream up; the next one makes it good.
            throw new StaleSubscriptionException(refusal.Message);
        }
    }

    private object Subscription()
    {
        var info = new Dictionary<string, object>
        {
            ["user"] = Environment.UserName,
            ["name"] = name,
            ["roles"] = new[] { "*" },
            ["failover_timeout"] = FailoverSeconds,
            ["capabilities"] = new[] { new { type = "MULTI_ROLE" }, new { type = "PARTITION_AWARE" } },
        };
        if (principal is not null)
        {
            info["principal"] = principal;
        }

        if (Id is null)
        {
            return new { type = "SUBSCRIBE", subscribe = new { framework_info = info } };
        }

        info["id"] = Value(Id);
        return new { type = "SUBSCRIBE", framework_id = Value(Id), subscribe = new { framework_info = info } };
    }

    private static double Sum(JsonObject offer, string resource) => offer["resources"]!.AsArray()
        .Where(one => Text(one!["name"]) == resource)
        .Sum(one => one!["scalar"]!["value"]!.GetValue<double>());

    private static Uri AddressOf(JsonObject offer)
    {
        var address = offer["url"]!["address"]!;
        var host = Text(address["ip"]) ?? Text(address["hostname"]);
        return new Uri($"{Text(offer["url"]!["scheme"]) ?? "http"}://{host}:{address["port"]!.GetValue<int>()}");
    }

    private static object Value(string value) => new { value };

    private static string? Text(JsonNode? node) => node?.GetValue<string>();

    private sealed class StaleSubscriptionException(string message) : Exception(message);
}
