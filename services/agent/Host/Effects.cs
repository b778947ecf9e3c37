using System.Diagnostics;
using System.Threading.Channels;
using Bourse.Agent.Host.Checks;
using Bourse.Agent.Host.Containers;
using Bourse.Agent.Host.Executors;
using Bourse.Agent.Host.Messages;
using Bourse.Agent.Host.Processes;
using Bourse.Agent.Host.Sandboxes;

namespace Bourse.Agent.Host;

/// <summary>Carries out what the core decided. Nothing here waits: the loop goes on while it is done.</summary>
internal sealed class Effects(
    Inbox inbox, Outbox outbox, Starts starts, Signaller signaller, RunWatch watch, DiskWatch disks, Containment containers, WorkDirectory work,
    VolumeDirectories volumes, SandboxIndex sandboxes, TaskIndex tasks, ExecutorStreams executors, ExecutorEnvironment environment, Looker looker,
    (long Bytes, int Kept) logs, TimeProvider clock)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(5), MeasureEvery = TimeSpan.FromMinutes(1);

    private readonly Channel<Action> chores = Channel.CreateUnbounded<Action>();
    private CancellationToken ending;
    private long measured = clock.GetTimestamp();
    private long looked = clock.GetTimestamp();

    /// <summary>Ends with the agent.</summary>
    public Task Run(CancellationToken stopping)
    {
        ending = stopping;
        return Parts.Run([outbox.Run, signaller.Run, starts.Run, watch.Run, disks.Run, DoChores], stopping);
    }

    public void Note(IReadOnlyList<Change> changes)
    {
        foreach (var change in changes)
        {
            executors.Note(change);
            sandboxes.Note(change);
            tasks.Note(change);
        }
    }

    public void Begin(Effect effect)
    {
        switch (effect)
        {
            case StartProcess start:
                starts.Begin(start);
                break;
            case CancelStart(var run):
                starts.Cancel(run);
                break;
            case SignalRun signal:
                signaller.Send(signal);
                break;
            case StartExecutor({ IsDefault: true } executor, _):
                work.MakeGroupSandbox(executor.Key);
                break;
            case StartExecutor(var executor, var secrets):
                starts.Begin(new(environment.Task(executor), secrets));
                break;
            case SizeExecutor size:
                // At once: what is told to the executor next may count on it.
                containers.Resize(size.Executor.Run, size.Held, size.Limits);
                break;
            case LookAt look:
                looker.Begin(look, ending);
                break;
            case TellExecutor tell:
                executors.Tell(tell);
                break;
            case CutExecutor cut:
                executors.Cut(cut);
                break;
            case CloseExecutor(var executor):
                sandboxes.Find(executor.Key.SandboxKey)?.End();
                Forget(executor.Run);
                break;
            case SayHello or SendReport or AskSecrets or SendExecutorEnd or SendToFramework:
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
                // At once, so that a later task of the same name finds its place free; for good in the background. The run file goes with
                // it and not when the run ends: a file system looks longer for room for new files where many were just deleted.
                work.PutInTrash(work.Sandbox(left));
                File.Delete(work.RunFile(left.Run));
                chores.Writer.TryWrite(work.EmptyTrash);
                break;
            default:
                throw new UnreachableException($"{effect}");
        }
    }

    /// <summary>Looks at running tasks whose end may have gone unnoticed. Called from the loop.</summary>
    public void LookAfter(AgentState state)
    {
        disks.WhenDue(state);
        if (clock.GetElapsedTime(looked) < LookEvery)
            return;
        looked = clock.GetTimestamp();
        var running = state.Tasks.Where(task => task.Phase is Phase.Starting or Phase.Running).Select(task => (task.Run, task.Supervisor))
            .Concat(state.Executors.Where(executor => executor is { IsDefault: false, Phase: not ExecutorPhase.Ended }).Select(executor => (executor.Run, executor.Supervisor)))
            .ToList();
        chores.Writer.TryWrite(() => running.ForEach(run => watch.LookAgain(run.Run, run.Supervisor)));
        var boxes = state.Tasks.Where(task => task.Phase == Phase.Running).Select(work.Sandbox)
            .Concat(state.Executors.Where(executor => executor is { IsDefault: false, Phase: ExecutorPhase.Running }).Select(executor => work.Sandbox(executor.Key.SandboxKey)))
            .ToList();
        chores.Writer.TryWrite(() => boxes.ForEach(box => LogRotation.Rotate(box, logs.Bytes, logs.Kept)));
        if (state.Sandboxes.Count > 0 && clock.GetElapsedTime(measured) >= MeasureEvery)
        {
            measured = clock.GetTimestamp();
            chores.Writer.TryWrite(() =>
            {
                var disk = new DriveInfo(work.Root);
                inbox.Post((now, seed) => new SeeDisk(1 - (double)disk.AvailableFreeSpace / disk.TotalSize, now, seed));
            });
        }
    }

    private void Close(AgentTask task)
    {
        // The clear values have served; the sandbox is kept for its output.
        foreach (var file in task.Spec.SecretFiles)
            SandboxFiles.Delete(work.Sandbox(task), file.Path);
        if (!task.SharesSandbox || task.Key != task.ExecutorKey?.SandboxKey)
            sandboxes.Find(task.Key)?.End();
        Forget(task.Run);
    }

    private void Forget(long run)
    {
        if (containers.Holds(run))
            chores.Writer.TryWrite(() => containers.Forget(run));
    }

    private async Task DoChores(CancellationToken stopping)
    {
        await foreach (var chore in chores.Reader.ReadAllAsync(stopping))
            chore();
    }
}
