namespace Bourse.Agent;

/// <summary>Lets go of sandboxes that are too old or too many; the fuller the disk, the earlier.</summary>
internal static class Collecting
{
    public static void WhenDue(Reaction reaction, AgentState state, DateTimeOffset now)
    {
        var tooMany = state.Sandboxes.Count - state.Limits.SandboxesKept;
        var age = state.DiskUsed is { } used ? state.Limits.SandboxAge * Math.Max(0, 1 - state.Limits.DiskHeadroom - used) : state.Limits.SandboxAge;
        foreach (var sandbox in state.Sandboxes)
        {
            if (tooMany-- <= 0 && now - sandbox.At < age)
                continue;
            reaction.With(new SandboxGone(sandbox)).Then(new DeleteSandbox(sandbox));
        }
    }
}
