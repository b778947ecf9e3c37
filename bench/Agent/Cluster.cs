using System.Collections.Concurrent;
using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Contracts.Messages;

namespace Bourse.Bench.Agent;

/// <summary>The rest of a cluster as one agent sees it, at no cost: admits it, sends it commands, acknowledges every update.</summary>
internal sealed class Cluster : IBus
{
    private static readonly FrameworkId Framework = new("bench-0001");

    private readonly Lock gate = new();
    private readonly List<AgentCommand> commands = [];
    private readonly ConcurrentDictionary<TaskId, TaskCompletionSource> running = new();
    private readonly ConcurrentDictionary<TaskId, TaskCompletionSource<TaskState>> ended = new();
    private readonly ConcurrentDictionary<string, bool> acknowledged = new();
    private Func<Delivery, CancellationToken, Task<object?>>? agent;
    private readonly TaskCompletionSource listening = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task deliveries;

    public Cluster() => deliveries = listening.Task;

    public event Action? Reconnected
    {
        add { }
        remove { }
    }

    /// <summary>Gives the agent a task.</summary>
    /// <param name="spec">The task.</param>
    /// <returns>Tells when it runs and when it has ended.</returns>
    public (Task Running, Task<TaskState> Ended) Launch(TaskSpec spec)
    {
        var (runs, ends) = (running.GetOrAdd(spec.Id, _ => New()), ended.GetOrAdd(spec.Id, _ => new(TaskCreationOptions.RunContinuationsAsynchronously)));
        Command(number => new LaunchTask(number, Framework, spec.Id, spec, "bench", ""));
        return (runs.Task, ends.Task);

        static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    public void Kill(TaskId task) => Command(number => new KillTask(number, Framework, task, TimeSpan.Zero));

    public Task Publish(Destination to, object message, Origin origin, CancellationToken cancellationToken)
    {
        switch (message)
        {
            case RegisterAgent m:
                Deliver(new AgentAdmitted(m.Description.Id, m.Boot, 1));
                break;
            case TaskReported { Update: { Uuid: { } uuid } update } m:
                if (update.State == TaskState.Running)
                    running[m.TaskId].TrySetResult();
                else if (update.State.IsTerminal())
                    ended[m.TaskId].TrySetResult(update.State);
                if (acknowledged.TryAdd(uuid, true))
                    Command(number => new ForgetUpdate(number, m.FrameworkId, m.TaskId, uuid));
                break;
            default:
                break;
        }
        return Task.CompletedTask;
    }

    public Task Listen(Queue queue, Func<Delivery, CancellationToken, Task<object?>> handle, CancellationToken cancellationToken)
    {
        agent = handle;
        listening.TrySetResult();
        return Task.CompletedTask;
    }

    public Task<TAnswer> Ask<TAnswer>(Destination to, object question, Origin origin, TimeSpan patience, CancellationToken cancellationToken)
        where TAnswer : class => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void Command(Func<long, AgentCommand> make)
    {
        lock (gate)
        {
            commands.Add(make(commands.Count + 1));
            Deliver(new AgentCommands(AgentBench.Id, 0, [commands[^1]]));
        }
    }

    // One after the other, as a queue does it.
    private void Deliver(object message)
    {
        lock (gate)
            deliveries = deliveries.ContinueWith(
                _ => agent!(new Delivery(message, Guid.NewGuid().ToString("N"), new("bench", "bench"), null), CancellationToken.None), TaskScheduler.Default).Unwrap();
    }
}
