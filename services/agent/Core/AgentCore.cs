using System.Diagnostics;

namespace Bourse.Agent;

/// <summary>The agent's rules: what follows from an input. Reads the state, never changes it.</summary>
public static class AgentCore
{
    public static Reaction Decide(AgentState state, Input input) => input switch
    {
        Begin i => Recovering.Decide(state, i),
        SeeNeverStarted i when state.ExecutorOf(i.Run) is { } executor => Beginning.NeverStarted(state, executor, i),
        SeeNeverStarted i => Recovering.Decide(state, i),

        Admit i => Greeting.Decide(state, i),
        Reconnect i => Greeting.Decide(state, i),

        Do i => Commanding.Decide(state, i),
        HearSecrets i when Entrusting.Asker(state, i) is { } executor => Entrusting.Decide(state, executor, i),
        HearSecrets i => Asking.Decide(state, i),

        SeeStarted i when state.ExecutorOf(i.Run) is { } executor => Beginning.Started(state, executor, i),
        SeeStartFailed i when state.ExecutorOf(i.Run) is { } executor => Expiring.NotStarted(state, executor, i),
        SeeExited i when state.ExecutorOf(i.Run) is { } executor => Expiring.Exited(state, executor, i),
        SeeVanished i when state.ExecutorOf(i.Run) is { } executor => Expiring.Vanished(state, executor, i),
        SeeStarted i => Running.Decide(state, i),
        SeeStartFailed i => Running.Decide(state, i),
        SeeExited i => Running.Decide(state, i),
        SeeVanished i => Running.Decide(state, i),
        SeeLimitExceeded i => Running.Decide(state, i),

        Stop i => Stopping.Decide(state, i),
        SeeDisk i => new Reaction().With(new DiskSeen(i.Used)),
        SeeLook i => Checking.Decide(state, i),

        Attach i => Attaching.Decide(state, i),
        Detach i => Attaching.Decide(state, i),
        HearUpdate i => Attaching.Decide(state, i),
        HearMessage i => Attaching.Decide(state, i),
        PassMessage i => Attaching.Decide(state, i),

        Tick i => Ticking.Decide(state, i),
        _ => throw new UnreachableException($"{input}"),
    };
}
