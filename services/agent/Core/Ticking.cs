namespace Bourse.Agent;

/// <summary>What falls due with time.</summary>
internal static class Ticking
{
    public static Reaction Decide(AgentState state, Tick i)
    {
        var reaction = new Reaction();
        foreach (var held in state.Tasks)
        {
            // Each goes on from what the one before made of the task.
            var task = Killing.WhenDue(reaction, state, held, i.Now);
            task = Overrunning.WhenDue(reaction, state, task, i.Now);
            task = Asking.WhenDue(reaction, state, task, i);
            task = Checking.WhenDue(reaction, task, i);
            Reporting.WhenDue(reaction, state, task, i.Now);
        }
        foreach (var executor in state.Executors)
            Expiring.WhenDue(reaction, state, executor, i);
        Stopping.WhenDue(reaction, state);
        Collecting.WhenDue(reaction, state, i.Now);

        var unconfirmed = state.LastCommand > state.Told.Command;
        if (i.Now - state.Told.At >= (unconfirmed ? state.Limits.ConfirmWithin : state.Limits.HelloEvery))
            Greeting.Hello(reaction, state, i.Now, withTasks: false);
        return reaction;
    }
}
