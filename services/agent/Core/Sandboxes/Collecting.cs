namespace Bourse.Agent;

/// <summary>Lets go of sandboxes that are too old or too many, oldest first.</summary>
internal static class Collecting
{
    public static void WhenDue(Reaction reaction, AgentState state, DateTimeOffset now)
    {
        var tooMany = state.Sandboxes.Count - state.Limits.SandboxesKept;
        foreach (var sandbox in state.Sandboxes)
        {
            if (tooMany-- <= 0 && now - sandbox.At < state.Limits.SandboxAge)
                continue;
            reaction.With(new SandboxGone(sandbox)).Then(new DeleteSandbox(sandbox));
        }
    }
}
