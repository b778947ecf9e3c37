using Bourse.Agent.Host.Containers.Docker;
using Bourse.Agent.Host.Containers.Images;
using Bourse.Agent.Host.Containers.Networks;
using Bourse.Agent.Host.Csi;
using Bourse.Agent.Host.Processes;
using Bourse.Agent.Host.Settings;
using Bourse.Contracts;
using Microsoft.Extensions.Logging;

namespace Bourse.Agent.Host.Containers;

/// <summary>All ways in which this agent keeps tasks apart, and which of them a task gets.</summary>
internal sealed partial class Containment : IContainerizer, IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly ContainerSettings settings;
    private readonly Plain plain = new();
    private readonly Runc runc;
    private readonly DockerEngine? docker;
    private readonly ImageStore images;
    private readonly CsiVolumes volumes;
    private readonly ILogger log;
    private readonly IReadOnlyList<(string What, string Why)> unenforced;

    private Containment(ContainerSettings settings, Runc runc, DockerEngine? docker, ImageStore images, CsiVolumes volumes, IReadOnlyList<(string, string)> unenforced, Cgroups cgroups, ILogger log)
    {
        (this.settings, this.runc, this.docker, this.images, this.volumes, this.unenforced, this.log) = (settings, runc, docker, images, volumes, unenforced, log);
        CgroupVersion = cgroups.Version;
    }

    /// <inheritdoc/>
    public string Name => settings.Isolation == Isolation.Plain || runc.Missing is not null ? plain.Name : runc.Name;

    /// <inheritdoc/>
    public string? Missing => null;

    /// <summary>Version of the control groups; 0 for none.</summary>
    public int CgroupVersion { get; }

    /// <summary>The images of this agent.</summary>
    public ImageStore Images => images;

    /// <summary>Looks at the machine, and says what it lacks.</summary>
    public static async Task<Containment> Make(string work, ContainerSettings settings, TimeProvider clock, ILogger log)
    {
        using var patience = new CancellationTokenSource(Patience);
        var cgroups = new Cgroups(File.ReadLines("/proc/self/mountinfo"));
        var images = new ImageStore(Path.Combine(work, "images"), settings, clock);
        var networks = new CniNetworks(settings);
        var abilities = await Abilities.Look(work, cgroups, patience.Token);
        if (settings.Isolation == Isolation.Always && abilities.RuncMissing is { } why)
            throw new InvalidOperationException($"Bourse__Agent__Containers__Isolation is 'always', and there can be no containers: {why}");
        var unenforced = abilities.Unenforced(settings.Isolation == Isolation.Plain, images, networks).ToList();
        foreach (var (what, reason) in unenforced)
            LogUnenforced(log, what, reason);
        var places = new RuncPlaces(work);
        var volumes = new CsiVolumes(work, settings.Csi, log);
        var seen = new TaskBinds(places, settings, volumes);
        var docker = settings.Docker is null ? null : new DockerEngine(work, places, settings, cgroups, seen, log);
        if (docker is { Missing: { } noDocker })
            throw new InvalidOperationException($"Bourse__Agent__Docker names an engine, and there can be no containers of it: {noDocker}");
        return new(settings, new(places, settings, abilities, cgroups, images, networks, seen, log), docker, images, volumes, unenforced, cgroups, log);
    }

    /// <summary>What the agent says about itself in its attributes.</summary>
    public IEnumerable<AgentAttribute> Attributes()
    {
        yield return new("containerizer", Text: Name);
        if (docker is not null)
            yield return new("docker", Text: "engine");
        if (string.Join(',', volumes.Plugins) is { Length: > 0 } plugins)
            yield return new("csi", Text: plugins);
        if (CgroupVersion > 0)
            yield return new("cgroups", Scalar: Scalar.From(CgroupVersion));
        if (unenforced.Count > 0)
            yield return new("unenforced", Text: string.Join(',', unenforced.Select(each => each.What)));
    }

    /// <inheritdoc/>
    public Task<ContainerLaunch> Prepare(ContainerOrder order, CancellationToken cancelled) => For(order.Task).Prepare(order, cancelled);

    /// <summary>Whether starting this task takes more than a process.</summary>
    public bool IsContainer(AgentTask task) => settings.Isolation == Isolation.Always || task.Spec.Container is not null || task.Spec.Limits.Count > 0;

    /// <summary>Whether a run has a container, or what is left of one.</summary>
    public bool Holds(long run) => runc.Holds(run) || InEngine(run);

    /// <summary>How a command is run inside a task's container; null when it has none.</summary>
    public System.Diagnostics.ProcessStartInfo? Inside(long run, TaskCommand command, bool terminal = false) =>
        docker?.Inside(run, command, terminal) ?? runc.Inside(run, command, terminal);

    /// <inheritdoc/>
    public Task<ContainerState?> Began(long run, ProcessIdentity supervisor, ContainerState? container, CancellationToken cancelled) =>
        InEngine(run) ? docker!.Began(run, supervisor, container, cancelled) : Task.FromResult(container);

    /// <inheritdoc/>
    public Task<ContainerEnding> Settle(long run, CancellationToken stopping) => InEngine(run) ? docker!.Settle(run, stopping) : runc.Settle(run, stopping);

    /// <inheritdoc/>
    public void Forget(long run)
    {
        if (InEngine(run))
            docker!.Forget(run);
        else
            runc.Forget(run);
    }

    /// <inheritdoc/>
    public ContainerUse? Measure(long run, ProcessIdentity supervisor) =>
        InEngine(run) ? docker!.Measure(run, supervisor) : runc.Measure(run, supervisor) ?? plain.Measure(run, supervisor);

    /// <summary>Lets the container of a run, if it has one, use this much from now on.</summary>
    public void Resize(long run, Resources held, ValueList<ResourceLimit> limits)
    {
        if (InEngine(run))
            docker!.Resize(run, held, limits);
        else
            runc.Resize(run, held, limits);
    }

    /// <summary>Which container a run has; null when it has none.</summary>
    public ContainerState? Describe(long run) => InEngine(run) ? docker!.Describe(run) : runc.Describe(run);

    /// <summary>Directories that fill the disk on behalf of a run beside its sandbox.</summary>
    public IEnumerable<string> Writable(long run) => InEngine(run) ? docker!.Writable(run) : runc.Writable(run);

    /// <summary>Removes what belongs to no run that lives.</summary>
    public async Task RemoveOrphans(IReadOnlySet<long> live, CancellationToken stopping)
    {
        // First, because the groups of its containers are removed with the others.
        if (docker is not null)
            await docker.RemoveOrphans(live, stopping);
        await runc.RemoveOrphans(live, stopping);
        await volumes.ReleaseExcept(live.Contains, stopping);
    }

    /// <summary>Tries again to give back volumes of containers that are gone.</summary>
    public Task ReleaseVolumes(CancellationToken stopping) => volumes.ReleaseExcept(Holds, stopping);

    /// <summary>Tries again to take away what could not be.</summary>
    public async Task UndoAgain(CancellationToken stopping)
    {
        await runc.UndoAgain(stopping);
        if (docker is not null)
            await docker.UndoAgain(stopping);
    }

    /// <summary>Deletes images that are too old or too large.</summary>
    public Task<IReadOnlyList<string>> CollectImages(CancellationToken stopping) =>
        images.Collect(runc.RootsInUse(), everything: false, except: [], stopping);

    /// <summary>Deletes all images that nobody uses, but for those named.</summary>
    public async Task PruneImages(IReadOnlyList<string> except, CancellationToken stopping)
    {
        foreach (var image in await images.Collect(runc.RootsInUse(), everything: true, except, stopping))
            LogPruned(log, image);
    }

    public void Dispose()
    {
        docker?.Dispose();
        volumes.Dispose();
        runc.Leave();
        images.Dispose();
    }

    private bool InEngine(long run) => docker?.Holds(run) == true;

    private IContainerizer For(AgentTask task)
    {
        if (!IsContainer(task))
            return plain;
        if (task.Spec.Container is { Docker: true } wish)
        {
            if (docker is not null)
                return docker;
            if (CreateOptions.Parameters(wish).Prepend(wish.Privileged ? "privileged" : null).OfType<string>().FirstOrDefault() is { } option)
                throw new CannotStartException($"'{option}' is for a Docker engine, and this agent has none (Bourse__Agent__Docker)");
        }
        if (settings.Isolation == Isolation.Plain)
            throw new CannotStartException("This agent runs no containers: its configuration says so (Bourse__Agent__Containers__Isolation)");
        return runc.Missing is { } why ? throw new CannotStartException($"This agent cannot run containers: {why}") : runc;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Image {Image} is deleted, as an operator asked for")]
    private static partial void LogPruned(ILogger log, string image);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Tasks on this agent are not held to or given {What}: {Why}")]
    private static partial void LogUnenforced(ILogger log, string what, string why);
}
