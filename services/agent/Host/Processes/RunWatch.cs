using System.Collections.Concurrent;
using System.Globalization;
using System.Threading.Channels;
using Bourse.Agent.Host.Containers;
using Bourse.Agent.Host.Sandboxes;

namespace Bourse.Agent.Host.Processes;

/// <summary>
/// Learns how runs end, whoever started their supervisors: a supervisor's run file is closed when it ends, in whatever way.
/// </summary>
internal sealed class RunWatch : IDisposable
{
    // Between creating its run file and claiming it a supervisor does next to nothing.
    private static readonly TimeSpan ToClaim = TimeSpan.FromSeconds(5);

    private const int Settlers = 4;

    private readonly WorkDirectory work;
    private readonly Inbox inbox;
    private readonly Containment containers;
    private readonly Spawning spawning;
    private readonly Channel<long> toSettle = Channel.CreateUnbounded<long>();
    private readonly ConcurrentDictionary<long, bool> settling = new();
    private readonly ConcurrentDictionary<long, bool> beforeBoot = new();
    private readonly IDisposable watch;

    public RunWatch(WorkDirectory work, Inbox inbox, Inotify inotify, Containment containers, Spawning spawning)
    {
        (this.work, this.inbox, this.containers, this.spawning) = (work, inbox, containers, spawning);
        watch = inotify.Watch(work.Runs, Native.ClosedAfterWriting, Closed);
    }

    /// <summary>After a restart: what became of a run meanwhile.</summary>
    /// <param name="run">The run.</param>
    /// <param name="known">Its supervisor, when it was seen before.</param>
    /// <param name="sameBoot">Whether the machine has not been started anew; otherwise nothing of before lives.</param>
    public void Recover(long run, ProcessIdentity? known, bool sameBoot)
    {
        if (!sameBoot)
            beforeBoot[run] = true;
        var file = RunFile.Read(work.RunFile(run));
        if (file?.Supervisor is { } supervisor)
            inbox.Post((now, seed) => new SeeStarted(run, supervisor, now, seed, containers.Describe(run)));
        // Just started: it has not come to writing anything yet.
        else if (file?.Claimant is null && sameBoot && known is not null && ProcessTable.Lives(known))
            inbox.Post((now, seed) => new SeeStarted(run, known, now, seed, containers.Describe(run)));
        else if (file is null && sameBoot)
            inbox.Post((now, seed) => new SeeNeverStarted(run, now, seed));
        // Without a file as well, when the machine stopped: it may have been there, and not on the disk yet.
        else if (file?.Claimant is not null || !sameBoot)
            End(run);   // reads again: it may have ended between the two looks
        // An empty file: it died or begins at this moment. Its closing, or a later look, tells.
    }

    /// <summary>For events that were lost, and supervisors that died before they had a run file.</summary>
    public void LookAgain(long run, ProcessIdentity? known)
    {
        if (known is not null && ProcessTable.Lives(known))
            return;
        var file = RunFile.Read(work.RunFile(run));
        if (file?.Supervisor is { } supervisor)
            inbox.Post((now, seed) => new SeeStarted(run, supervisor, now, seed, containers.Describe(run)));   // two were started, and the other one has the run
        else if (known is not null || (file is not null && DateTime.UtcNow - File.GetLastWriteTimeUtc(work.RunFile(run)) > ToClaim))
            End(run);
    }

    /// <summary>Ends with the agent.</summary>
    public Task Run(CancellationToken stopping) => Parts.Run([.. Enumerable.Repeat<Func<CancellationToken, Task>>(SettleWhatEnds, Settlers)], stopping);

    public void Dispose() => watch.Dispose();

    private void Closed(string name)
    {
        // An empty name: events were lost. Every running task is looked at again before long.
        if (long.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var run))
            End(run);
    }

    private void End(long run)
    {
        spawning.Ended(run);
        // A container has more to say than its supervisor, and is taken away before its end is told: its addresses and ports are
        // free for others then.
        if (containers.Holds(run))
        {
            // Noticed in several ways, and taken away once: a second settler would miss what the first one took.
            if (settling.TryAdd(run, true))
                toSettle.Writer.TryWrite(run);
        }
        else
            Tell(run, null);
    }

    private async Task SettleWhatEnds(CancellationToken stopping)
    {
        await foreach (var run in toSettle.Reader.ReadAllAsync(stopping))
        {
            Tell(run, await containers.Settle(run, stopping));
            settling.TryRemove(run, out _);
        }
    }

    private void Tell(long run, ContainerEnding? container)
    {
        if (RunFile.Read(work.RunFile(run))?.Status is { } status)
            inbox.Post((now, seed) => new SeeExited(run, status, now, seed, container));
        else
            inbox.Post((now, seed) => new SeeVanished(run, now, seed, MachineStopped: beforeBoot.ContainsKey(run)));
    }
}
