using Bourse.Contracts;
using Bourse.Contracts.Messages;

namespace Bourse.Agent;

/// <summary>How an executor comes to life.</summary>
internal static class Beginning
{
    public static Reaction Decide(Reaction reaction, AgentState state, LaunchExecutor c, Do i)
    {
        var key = new ExecutorKey(c.FrameworkId, c.Spec.Id);
        if (state.Find(key) is { Phase: not ExecutorPhase.Ended })
            return reaction;
        if (state.Find(key) is { } over)
            reaction.With(new ExecutorDropped(over));
        // The new run gets a new sandbox under the same name, which nobody may collect on account of the old one.
        if (state.LeftBy(key.SandboxKey) is { } left)
            reaction.With(new SandboxGone(left));

        var executor = new AgentExecutor(c.FrameworkId, c.Spec, c.Framework, c.Number, i.Seed.ToString(), i.Correlation,
            c.Spec.Kind == ExecutorKind.Default ? ExecutorPhase.Running : ExecutorPhase.Starting);
        if (executor.IsDefault)
            return reaction.With(new ExecutorKept(executor)).Then(new StartExecutor(executor));
        return Entrusting.Begin(reaction, state, executor, i);
    }

    /// <summary>Its process was seen alive.</summary>
    public static Reaction Started(AgentState state, AgentExecutor executor, SeeStarted i)
    {
        if (executor.Phase == ExecutorPhase.Ended || (executor.Phase == ExecutorPhase.Running && executor.Supervisor == i.Supervisor))
            return new();
        executor = executor with { Phase = ExecutorPhase.Running, Supervisor = i.Supervisor, Question = null, Within = i.Container ?? executor.Within };
        var reaction = new Reaction();
        // Asked to end, or given up, before there was a process that could be told.
        if (executor.Shutdown is not null || executor.Reason is not null)
            reaction.Then(new SignalRun(i.Supervisor, Kill: true));
        return reaction.With(new ExecutorKept(executor));
    }

    /// <summary>No supervisor of it ever lived.</summary>
    public static Reaction NeverStarted(AgentState state, AgentExecutor executor, SeeNeverStarted i) => executor switch
    {
        { Phase: ExecutorPhase.Starting, Shutdown: null, Reason: null } => Entrusting.Begin(new(), state, executor, i),
        { Phase: ExecutorPhase.Ended } => new(),
        _ => Expiring.End(state, executor, new(null, "The executor ended before its process was started"), null, i),
    };

    /// <summary>After a restart: who had subscribed has a while to do so again.</summary>
    public static void Recover(Reaction reaction, AgentState state, Begin i)
    {
        foreach (var executor in state.Executors)
        {
            if (executor.Phase == ExecutorPhase.Ended)
                reaction.Then(new CloseExecutor(executor));
            else if (executor is { IsDefault: false, Subscribed: true })
                reaction.With(new ExecutorKept(executor with { SubscribeBy = i.Now + state.Limits.ExecutorReregistration }));
        }
    }
}
