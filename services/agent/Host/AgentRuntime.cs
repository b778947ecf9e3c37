using System.Security.Cryptography;
using Bourse.Agent.Host.Checkpoints;
using Bourse.Agent.Host.Containers;
using Bourse.Agent.Host.Checks;
using Bourse.Agent.Host.Executors;
using Bourse.Agent.Host.Fetching;
using Bourse.Agent.Host.Messages;
using Bourse.Agent.Host.Nested;
using Bourse.Agent.Host.Processes;
using Bourse.Agent.Host.Sandboxes;
using Bourse.Agent.Host.Secrets;
using Bourse.Agent.Host.Settings;
using Bourse.Bus;
using Bourse.Contracts;
using Microsoft.Extensions.Logging;

namespace Bourse.Agent.Host;

/// <summary>
/// An agent at work in one directory. Disposing it stops the agent and leaves its tasks alone, exactly as a crash does; the next
/// one on the same directory goes on with them.
/// </summary>
internal sealed partial class AgentRuntime : IAsyncDisposable
{
    private static readonly TimeSpan TickEvery = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan CollectEvery = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan TidyEvery = TimeSpan.FromSeconds(5);

    private readonly AgentSettings settings;
    private readonly IBus bus;
    private readonly TimeProvider clock;
    private readonly ILogger log;
    private readonly CancellationTokenSource stop = new();
    private readonly WorkDirectory work;
    private readonly Checkpoint checkpoint;
    private readonly ECDiffieHellman key;
    private readonly AgentState state;
    private readonly Inbox inbox;
    private readonly Inotify inotify = new();
    private readonly Containment containers;
    private Looker? looker;
    private Fetcher? fetcher;
    private Link? link;
    private DiskWatch? disks;
    private Task running = Task.CompletedTask;

    /// <summary>Opens the work directory and reads what an earlier run left there.</summary>
    /// <exception cref="InvalidOperationException">The directory is in use, or unusable.</exception>
    public AgentRuntime(AgentSettings settings, IBus bus, TimeProvider clock, ILogger log)
    {
        (this.settings, this.bus, this.clock, this.log) = (settings, bus, clock, log);
        work = new(settings.Work);
        checkpoint = new(work.Checkpoint);
        key = AgentKey.LoadOrMake(work.Key);
        // Before anybody can call: what the machine can do is part of what the agent says of itself.
        containers = Task.Run(() => Containment.Make(work.Root, settings.Containers, clock, log)).GetAwaiter().GetResult();
        Nested = new(work, containers);
        state = new(settings.Id, settings.Limits);
        checkpoint.Load(state);
        inbox = new(clock);
        Sandboxes = new(work);
        Tokens = new(work.ExecutorKey);
        foreach (var executor in state.Executors)
        {
            Executors.Note(new ExecutorKept(executor));
            Sandboxes.Note(new ExecutorKept(executor));
        }
        foreach (var task in state.Tasks)
        {
            Sandboxes.Note(new TaskKept(task));
            Tasks.Note(new TaskKept(task));
        }
        foreach (var left in state.Sandboxes)
            Sandboxes.Note(new SandboxLeft(left));
    }

    public AgentId Id => settings.Id;

    public AgentSettings Settings => settings;

    public WorkDirectory Work => work;

    public DateTimeOffset StartedAt { get; } = DateTimeOffset.UtcNow;

    /// <summary>Containers beside and below tasks.</summary>
    public NestedContainers Nested { get; }

    /// <summary>Takes inputs from the HTTP side.</summary>
    public Inbox Inbox => inbox;

    /// <summary>The executors and the streams to them.</summary>
    public ExecutorStreams Executors { get; } = new();

    /// <summary>What executors are known by.</summary>
    public ExecutorTokens Tokens { get; }

    /// <summary>The agent as the registry knows it; there once it has started.</summary>
    public AgentDescription Description { get; private set; } = null!;

    /// <summary>Sandboxes for those who read them.</summary>
    public SandboxIndex Sandboxes { get; }

    /// <summary>The tasks it holds.</summary>
    public TaskIndex Tasks { get; } = new();

    /// <summary>How it keeps them apart.</summary>
    public Containment Containers => containers;

    /// <summary>Bytes that a run took on the disk when it was last measured; null before that.</summary>
    public long? DiskUsed(long run) => disks?.Used(run);

