using System.Diagnostics;
using Bourse.Contracts.Messages;

namespace Bourse.Agent;

/// <summary>
/// The allocator's commands: each is done once, in the order of its number. What was done is dropped, and a hole is answered with
/// a hello, after which the allocator sends the rest again.
/// </summary>
internal static class Commanding
{
    public static Reaction Decide(AgentState state, Do i)
    {
        var reaction = new Reaction();
        // More is confirmed than was done: the checkpoint was lost, and what was in it is not to be done again.
        var last = Math.Max(state.LastCommand, i.Confirmed);
        if (i.Command.Number <= last)
            return reaction;
        if (i.Command.Number > last + 1)
            return Greeting.Hello(reaction, state, i.Now, withTasks: false);

        reaction.With(new SelfKept(state.Incarnation, i.Command.Number));
        return i.Command switch
        {
            LaunchTask c => Launching.Decide(reaction, state, c, i),
            KillTask c => Killing.Decide(reaction, state, c, i),
            KeepResources c => Keeping.Decide(reaction, state, c),
            ForgetUpdate c => Forgetting.Decide(reaction, state, c, i),
            LaunchExecutor c => Beginning.Decide(reaction, state, c, i),
            ShutdownExecutor c => Expiring.Decide(reaction, state, c, i),
            ForgetExecutor c => Expiring.Decide(reaction, state, c, i),
            _ => throw new UnreachableException($"{i.Command}"),
        };
    }
}
