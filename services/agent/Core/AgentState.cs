using System.Text.Json.Serialization;
using Bourse.Contracts;

namespace Bourse.Agent;

/// <summary>A task, told apart from those of other frameworks.</summary>
public readonly record struct TaskKey(FrameworkId FrameworkId, TaskId TaskId) : IComparable<TaskKey>
{
    /// <summary>Ordinal, so that iteration never depends on hashing.</summary>
    public int CompareTo(TaskKey other) =>
        FrameworkId.CompareTo(other.FrameworkId) is var byFramework and not 0 ? byFramework : TaskId.CompareTo(other.TaskId);

    public override string ToString() => $"{FrameworkId}/{TaskId}";
}

/// <summary>A process of this machine for as long as it lives: the start time guards against reuse of the pid.</summary>
/// <param name="Pid">The process id.</param>
/// <param name="StartTime">Field 22 of <c>/proc/PID/stat</c>: clock ticks since the machine started.</param>
public sealed record ProcessIdentity(int Pid, long StartTime);

/// <summary>How far the agent has come with a task.</summary>
public enum Phase
{
    /// <summary>The values of its secrets are asked for.</summary>
    AwaitingSecrets,
    /// <summary>Its supervisor is to be started, or was and has not been seen yet.</summary>
    Starting,
    /// <summary>Its supervisor was seen.</summary>
    Running,
    /// <summary>It has ended; only unacknowledged updates are left of it.</summary>
    Ended,
    /// <summary>It waits for its executor.</summary>
    Queued,
    /// <summary>Its executor was given it.</summary>
    WithExecutor,
}

/// <summary>A task was asked to end.</summary>
/// <param name="Grace">Time between TERM and KILL.</param>
/// <param name="Deadline">UTC instant of the (next) KILL; null while there is no process to send TERM to.</param>
public sealed record KillRequest(TimeSpan Grace, DateTimeOffset? Deadline);

/// <summary>When to do something again, and how long to wait after that.</summary>
public sealed record Again(DateTimeOffset At, TimeSpan Delay);

/// <summary>A question to the secrets service that is not answered yet.</summary>
/// <param name="Request">The id its answer will bear.</param>
/// <param name="Again">When to ask again.</param>
public sealed record Question(string Request, Again Again);

/// <summary>A task the agent holds: from the launch command until its last update is acknowledged.</summary>
/// <param name="FrameworkId">The owning framework.</param>
/// <param name="Spec">What to run.</param>
/// <param name="Principal">On whose behalf secrets are resolved.</param>
/// <param name="User">The framework's user, when the task names none.</param>
/// <param name="Run">Number of the launch command: never used again, hence the name of the run.</param>
/// <param name="Correlation">The outside request behind it; travels with every report.</param>
/// <param name="Phase">How far the agent has come.</param>
/// <param name="State">Its latest state; can be ahead of what is acknowledged.</param>
/// <param name="Supervisor">Its supervisor, once seen.</param>
/// <param name="Kill">Set when it was asked to end.</param>
/// <param name="Updates">Unacknowledged updates, oldest first.</param>
/// <param name="Heard">Uuids of all updates its executor gave, so that a repeat is recognised.</param>
/// <param name="SharesSandbox">It has no sandbox of its own but its executor's.</param>
/// <param name="StartedAt">UTC instant at which its process was first seen.</param>
/// <param name="Health">The check that decides over its life.</param>
/// <param name="Check">The check that is only reported.</param>
/// <param name="Overran">It ran longer than it may.</param>
/// <param name="Container">Its container, once started and when it has one.</param>
/// <param name="Limitation">The limit for which it is being ended.</param>
public sealed record AgentTask(
    FrameworkId FrameworkId,
    TaskSpec Spec,
    string Principal,
    string User,
    long Run,
    string Correlation,
    Phase Phase,
    TaskState State,
    ProcessIdentity? Supervisor = null,
    KillRequest? Kill = null,
    ValueList<TaskUpdate> Updates = default,
    ValueList<string> Heard = default,
    bool SharesSandbox = false,
    DateTimeOffset? StartedAt = null,
    Watching? Health = null,
    Watching? Check = null,
    bool Overran = false,
    ContainerState? Container = null,
    Limitation? Limitation = null)
{
    /// <summary>The task.</summary>
    [JsonIgnore]
    public TaskKey Key => new(FrameworkId, Spec.Id);

    /// <summary>The executor it names, if any.</summary>
    [JsonIgnore]
    public ExecutorKey? ExecutorKey => Spec.Executor is { } id ? new(FrameworkId, id) : null;

    /// <summary>When its oldest update is sent again. Forgotten with the process: everything is sent at every admission.</summary>
    [JsonIgnore]
    public Again? Repeat { get; init; }

    /// <summary>What the secrets service was asked. Forgotten with the process: it is asked again.</summary>
    [JsonIgnore]
    public Question? Question { get; init; }
}

