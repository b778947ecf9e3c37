using Bourse.Agent.Host.Containers.Images;
using Bourse.Agent.Host.Containers.Networks;
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
    private readonly ImageStore images;
    private readonly ILogger log;
    private readonly IReadOnlyList<(string What, string Why)> unenforced;

    private Containment(ContainerSettings settings, Runc runc, ImageStore images, IReadOnlyList<(string, string)> unenforced, Cgroups cgroups, ILogger log)
    {
        (this.settings, this.runc, this.images, this.unenforced, this.log) = (settings, runc, images, unenforced, log);
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
        return new(settings, new(new(work), settings, abilities, cgroups, images, networks), images, unenforced, cgroups, log);
    }

    /// <summary>What the agent says about itself in its attributes.</summary>
    public IEnumerable<AgentAttribute> Attributes()
    {
        yield return new("containerizer", Text: Name);
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
    public bool Holds(long run) => runc.Holds(run);

    /// <summary>How a command is run inside a task's container; null when it has none.</summary>
    public System.Diagnostics.ProcessStartInfo? Inside(long run, TaskCommand command, bool terminal = false) => runc.Inside(run, command, terminal);

    /// <inheritdoc/>
    public Task<ContainerEnding> Settle(long run, CancellationToken stopping) => runc.Settle(run, stopping);

    /// <inheritdoc/>
    public void Forget(long run) => runc.Forget(run);

    /// <inheritdoc/>
    public ContainerUse? Measure(long run, ProcessIdentity supervisor) => runc.Measure(run, supervisor) ?? plain.Measure(run, supervisor);

    /// <summary>Lets the container of a run, if it has one, use this much from now on.</summary>
    public void Resize(long run, Resources held, ValueList<ResourceLimit> limits) => runc.Resize(run, held, limits);

    /// <summary>Which container a run has; null when it has none.</summary>
    public ContainerState? Describe(long run) => runc.Describe(run);

    /// <summary>Directories that fill the disk on behalf of a run beside its sandbox.</summary>
    public IEnumerable<string> Writable(long run) => runc.Writable(run);

    /// <summary>Removes what belongs to no run that lives.</summary>
    public Task RemoveOrphans(IReadOnlySet<long> live, CancellationToken stopping) => runc.RemoveOrphans(live, stopping);

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
        runc.Leave();
        images.Dispose();
    }

    private IContainerizer For(AgentTask task)
    {
        if (!IsContainer(task))
            return plain;
        if (settings.Isolation == Isolation.Plain)
            throw new CannotStartException("This agent runs no containers: its configuration says so (Bourse__Agent__Containers__Isolation)");
        return runc.Missing is { } why ? throw new CannotStartException($"This agent cannot run containers: {why}") : runc;
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Image {Image} is deleted, as an operator asked for")]
    private static partial void LogPruned(ILogger log, string image);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Tasks on this agent are not held to or given {What}: {Why}")]
    private static partial void LogUnenforced(ILogger log, string what, string why);
}
