using System.Collections.Concurrent;
using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Contracts.Messages;

namespace Bourse.Agent.Tests.Host;

/// <summary>
/// The rest of the cluster as one agent sees it: admits it, numbers commands, takes reports, and acknowledges them when told to.
/// </summary>
internal sealed class FakeBus : IBus
{
    private readonly Lock gate = new();
    private readonly List<AgentCommand> commands = [];
    private readonly List<TaskReported> reports = [];
    private readonly SemaphoreSlim changed = new(0);
    private readonly SemaphoreSlim oneByOne = new(1, 1);
    private Func<Delivery, CancellationToken, Task<object?>>? agent;
    private long incarnation;
    private string? boot;

    public event Action? Reconnected;

    /// <summary>Whether every update is acknowledged at once, as a busy framework does.</summary>
    public bool Acknowledges { get; set; }

    /// <summary>How long it waits for a report.</summary>
    public TimeSpan Waits { get; init; } = Patience.Of(20);

    /// <summary>How the secrets service answers.</summary>
    public Func<ResolveSecrets, SecretsAnswered>? Secrets { get; set; }

    public AgentDescription? Agent { get; private set; }

    public long LastConfirmed { get; private set; }

    public ConcurrentQueue<AgentHello> Hellos { get; } = new();

    /// <summary>Whatever else the agent says.</summary>
    public ConcurrentQueue<object> Others { get; } = new();

    /// <summary>Updates in the order of arrival, repeats left out.</summary>
    public List<TaskReported> Reports
    {
        get
        {
            lock (gate)
                return [.. reports];
        }
    }

    public async Task Publish(Destination to, object message, Origin origin, CancellationToken cancellationToken)
    {
        switch (message)
        {
            case RegisterAgent m:
                to.ShouldBe(Destination.Report(m.Description.Id, "register"));
                lock (gate)
                {
                    Agent = m.Description;
                    if (boot != m.Boot)
                        (boot, incarnation) = (m.Boot, incarnation + 1);
                }
                Deliver(new AgentAdmitted(m.Description.Id, m.Boot, incarnation));
                break;
            case TaskReported m:
                Take(m);
                break;
            case AgentHello m:
                Hellos.Enqueue(m);
                lock (gate)
                    LastConfirmed = Math.Max(LastConfirmed, m.LastCommand);
                SendOpen();
                break;
            case ResolveSecrets m when Secrets is not null:
                Deliver(Secrets(m));
                break;
            default:
                Others.Enqueue(message);
                break;
        }
        await Task.Yield();
    }

    public Task Listen(Queue queue, Func<Delivery, CancellationToken, Task<object?>> handle, CancellationToken cancellationToken)
    {
        agent = handle;
        return Task.CompletedTask;
    }

    public Task<TAnswer> Ask<TAnswer>(Destination to, object question, Origin origin, TimeSpan patience, CancellationToken cancellationToken)
        where TAnswer : class => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Gives the agent a message that is not numbered.</summary>
    public void Say(object message) => Deliver(message);

    public void Reconnect() => Reconnected?.Invoke();

    /// <summary>Gives the agent a command, whether it listens or not.</summary>
    public void Command(Func<long, AgentCommand> make)
    {
        lock (gate)
            commands.Add(make(commands.Count + 1));
        SendOpen();
    }

    /// <summary>Gives the agent several commands in one message.</summary>
    public void Commands(IEnumerable<Func<long, AgentCommand>> makers)
    {
        lock (gate)
        {
            foreach (var make in makers)
                commands.Add(make(commands.Count + 1));
        }
        SendOpen();
    }

    /// <summary>Awaits an update of a task.</summary>
    public async Task<TaskReported> Report(TaskId task, TaskState state)
    {
        using var patience = new CancellationTokenSource(Waits);
        while (true)
        {
            // Looked at once: an end that is reported between two looks would be taken for another than the one awaited.
            var reports = Reports.FindAll(report => report.TaskId == task);
            if (reports.Find(report => report.Update.State == state) is { } found)
                return found;
            if (reports.Find(report => report.Update.State.IsTerminal()) is { } other)
                throw new ShouldAssertException($"{task} became {other.Update}");
            try
            {
                await changed.WaitAsync(TimeSpan.FromMilliseconds(200), patience.Token);
            }
            catch (OperationCanceledException)
            {
                throw new ShouldAssertException($"{task} never became {state}; reported: {string.Join("\n", Reports)}");
            }
        }
    }

    public Task<TaskReported> End(TaskId task) => Any(task, report => report.Update.State.IsTerminal());

    private async Task<TaskReported> Any(TaskId task, Func<TaskReported, bool> condition)
    {
        using var patience = new CancellationTokenSource(Waits);
        while (true)
        {
            if (Reports.Find(report => report.TaskId == task && condition(report)) is { } found)
                return found;
            await changed.WaitAsync(TimeSpan.FromMilliseconds(200), patience.Token);
        }
    }

    private void Take(TaskReported report)
    {
        lock (gate)
        {
            LastConfirmed = Math.Max(LastConfirmed, report.LastCommand);
            if (reports.Exists(known => known.Update.Uuid == report.Update.Uuid))
                return;
            reports.Add(report);
        }
        changed.Release();
        if (Acknowledges)
            Command(number => new ForgetUpdate(number, report.FrameworkId, report.TaskId, report.Update.Uuid!));
    }

    // As the allocator: everything not yet confirmed, again and again. The agent drops what it has done.
    private void SendOpen()
    {
        AgentCommands message;
        lock (gate)
        {
            if (Agent is null)
                return;
            message = new(Agent.Id, LastConfirmed, commands.Where(command => command.Number > LastConfirmed).ToValueList());
        }
        if (message.Commands.Count > 0)
            Deliver(message);
    }

    private void Deliver(object message) => _ = Task.Run(async () =>
    {
        if (agent is not { } handle)
            return;
        await oneByOne.WaitAsync();
        try
        {
            await handle(new Delivery(message, "m", new Origin("test", "trace"), "test"), CancellationToken.None);
        }
        catch (OperationCanceledException)
        {
            // The agent stopped; the message would be delivered again, and hello does as much.
        }
        finally
        {
            oneByOne.Release();
        }
    });
}