/// <summary>The directory of a task that is over and forgotten, kept until it is too old or there are too many.</summary>
/// <param name="FrameworkId">The framework.</param>
/// <param name="TaskId">The task.</param>
/// <param name="Run">The run that left it.</param>
/// <param name="Principal">Who may read it.</param>
/// <param name="At">UTC instant from which it is kept.</param>
/// <param name="Executor">The default executor in whose sandbox it lies, if it does.</param>
public sealed record LeftSandbox(
    FrameworkId FrameworkId, TaskId TaskId, long Run, string Principal, DateTimeOffset At, ExecutorId? Executor = null)
{
    /// <summary>The task.</summary>
    [JsonIgnore]
    public TaskKey Key => new(FrameworkId, TaskId);
}

/// <summary>Times and numbers that an operator may choose.</summary>
public sealed record AgentLimits
{
    /// <summary>First wait before an update is sent again; doubles (Mesos: 10 s).</summary>
    public TimeSpan RepeatFirst { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest wait before an update is sent again (Mesos: 10 min).</summary>
    public TimeSpan RepeatMost { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>First wait after "try later" of the secrets service; doubles.</summary>
    public TimeSpan AskFirst { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>Longest wait after "try later", and the wait for an answer.</summary>
    public TimeSpan AskMost { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Commands done are confirmed within this time, by a hello when no report does it.</summary>
    public TimeSpan ConfirmWithin { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>A quiet agent says hello this often.</summary>
    public TimeSpan HelloEvery { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>KILL is sent again this often until the task has ended: a process that forked meanwhile may have escaped.</summary>
    public TimeSpan KillEvery { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>An executor must have subscribed within this time from its launch (Mesos: 1 min).</summary>
    public TimeSpan ExecutorRegistration { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>After a restart of the agent, executors must have subscribed again within this time (Mesos: 2 s, at most 15 s).</summary>
    public TimeSpan ExecutorReregistration { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>Time between SHUTDOWN and KILL of an executor that names no other (Mesos: 5 s).</summary>
    public TimeSpan ExecutorShutdown { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>So many sandboxes of forgotten tasks are kept.</summary>
    public int SandboxesKept { get; init; } = 10_000;

    /// <summary>For so long sandboxes of forgotten tasks are kept on an empty disk.</summary>
    public TimeSpan SandboxAge { get; init; } = TimeSpan.FromDays(7);

    /// <summary>This part of the disk is to stay free (Mesos: 0.1).</summary>
    public double DiskHeadroom { get; init; } = 0.1;
}

/// <summary>Everything the agent knows; owned by its loop, changed by <see cref="Apply"/> only.</summary>
public sealed class AgentState(AgentId id, AgentLimits limits)
{
    private readonly SortedDictionary<TaskKey, AgentTask> tasks = [];
    private readonly SortedDictionary<long, LeftSandbox> sandboxes = [];
    private readonly Dictionary<long, TaskKey> runs = [];
    private readonly SortedDictionary<ExecutorKey, AgentExecutor> executors = [];
    private readonly Dictionary<long, ExecutorKey> executorRuns = [];
    private readonly Dictionary<TaskKey, long> leftBy = [];

    public AgentId Id { get; } = id;

    public AgentLimits Limits { get; } = limits;

    /// <summary>The latest incarnation it was given; 0 before the first.</summary>
    public long Incarnation { get; private set; }

    /// <summary>The highest command done.</summary>
    public long LastCommand { get; private set; }

    /// <summary>Whether this run of the process was admitted; nothing is reported before.</summary>
    public bool Admitted { get; private set; }

    /// <summary>The highest command whose being done was told, and when the agent last spoke up unasked.</summary>
    public (long Command, DateTimeOffset At) Told { get; private set; }

    /// <summary>The dynamic reservations and volumes of this machine, as the allocator said last.</summary>
    public Resources Kept { get; private set; } = Resources.None;

    /// <summary>Why this agent is to stop; null while it is not.</summary>
    public string? Stopping { get; private set; }

    /// <summary>How full the disk under the sandboxes is, from 0 to 1; null before it was looked at.</summary>
    public double? DiskUsed { get; private set; }

    /// <summary>The tasks it holds, in a fixed order.</summary>
    public IReadOnlyCollection<AgentTask> Tasks => tasks.Values;

    /// <summary>Sandboxes of forgotten tasks, oldest run first.</summary>
    public IReadOnlyCollection<LeftSandbox> Sandboxes => sandboxes.Values;

    /// <summary>The executors it holds, in a fixed order.</summary>
    public IReadOnlyCollection<AgentExecutor> Executors => executors.Values;

    public AgentExecutor? Find(ExecutorKey key) => executors.GetValueOrDefault(key);

    /// <summary>The executor of a run, unless it is forgotten.</summary>
    public AgentExecutor? ExecutorOf(long run) => executorRuns.TryGetValue(run, out var key) ? executors[key] : null;

    /// <summary>The tasks of an executor.</summary>
    public IEnumerable<AgentTask> TasksOf(ExecutorKey key) => tasks.Values.Where(task => task.ExecutorKey == key);

    public AgentTask? Find(TaskKey key) => tasks.GetValueOrDefault(key);

    /// <summary>The task of a run, unless it is forgotten or belongs to a newer run.</summary>
    public AgentTask? Find(long run) => runs.TryGetValue(run, out var key) ? tasks[key] : null;

    /// <summary>What an earlier task of the same name left behind.</summary>
    public LeftSandbox? LeftBy(TaskKey key) => leftBy.TryGetValue(key, out var run) ? sandboxes[run] : null;

    public void Apply(Change change)
    {
        switch (change)
        {
            case TaskKept(var task):
                Set(task);
                break;
            case TaskNoted(var task):
                Set(task);
                break;
            case TaskDropped(var task):
                tasks.Remove(task.Key);
                runs.Remove(task.Run);
                break;
            case SelfKept self:
                (Incarnation, LastCommand) = (self.Incarnation, self.LastCommand);
                break;
            case ResourcesKept(var kept):
                Kept = kept;
                break;
            case StoppingNow(var reason):
                Stopping = reason;
                break;
            case SandboxLeft(var sandbox):
                sandboxes[sandbox.Run] = sandbox;
                leftBy[sandbox.Key] = sandbox.Run;
                break;
            case SandboxGone(var sandbox):
                sandboxes.Remove(sandbox.Run);
                leftBy.Remove(sandbox.Key);
                break;
            case ExecutorKept(var executor):
                Set(executor);
                break;
            case ExecutorNoted(var executor):
                Set(executor);
                break;
            case ExecutorDropped(var executor):
                executors.Remove(executor.Key);
                executorRuns.Remove(executor.Run);
                break;
            case ToldOf told:
                Told = (told.Command, told.At);
                break;
            case DiskSeen(var used):
                DiskUsed = used;
                break;
            case AdmittedNow:
                Admitted = true;
                break;
            default:
                throw new ArgumentException($"unknown change {change}", nameof(change));
        }
    }

    private void Set(AgentExecutor executor)
    {
        if (executors.TryGetValue(executor.Key, out var before) && before.Run != executor.Run)
            executorRuns.Remove(before.Run);
        executors[executor.Key] = executor;
        executorRuns[executor.Run] = executor.Key;
    }

    private void Set(AgentTask task)
    {
        if (tasks.TryGetValue(task.Key, out var before) && before.Run != task.Run)
            runs.Remove(before.Run);
        tasks[task.Key] = task;
        runs[task.Run] = task.Key;
    }
}
