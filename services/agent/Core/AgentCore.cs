using System.Diagnostics;

namespace Bourse.Agent;

/// <summary>The agent's rules: what follows from an input. Reads the state, never changes it.</summary>
public static class AgentCore
{
    public static Reaction Decide(AgentState state, Input input) => input switch
    {
        Begin i => Recovering.Decide(state, i),
        SeeNeverStarted i => Recovering.Decide(state, i),

        Admit i => Greeting.Decide(state, i),
        Reconnect i => Greeting.Decide(state, i),

        Do i => Commanding.Decide(state, i),
        HearSecrets i => Asking.Decide(state, i),

        SeeStarted i => Running.Decide(state, i),
        SeeStartFailed i => Running.Decide(state, i),
        SeeExited i => Running.Decide(state, i),
        SeeVanished i => Running.Decide(state, i),

        Stop i => Stopping.Decide(state, i),
        Tick i => Ticking.Decide(state, i),
        _ => throw new UnreachableException($"{input}"),
    };
}
