using Bourse.Agent.Host.Checkpoints;

namespace Bourse.Agent.Host;

/// <summary>
/// The only one that changes the agent's state. It takes whatever waits, decides input after input, stores all that changed in one
/// transaction, and only then lets the effects begin. A failure stops the agent: it starts again from its checkpoint.
/// </summary>
internal sealed class AgentLoop(AgentState state, Checkpoint checkpoint, Inbox inbox, Effects effects)
{
    private const int MaxBatch = 500;

    private readonly List<Change> changes = [];
    private readonly List<Effect> begun = [];
    private readonly List<TaskCompletionSource> stored = [];

    public async Task Run(CancellationToken stopping)
    {
        while (await inbox.Reader.WaitToReadAsync(stopping))
        {
            for (var n = 0; n < MaxBatch && inbox.Reader.TryRead(out var waiting); n++)
                Take(waiting);

            checkpoint.Save(changes);
            effects.Note(changes);
            foreach (var effect in begun)
                effects.Begin(effect);
            foreach (var waiting in stored)
                waiting.SetResult();
            changes.Clear();
            begun.Clear();
            stored.Clear();
        }
    }

    private void Take(Inbox.Waiting waiting)
    {
        if (waiting.Input is not { } input)
        {
            waiting.Look!(state);
            return;
        }
        var reaction = AgentCore.Decide(state, input);
        foreach (var change in reaction.Changes)
            state.Apply(change);
        changes.AddRange(reaction.Changes);
        begun.AddRange(reaction.Effects);
        if (waiting.Stored is { } awaited)
            stored.Add(awaited);
        if (input is Tick)
            effects.LookAfter(state);
    }
}
