using Bourse.Contracts;

namespace Bourse.Agent;

/// <summary>What an executor says over its API, and what it is told when it comes.</summary>
internal static class Attaching
{
    public static Reaction Decide(AgentState state, Attach i)
    {
        var reaction = new Reaction();
        if (state.Find(i.Key) is not { IsDefault: false, Phase: not ExecutorPhase.Ended } executor || executor.Shutdown is not null || executor.Reason is not null)
            return reaction.Then(new TellExecutor(i.Connection, new ExecutorEvent.Shutdown())).Then(new CutExecutor(i.Connection));

        // The newest connection is the one that counts.
        if (executor.Connection is { } older)
            reaction.Then(new CutExecutor(older));
        var returns = executor.Subscribed;
        executor = executor with { Connection = i.Connection, SubscribeBy = null, Subscribed = true };
        reaction.With(new ExecutorKept(executor)).Then(new TellExecutor(i.Connection, new ExecutorEvent.Subscribed(executor)));

        foreach (var (task, update) in i.Updates)
            Take(reaction, state, executor, task, update, i);
        if (returns)
        {
            Compare(reaction, state, executor, i);
            // Whatever was decided about its tasks before the agent went may not have been done.
            Sizing.Follow(reaction, state, executor);
        }
        Handing.Give(reaction, state, executor, Handing.Queued(state, executor));
        return reaction;
    }

    public static Reaction Decide(AgentState state, Detach i) =>
        state.Find(i.Key) is { } executor && executor.Connection == i.Connection
            ? new Reaction().With(new ExecutorNoted(executor with { Connection = null }))
            : new();

    public static Reaction Decide(AgentState state, HearUpdate i)
    {
        var reaction = new Reaction();
        if (state.Find(i.Key) is { Phase: not ExecutorPhase.Ended } executor)
            Take(reaction, state, executor, i.TaskId, i.Update, i);
        return reaction;
    }

    public static Reaction Decide(AgentState state, HearMessage i) =>
        state.Admitted && state.Find(i.Key) is { Phase: not ExecutorPhase.Ended }
            ? new Reaction().Then(new SendToFramework(new(state.Id, i.Key.FrameworkId, i.Key.ExecutorId, i.Data)))
            : new();

    public static Reaction Decide(AgentState state, PassMessage i) =>
        state.Find(i.Key) is { Connection: { } connection }
            ? new Reaction().Then(new TellExecutor(connection, new ExecutorEvent.Message(i.Data)))
            : new();

    /// <summary>Takes an update over. What is refused for its state is acknowledged as well: repeating it would not make it better.</summary>
    private static void Take(Reaction reaction, AgentState state, AgentExecutor executor, TaskId id, TaskUpdate update, Input i)
    {
        // An update earlier in the same SUBSCRIBE may have changed it already.
        var task = reaction.Latest(state, new(executor.FrameworkId, id));
        if (task is { Phase: Phase.WithExecutor } && task.Spec.Executor == executor.Spec.Id && !task.Heard.Contains(update.Uuid!))
        {
            task = task with { Heard = [.. task.Heard, update.Uuid!] };
            if (update.State.IsTerminal())
            {
                task = task with { Phase = Phase.Ended };
                reaction.Then(new CloseRun(task));
            }
            // The executor knows of no container; its tasks are in that of its process.
            reaction.With(new TaskKept(Reporting.Add(reaction, state, task, update with { Container = update.Container ?? executor.Within }, i.Now)));
            if (task.Phase == Phase.Ended)
                Sizing.Follow(reaction, state, executor);
        }
        if (executor.Connection is { } connection)
            reaction.Then(new TellExecutor(connection, new ExecutorEvent.Acknowledged(id, update.Uuid!)));
    }

    /// <summary>What it was given and does not speak of never arrived; what was to be killed meanwhile is told again.</summary>
    private static void Compare(Reaction reaction, AgentState state, AgentExecutor executor, Attach i)
    {
        foreach (var task in state.TasksOf(executor.Key).Where(task => task.Phase == Phase.WithExecutor).ToList())
        {
            if (reaction.Latest(state, task.Key) is not { Phase: Phase.WithExecutor } latest)
                continue;
            if (latest.State == TaskState.Staging && !i.Tasks.Contains(task.Spec.Id))
                Running.End(reaction, state, latest, i, TaskState.Dropped, Sources.Agent,
                    "The executor came back without the task", "REASON_SLAVE_RESTARTED");
            else if (latest.Kill is { } kill)
                reaction.Then(new TellExecutor(i.Connection, new ExecutorEvent.Kill(task.Spec.Id, kill.Grace)));
        }
    }
}
