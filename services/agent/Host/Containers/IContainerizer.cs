using Bourse.Agent.Host.Containers.Networks;
using Bourse.Agent.Host.Processes;
using Bourse.Agent.Host.Sandboxes;
using Bourse.Agent.Host.Secrets;
using Bourse.Contracts;

namespace Bourse.Agent.Host.Containers;

/// <summary>
/// Keeps the processes of one task apart from everything else. Whatever it is, a task runs under its supervisor, which outlives the
/// agent: a containerizer only says what the supervisor is to run, and cleans up when that has ended.
/// </summary>
internal interface IContainerizer
{
    /// <summary>What the agent calls it.</summary>
    string Name { get; }

    /// <summary>Why it cannot be used on this machine; null when it can.</summary>
    string? Missing { get; }

    /// <summary>Makes ready whatever the task needs before its process. Begins from nothing when an earlier attempt was cut short.</summary>
    /// <param name="order">What is to run.</param>
    /// <param name="cancelled">The task is not wanted any more.</param>
    /// <exception cref="CannotStartException">The task cannot be started as it is described.</exception>
    Task<ContainerLaunch> Prepare(ContainerOrder order, CancellationToken cancelled);

    /// <summary>The supervisor has been started: waits for what is known of the container only once it runs.</summary>
    /// <param name="run">The run.</param>
    /// <param name="supervisor">Its supervisor.</param>
    /// <param name="container">The container as it was known before.</param>
    /// <param name="cancelled">Nobody waits for it any more, which is no failure.</param>
    Task<ContainerState?> Began(long run, ProcessIdentity supervisor, ContainerState? container, CancellationToken cancelled) => Task.FromResult(container);

    /// <summary>
    /// The supervisor of a run has ended: notes what its container says about that, and takes everything of it away that is not a
    /// file. Doing it again gives the same answer, until <see cref="Forget"/>.
    /// </summary>
    Task<ContainerEnding> Settle(long run, CancellationToken stopping);

    /// <summary>Nobody will ask about the run again: its files go as well.</summary>
    void Forget(long run);

    /// <summary>What a running container uses; null when it is not known.</summary>
    /// <param name="run">The run.</param>
    /// <param name="supervisor">Its supervisor.</param>
    ContainerUse? Measure(long run, ProcessIdentity supervisor);
}

/// <summary>A task about to be started.</summary>
/// <param name="Task">The task.</param>
/// <param name="Sandbox">Its sandbox, made and given to its user.</param>
/// <param name="User">Whom it runs as; null for the agent's own user.</param>
/// <param name="Environment">Its variables.</param>
/// <param name="Secrets">Its secrets in clear; disposed once it is started.</param>
/// <param name="Volumes">The persistent volumes that its sandbox has links to.</param>
internal sealed record ContainerOrder(
    AgentTask Task, string Sandbox, User? User, IReadOnlyDictionary<string, string> Environment, OpenedSecrets Secrets, ValueList<LinkedVolume> Volumes);

/// <summary>What a supervisor is to run.</summary>
/// <param name="Arguments">The program, found by its path, and its arguments.</param>
/// <param name="Environment">All variables it is started with.</param>
/// <param name="Container">The container that this makes; null for none.</param>
internal sealed record ContainerLaunch(
    IReadOnlyList<string> Arguments, IReadOnlyDictionary<string, string> Environment, ContainerState? Container = null);

/// <summary>What a task uses at a moment.</summary>
/// <param name="CpuUserSeconds">CPU time since it began.</param>
/// <param name="CpuSystemSeconds">CPU time of the kernel on its behalf.</param>
/// <param name="MemoryBytes">Memory now.</param>
/// <param name="MemoryLimitBytes">Memory it may use; null for no limit.</param>
/// <param name="Processes">Its processes.</param>
/// <param name="Network">What went over its network; null when it has none of its own.</param>
internal sealed record ContainerUse(
    double CpuUserSeconds, double CpuSystemSeconds, long MemoryBytes, long? MemoryLimitBytes, long Processes, NetworkUse? Network = null)
{
    /// <summary>All CPU time since it began.</summary>
    public double CpuSeconds => CpuUserSeconds + CpuSystemSeconds;
}
