using System.Diagnostics;
using System.Threading.Channels;
using Bourse.Agent.Host.Messages;
using Bourse.Agent.Host.Processes;
using Bourse.Agent.Host.Sandboxes;

namespace Bourse.Agent.Host;

/// <summary>Carries out what the core decided. Nothing here waits: the loop goes on while it is done.</summary>
internal sealed class Effects(
    Inbox inbox, Outbox outbox, Starter starter, Signaller signaller, RunWatch watch, WorkDirectory work, VolumeDirectories volumes, SandboxIndex sandboxes, TimeProvider clock)
{
    private const int Starters = 2;
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5);

    private readonly Channel<StartProcess> toStart = Channel.CreateUnbounded<StartProcess>();
    private readonly Channel<Action> chores = Channel.CreateUnbounded<Action>();
    private long looked = clock.GetTimestamp();

    /// <summary>Ends with the agent.</summary>
    public Task Run(CancellationToken stopping) => Task.WhenAll(
        [outbox.Run(stopping), signaller.Run(stopping), DoChores(stopping), .. Enumerable.Range(0, Starters).Select(_ => StartWhatWaits(stopping))]);

    public void Note(IReadOnlyList<Change> changes)
    {
        foreach (var change in changes)
            sandboxes.Note(change);
    }

    public void Begin(Effect effect)
    {
        switch (effect)
        {
            case StartProcess start:
                toStart.Writer.TryWrite(start);
                break;
            case SignalRun signal:
                signaller.Send(signal);
                break;
            case SayHello or SendReport or AskSecrets:
                outbox.Send(effect);
                break;
            case CloseRun(var task):
                Close(task);
                break;
            case ChangeVolumes change:
                // Before the command counts as done. One that fails stops the agent: what it promised to keep it must keep.
                volumes.Change(change.Before, change.After);
                chores.Writer.TryWrite(volumes.DeleteRemains);
                break;
            case Leave(var reason):
                throw new AgentStoppedException(reason);
            case DeleteSandbox(var left):
                // At once, so that a later task of the same name finds its place free; for good in the background.
                work.PutInTrash(work.Sandbox(left.Key));
                chores.Writer.TryWrite(work.EmptyTrash);
                break;
            default:
                throw new UnreachableException($"{effect}");
        }
    }

    /// <summary>Looks at running tasks whose end may have gone unnoticed. Called from the loop.</summary>
    public void LookAfter(AgentState state)
    {
        if (clock.GetElapsedTime(looked) < LookEvery)
            return;
        looked = clock.GetTimestamp();
        var running = state.Tasks.Where(task => task.Phase is Phase.Starting or Phase.Running).Select(task => (task.Run, task.Supervisor)).ToList();
        chores.Writer.TryWrite(() => running.ForEach(run => watch.LookAgain(run.Run, run.Supervisor)));
    }

    private void Close(AgentTask task)
    {
        // The clear values have served; the sandbox is kept for its output.
        foreach (var file in task.Spec.SecretFiles)
            SandboxFiles.Delete(work.Sandbox(task.Key), file.Path);
        File.Delete(work.RunFile(task.Run));
        sandboxes.Find(task.Key)?.End();
    }

    private async Task DoChores(CancellationToken stopping)
    {
        await foreach (var chore in chores.Reader.ReadAllAsync(stopping))
            chore();
    }

    private async Task StartWhatWaits(CancellationToken stopping)
    {
        await foreach (var start in toStart.Reader.ReadAllAsync(stopping))
        {
            var run = start.Task.Run;
            try
            {
                // Null: a command shorter than a look at it. Its end tells of its start as well.
                if (starter.Start(start.Task, start.Secrets) is { } supervisor)
                    inbox.Post((now, seed) => new SeeStarted(run, supervisor, now, seed));
            }
            catch (CannotStartException e)
            {
                inbox.Post((now, seed) => new SeeStartFailed(run, e.Message, now, seed));
            }
        }
    }
}
