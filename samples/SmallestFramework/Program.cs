// A whole framework: runs a shell command as five tasks, over lost connections and agents, and ends when the last one has.
// dotnet run --project samples/SmallestFramework -- http://127.0.0.1:5050 'echo hello' [TOKEN]
using Bourse.Client;
using Bourse.MesosV1;
using static Bourse.MesosV1.Scheduler.Event.Types.Type;

var options = new ConnectionOptions { Credential = args is [_, _, var token] ? ClientCredential.Bearer(token) : null };
var info = new FrameworkInfo { User = System.Environment.UserName, Name = "smallest", FailoverTimeout = 60 };
using var scheduler = new SchedulerClient(new Uri(args[0]), info, options);

var waiting = new Queue<string>(Enumerable.Range(1, 5).Select(number => $"task-{number}"));
var running = new Dictionary<string, AgentID>();
await foreach (var e in scheduler.Events())
{
    if (e.Type == Subscribed && running.Count > 0) // again: the cluster knows what became of our tasks
        await scheduler.Reconcile(running.Select(one => (new TaskID { Value = one.Key }, (AgentID?)one.Value)));

    foreach (var offer in e.Type == Offers ? e.Offers.Offers_ : [])
    {
        var tasks = new List<TaskInfo>();
        for (var cpus = offer.Sum("cpus"); cpus >= 0.1 && waiting.TryDequeue(out var id); cpus -= 0.1)
            tasks.Add(Make.Task(id, offer, Make.Shell(args[1]), Make.Scalar("cpus", 0.1), Make.Scalar("mem", 32)));
        tasks.ForEach(task => running[task.TaskId.Value] = task.AgentId);
        await scheduler.Launch(offer, tasks, refuse: TimeSpan.FromSeconds(1)); // without tasks it declines
    }

    if (e.Type == Update && running.ContainsKey(e.Update.Status.TaskId.Value))
    {
        Console.WriteLine($"{e.Update.Status.TaskId.Value} {e.Update.Status.State.Name()} {e.Update.Status.Message}");
        if (e.Update.Status.State.IsTerminal() && running.Remove(e.Update.Status.TaskId.Value, out _) && e.Update.Status.State == TaskState.TaskLost)
            waiting.Enqueue($"{e.Update.Status.TaskId.Value}-again");
        if (waiting.Count + running.Count == 0)
            await scheduler.Teardown();
    }
}
