namespace Bourse.Agent;

/// <summary>Takes up again what an earlier run of the agent's process left.</summary>
internal static class Recovering
{
    public static Reaction Decide(AgentState state, Begin i)
    {
        var reaction = new Reaction();
        Beginning.Recover(reaction, state, i);
        foreach (var task in state.Tasks.Where(task => task.Phase == Phase.AwaitingSecrets))
            Asking.Ask(reaction, state, task, i);
        // What was done may have been done a moment before the end, and its cleaning up not.
        foreach (var task in state.Tasks.Where(task => task.Phase == Phase.Ended))
            reaction.Then(new CloseRun(task));
        // Directories of volumes may not have been made, or not been deleted.
        if (!state.Kept.IsEmpty)
            reaction.Then(new ChangeVolumes(state.Kept, state.Kept));
        return reaction;
    }

    /// <summary>No supervisor of it ever lived, so starting it cannot make two of it.</summary>
    public static Reaction Decide(AgentState state, SeeNeverStarted i) => state.Find(i.Run) switch
    {
        { Phase: Phase.Starting, Kill: not null } task => Running.End(new(), state, task, i,
            Contracts.TaskState.Killed, Sources.Agent, "The task was killed before its process was started", "REASON_TASK_KILLED_DURING_LAUNCH"),
        { Phase: Phase.Starting } task => Launching.Begin(new(), state, task, i),
        { Phase: Phase.Running } task => Running.Decide(state, new SeeVanished(task.Run, i.Now, i.Seed)),
        _ => new(),
    };
}
