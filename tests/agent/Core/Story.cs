using System.Text.Json;
using Bourse.Contracts;
using Bourse.Contracts.Messages;

namespace Bourse.Agent.Tests.Core;

/// <summary>An agent's life told as inputs. Beside the live state it keeps the stored one, from which a crash goes on.</summary>
internal sealed class Story
{
    private readonly AgentLimits limits;
    private readonly Dictionary<long, string> storedTasks = [];
    private readonly Dictionary<long, LeftSandbox> storedSandboxes = [];
    private readonly Dictionary<long, string> storedExecutors = [];
    private SelfKept storedSelf = new(0, 0);
    private string storedKept = "[]";
    private int seed;

    public Story(AgentLimits? limits = null)
    {
        this.limits = limits ?? new();
        State = new(Example.A1, this.limits);
    }

    public AgentState State { get; private set; }

    public DateTimeOffset Now { get; private set; } = Example.Noon;

    /// <summary>What the latest input led to.</summary>
    public IReadOnlyList<Effect> Effects { get; private set; } = [];

    /// <summary>Every update ever made known, each once, by task.</summary>
    public List<(TaskId Task, TaskUpdate Update)> Told { get; } = [];

    public static Story Admitted(AgentLimits? limits = null) => new Story(limits).When((now, seed) => new Admit(1, now, seed));

    public Story When(Func<DateTimeOffset, Guid, Input> input)
    {
        var reaction = AgentCore.Decide(State, input(Now, new Guid(++seed, 2, 3, [0, 0, 0, 0, 0, 0, 0, 0])));
        foreach (var change in reaction.Changes)
        {
            State.Apply(change);
            if (change.Stored)
                Store(change);
        }
        Effects = reaction.Effects;
        foreach (var report in Reports.Where(report => Told.All(told => told.Update.Uuid != report.Update.Uuid)))
            Told.Add((report.TaskId, report.Update));
        return this;
    }

    public Story Do(AgentCommand command, long confirmed = 0) => When((now, seed) => new Do(command, confirmed, "trace", now, seed));

    public Story Started(long run = 1) => When((now, seed) => new SeeStarted(run, Example.Supervisor, now, seed));

    public Story Exited(ExitStatus status, long run = 1) => When((now, seed) => new SeeExited(run, status, now, seed));

    public Story After(double seconds)
    {
        Now += TimeSpan.FromSeconds(seconds);
        return When((now, seed) => new Tick(now, seed));
    }

    public Story Answered(SecretsAnswered answer) => When((now, seed) => new HearSecrets(answer, now, seed));

    /// <summary>The process dies; the next one knows what was stored.</summary>
    public Story Crash()
    {
        State = new(Example.A1, limits);
        State.Apply(storedSelf);
        State.Apply(new ResourcesKept(JsonSerializer.Deserialize<Resources>(storedKept, Json.Options)!));
        foreach (var record in storedExecutors.Values)
            State.Apply(new ExecutorKept(JsonSerializer.Deserialize<AgentExecutor>(record, Json.Options)!));
        foreach (var record in storedTasks.Values)
            State.Apply(new TaskKept(JsonSerializer.Deserialize<AgentTask>(record, Json.Options)!));
        foreach (var sandbox in storedSandboxes.Values)
            State.Apply(new SandboxLeft(sandbox));
        return When((now, seed) => new Begin(now, seed));
    }

    public IEnumerable<TaskReported> Reports => Effects.OfType<SendReport>().Select(effect => effect.Report);

    public IEnumerable<TaskState> ReportedStates => Reports.Select(report => report.Update.State);

    public TaskUpdate OnlyReport => Reports.ShouldHaveSingleItem().Update;

    public T Only<T>() where T : Effect => Effects.OfType<T>().ShouldHaveSingleItem();

    public AgentTask Task(TaskId? id = null) => State.Find(new TaskKey(Example.Web, id ?? Example.T1)).ShouldNotBeNull();

    private void Store(Change change)
    {
        switch (change)
        {
            case SelfKept kept:
                storedSelf = kept;
                break;
            case TaskKept(var task):
                storedTasks[task.Run] = JsonSerializer.Serialize(task, Json.Options);
                break;
            case ExecutorKept(var executor):
                storedExecutors[executor.Run] = JsonSerializer.Serialize(executor, Json.Options);
                break;
            case ExecutorDropped(var executor):
                storedExecutors.Remove(executor.Run);
                break;
            case TaskDropped(var task):
                storedTasks.Remove(task.Run);
                break;
            case ResourcesKept(var kept):
                storedKept = JsonSerializer.Serialize(kept, Json.Options);
                break;
            case SandboxLeft(var sandbox):
                storedSandboxes[sandbox.Run] = sandbox;
                break;
            case SandboxGone(var sandbox):
                storedSandboxes.Remove(sandbox.Run);
                break;
            default:
                throw new ArgumentException($"{change} is stored nowhere", nameof(change));
        }
    }
}
