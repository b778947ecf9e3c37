using Bourse.Contracts;
using Bourse.Contracts.Messages;

namespace Bourse.Agent;

/// <summary>Presents the agent to the allocator: what it has done and what it holds.</summary>
internal static class Greeting
{
    public static Reaction Decide(AgentState state, Admit i)
    {
        var reaction = new Reaction();
        // A late answer to an earlier question of this run.
        if (i.Incarnation < state.Incarnation)
            return reaction;
        if (i.Incarnation > state.Incarnation)
            reaction.With(new SelfKept(i.Incarnation, state.LastCommand));
        reaction.With(new AdmittedNow());
        return Everything(reaction, state, i.Incarnation, i.Now);
    }

    public static Reaction Decide(AgentState state, Reconnect i) =>
        state.Admitted ? Everything(new(), state, state.Incarnation, i.Now) : new();

    /// <summary>A hello of an admitted agent.</summary>
    public static Reaction Hello(Reaction reaction, AgentState state, DateTimeOffset now, bool withTasks) =>
        state.Admitted ? Hello(reaction, state, state.Incarnation, now, withTasks) : reaction;

    private static Reaction Everything(Reaction reaction, AgentState state, long incarnation, DateTimeOffset now)
    {
        Hello(reaction, state, incarnation, now, withTasks: true);
        foreach (var task in state.Tasks.Where(task => task.Updates.Count > 0))
        {
            foreach (var update in task.Updates)
                reaction.Then(Reporting.Report(state, incarnation, task, update));
            reaction.With(new TaskNoted(Reporting.FromTheStart(task, state.Limits, now)));
        }
        foreach (var executor in state.Executors.Where(executor => executor.Phase == ExecutorPhase.Ended))
            Expiring.Report(reaction, state, executor, incarnation)
                .With(new ExecutorNoted(executor with { Repeat = new(now + state.Limits.RepeatFirst, state.Limits.RepeatFirst) }));
        return reaction;
    }

    private static Reaction Hello(Reaction reaction, AgentState state, long incarnation, DateTimeOffset now, bool withTasks)
    {
        ValueList<HeldTask>? held = withTasks
            ? state.Tasks.Select(task => new HeldTask(task.FrameworkId, task.Spec.Id, task.State)).ToValueList()
            : null;
        return reaction
            .With(new ToldOf(state.LastCommand, now))
            .Then(new SayHello(new(state.Id, incarnation, state.LastCommand, held, withTasks
                ? state.Executors.Select(executor => new HeldExecutor(executor.FrameworkId, executor.Spec.Id, executor.Run)).ToValueList() : [])));
    }
}
