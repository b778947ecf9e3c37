using Bourse.Contracts;
using Bourse.Contracts.Messages;

namespace Bourse.Agent;

/// <summary>A change of what the agent knows.</summary>
/// <param name="Stored">Whether it must be in the checkpoint before any effect.</param>
public abstract record Change(bool Stored);

/// <summary>A task is as given.</summary>
public sealed record TaskKept(AgentTask Task) : Change(true);

/// <summary>Only what is not in the checkpoint has changed about a task.</summary>
public sealed record TaskNoted(AgentTask Task) : Change(false);

/// <summary>A task is forgotten.</summary>
public sealed record TaskDropped(AgentTask Task) : Change(true);

/// <summary>The agent itself is as given.</summary>
public sealed record SelfKept(long Incarnation, long LastCommand) : Change(true);

/// <summary>A forgotten task left its sandbox.</summary>
public sealed record SandboxLeft(LeftSandbox Sandbox) : Change(true);

/// <summary>A sandbox is no longer kept.</summary>
public sealed record SandboxGone(LeftSandbox Sandbox) : Change(true);

/// <summary>The allocator is being told which commands are done.</summary>
public sealed record ToldOf(long Command, DateTimeOffset At) : Change(false);

/// <summary>The disk is this full.</summary>
public sealed record DiskSeen(double Used) : Change(false);

/// <summary>This run of the process is admitted.</summary>
public sealed record AdmittedNow() : Change(false);

/// <summary>Something to do outside, once the changes before it are in the checkpoint. Doing it twice does no harm.</summary>
public abstract record Effect;

/// <summary>Start a run's supervisor.</summary>
/// <param name="Task">The task.</param>
/// <param name="Secrets">Values for the secrets it names, still sealed.</param>
public sealed record StartProcess(AgentTask Task, ValueList<SealedSecret> Secrets) : Effect;

/// <summary>Stop preparing a run whose supervisor may not have been started yet; what was begun is reported as a failed start.</summary>
public sealed record CancelStart(long Run) : Effect;

/// <summary>Send a signal to every process of a run, its supervisor excepted.</summary>
/// <param name="Supervisor">The run's supervisor.</param>
/// <param name="Kill">KILL instead of TERM.</param>
public sealed record SignalRun(ProcessIdentity Supervisor, bool Kill) : Effect;

/// <summary>Clean up after a task that has ended: its run file, its secret files, whoever follows its output.</summary>
public sealed record CloseRun(AgentTask Task) : Effect;

/// <summary>Delete a sandbox.</summary>
public sealed record DeleteSandbox(LeftSandbox Sandbox) : Effect;

/// <summary>Ask the secrets service.</summary>
public sealed record AskSecrets(ResolveSecrets Question, string Correlation) : Effect;

/// <summary>Send an update to the allocator.</summary>
public sealed record SendReport(TaskReported Report, string Correlation) : Effect;

/// <summary>Say hello to the allocator.</summary>
public sealed record SayHello(AgentHello Hello) : Effect;

/// <summary>What follows from an input: changes and, after them, effects.</summary>
public sealed class Reaction
{
    private readonly List<Change> changes = [];
    private readonly List<Effect> effects = [];

    /// <summary>In the order in which they are to be applied.</summary>
    public IReadOnlyList<Change> Changes => changes;

    /// <summary>In the order in which they are to be begun.</summary>
    public IReadOnlyList<Effect> Effects => effects;

    internal Reaction With(Change change)
    {
        changes.Add(change);
        return this;
    }

    /// <summary>Takes over what else follows.</summary>
    internal Reaction Add(Reaction other)
    {
        changes.AddRange(other.changes);
        effects.AddRange(other.effects);
        return this;
    }

    /// <summary>A task as it is after the changes so far; null when there is none.</summary>
    internal AgentTask? Latest(AgentState state, TaskKey key)
    {
        for (var n = changes.Count - 1; n >= 0; n--)
        {
            switch (changes[n])
            {
                case TaskKept(var task) when task.Key == key: return task;
                case TaskNoted(var task) when task.Key == key: return task;
                case TaskDropped(var task) when task.Key == key: return null;
            }
        }
        return state.Find(key);
    }

    /// <summary>The tasks of an executor as they are after the changes so far.</summary>
    internal IEnumerable<AgentTask> TasksOf(AgentState state, ExecutorKey executor) =>
        state.TasksOf(executor).Concat(changes.OfType<TaskKept>().Select(kept => kept.Task).Where(task => task.ExecutorKey == executor))
            .Select(task => task.Key).Distinct().ToList().Select(key => Latest(state, key)).OfType<AgentTask>();

    internal Reaction Then(Effect effect)
    {
        effects.Add(effect);
        return this;
    }
}
