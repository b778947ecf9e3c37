using Bourse.Contracts.Messages;

namespace Bourse.Agent;

/// <summary>The registry wants this agent out: at once, or when its tasks have ended.</summary>
internal static class Stopping
{
    public static Reaction Decide(AgentState state, Stop i)
    {
        var reaction = new Reaction();
        if (!i.EndTasks)
            return reaction.Then(new Leave(i.Reason));
        if (state.Stopping is not null)
            return reaction;
        foreach (var task in state.Tasks.Where(task => task is { Phase: not Phase.Ended, Kill: null }))
            Killing.Decide(reaction, state, new KillTask(0, task.FrameworkId, task.Spec.Id, Grace: null), i);
        // The agent's own executors end with their tasks.
        foreach (var executor in state.Executors.Where(executor => executor is { IsDefault: false, Shutdown: null, Phase: not ExecutorPhase.Ended }))
            Expiring.ShutDown(reaction, state, executor, i.Now);
        return reaction.With(new StoppingNow(i.Reason));
    }

    public static void WhenDue(Reaction reaction, AgentState state)
    {
        if (state.Stopping is { } reason && state.Tasks.All(task => task.Phase == Phase.Ended)
            && state.Executors.All(executor => executor.Phase == ExecutorPhase.Ended))
            reaction.Then(new Leave(reason));
    }
}

/// <summary>The registry wants this agent to stop.</summary>
/// <param name="Reason">Why, for people.</param>
/// <param name="EndTasks">Its tasks are over as well; otherwise the next run goes on with them.</param>
/// <param name="Now">UTC instant.</param>
/// <param name="Seed">Fresh and random.</param>
public sealed record Stop(string Reason, bool EndTasks, DateTimeOffset Now, Guid Seed) : Input(Now, Seed);

/// <summary>The agent is stopping. Forgotten with the process: the registry says it again.</summary>
public sealed record StoppingNow(string Reason) : Change(false);

/// <summary>End the process.</summary>
public sealed record Leave(string Reason) : Effect;