    /// <summary>For whoever wants to know when files grow.</summary>
    public Inotify Inotify => inotify;

    /// <summary>Whether the registry has admitted this run.</summary>
    public bool Admitted => link?.Incarnation > 0;

    /// <summary>Begins to work.</summary>
    /// <param name="address">Where its HTTP API is reached.</param>
    /// <param name="port">Its port.</param>
    /// <returns>Ends when the agent stops; fails when it cannot go on.</returns>
    public Task Start(string address, int port)
    {
        var description = Description = settings.Describe(address, port, Sealing.PublicKey(key), containers.Attributes());
        looker = new(inbox, work, containers);
        fetcher = new(new FetchCache(work.FetchCache, settings.FetchCacheBytes));
        var spawning = new Spawning();
        var watch = new RunWatch(work, inbox, inotify, containers, spawning);
        var starts = new Starts(new Starter(work, settings.Id, key, fetcher, containers, spawning), containers, inbox);
        disks = new DiskWatch(work, containers, inbox, settings.Containers.DiskWatch, clock);
        var effects = new Effects(
            inbox, new Outbox(bus, settings.Id), starts, new Signaller(), watch, disks, containers, work, new VolumeDirectories(work), Sandboxes, Tasks,
            Executors, new ExecutorEnvironment(description, settings.Limits, Tokens), looker, (settings.LogBytes, settings.LogsKept), clock);
        link = new(bus, description, inbox, settings.Heartbeat, clock, log);

        work.DeleteRunsExcept([.. state.Tasks.Select(task => task.Run), .. state.Executors.Select(executor => executor.Run), .. state.Sandboxes.Select(left => left.Run)]);

        // First whatever happened meanwhile, in the order of the runs, then the rest of the world.
        var sameBoot = checkpoint.SameBoot(File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim());
        inbox.Post((now, seed) => new Begin(now, seed));
        foreach (var task in state.Tasks.Where(task => task.Phase is Phase.Starting or Phase.Running).OrderBy(task => task.Run).ToList())
            watch.Recover(task.Run, task.Supervisor, sameBoot);
        foreach (var executor in state.Executors.Where(executor => executor is { IsDefault: false, Phase: not ExecutorPhase.Ended }).ToList())
            watch.Recover(executor.Run, executor.Supervisor, sameBoot);
        if (state.Tasks.Count > 0)
            LogRecovering(log, settings.Id, state.Tasks.Count);
        work.EmptyTrash();

        var live = state.Tasks.Where(task => task.Phase != Phase.Ended).Select(task => task.Run)
            .Concat(state.Executors.Where(executor => executor.Phase != ExecutorPhase.Ended).Select(executor => executor.Run)).ToHashSet();
        running = Task.Run(async () =>
        {
            using (watch)
            {
                // Before anything begins that might get the place of what is removed.
                await containers.RemoveOrphans(live, stop.Token);
                await Parts.Run([new AgentLoop(state, checkpoint, inbox, effects).Run, effects.Run, link.Run, Tick, CollectImages, Tidy], stop.Token);
            }
        });
        return running;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        Executors.CutAll();
        await Nested.DisposeAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        fetcher?.Dispose();
        looker?.Dispose();
        link?.Dispose();
        containers.Dispose();
        inotify.Dispose();
        checkpoint.Dispose();
        key.Dispose();
        stop.Dispose();
    }

    private async Task CollectImages(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(CollectEvery, clock);
        while (await timer.WaitForNextTickAsync(stopping))
        {
            foreach (var image in await containers.CollectImages(stopping))
                LogCollected(log, image);
            await containers.ReleaseVolumes(stop.Token);
        }
    }

    private async Task Tidy(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(TidyEvery, clock);
        while (await timer.WaitForNextTickAsync(stopping))
            await containers.UndoAgain(stopping);
    }

    private async Task Tick(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(TickEvery, clock);
        while (await timer.WaitForNextTickAsync(stopping))
            inbox.Post((now, seed) => new Tick(now, seed));
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Agent {Agent} goes on with {Tasks} tasks of its earlier run")]
    private static partial void LogRecovering(ILogger log, AgentId agent, int tasks);

    [LoggerMessage(Level = LogLevel.Information, Message = "Image {Image} was not used any more and is deleted")]
    private static partial void LogCollected(ILogger log, string image);
}
