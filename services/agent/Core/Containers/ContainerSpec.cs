using Bourse.Contracts;

namespace Bourse.Agent;

/// <summary>Everything a container is, with all choices made and all names resolved: what the OCI bundle says in the machine's words.</summary>
public sealed record ContainerSpec
{
    /// <summary>Its id on this machine.</summary>
    public required string Id { get; init; }

    /// <summary>The directory of its root file system.</summary>
    public required string Root { get; init; }

    /// <summary>Whether the root is the machine's own: its mounts, devices and <c>/etc</c> are shared then.</summary>
    public bool MachineRoot { get; init; }

    /// <summary>Program and arguments.</summary>
    public required ValueList<string> Arguments { get; init; }

    /// <summary>Variables.</summary>
    public required ValueList<Variable> Environment { get; init; }

    /// <summary>Its working directory inside.</summary>
    public required string WorkingDirectory { get; init; }

    /// <summary>The user's number.</summary>
    public uint User { get; init; }

    /// <summary>The group's number.</summary>
    public uint Group { get; init; }

    /// <summary>Further groups.</summary>
    public ValueList<uint> Groups { get; init; }

    /// <summary>Directories and files of the machine that are seen inside.</summary>
    public ValueList<Bind> Binds { get; init; }

    /// <summary>Its host name; null for the machine's.</summary>
    public string? Hostname { get; init; }

    /// <summary>Path of its network namespace; null for the machine's network.</summary>
    public string? NetworkNamespace { get; init; }

    /// <summary>Path of its cgroup below each hierarchy.</summary>
    public required string Cgroup { get; init; }

    /// <summary>What it may use.</summary>
    public required ContainerLimits Limits { get; init; }

    /// <summary>What it may do.</summary>
    public ContainerLinux Linux { get; init; } = new();

    /// <summary>Limits of each process.</summary>
    public ValueList<Rlimit> Rlimits { get; init; }

    /// <summary>Whether set-user-id programs gain nothing.</summary>
    public bool NoNewPrivileges { get; init; } = true;

    /// <summary>A seccomp profile, in the shape of the OCI or of Docker; null for none.</summary>
    public string? Seccomp { get; init; }
}

/// <summary>Something of the machine seen inside a container.</summary>
/// <param name="Source">Path on the machine.</param>
/// <param name="Destination">Path inside.</param>
/// <param name="ReadOnly">Whether it can only be read.</param>
public sealed record Bind(string Source, string Destination, bool ReadOnly = false);

/// <summary>What a container may use.</summary>
/// <param name="Cpus">CPUs it holds.</param>
/// <param name="MostCpus">CPUs it gets at most, even when the machine is idle; null for no limit.</param>
/// <param name="MemoryMb">Memory it may use, swap included; null for no limit.</param>
/// <param name="Pids">Processes and threads it may have; null for no limit.</param>
/// <param name="HeldMb">Memory that it is left when the machine has too little; null when nothing but the limit is said.</param>
public sealed record ContainerLimits(decimal Cpus, decimal? MostCpus, long? MemoryMb, long? Pids, long? HeldMb = null)
{
    /// <summary>What a task holds, and how far it may go beyond.</summary>
    /// <param name="resources">What it holds.</param>
    /// <param name="limits">How far it may go.</param>
    /// <param name="cpuQuota">Whether, unless it says otherwise, it gets no more CPUs than it holds.</param>
    /// <param name="pids">Processes and threads it may have; null for no limit.</param>
    public static ContainerLimits Of(Resources resources, ValueList<ResourceLimit> limits, bool cpuQuota, long? pids)
    {
        ArgumentNullException.ThrowIfNull(resources);
        var (cpus, mem) = ((decimal)resources.Total("cpus").ToDouble(), resources.Total("mem") is { Thousandths: > 0 } mb ? (long)mb.ToDouble() : (long?)null);
        var (most, mostMb) = (limits.FirstOrDefault(limit => limit.Name == "cpus"), limits.FirstOrDefault(limit => limit.Name == "mem"));
        return new(
            cpus,
            most is null ? cpuQuota ? cpus : null : (decimal?)most.Amount?.ToDouble(),
            mostMb is null ? mem : (long?)mostMb.Amount?.ToDouble(),
            pids,
            mostMb is null ? null : mem);
    }

    /// <summary>Mesos' number of shares of a CPU.</summary>
    public const int SharesPerCpu = 1024;

    /// <summary>The period of the quota, in microseconds.</summary>
    public const int PeriodMicroseconds = 100_000;

    // The kernel takes no less.
    private const int LeastShares = 2;
    private const int LeastQuotaMicroseconds = 1000;
    private const long LeastMemoryMb = 32;

    /// <summary>Weight against others when the CPUs are busy.</summary>
    public ulong Shares => (ulong)Math.Max(LeastShares, Cpus * SharesPerCpu);

    /// <summary>CPU time per period, in microseconds; null for no limit.</summary>
    public long? Quota => MostCpus is { } most ? Math.Max(LeastQuotaMicroseconds, (long)Math.Min(most * PeriodMicroseconds, long.MaxValue / 2)) : null;

    /// <summary>Memory in bytes; as in Mesos at least 32 MB, below which a container does not even start.</summary>
    public long? MemoryBytes => MemoryMb is { } mb ? Math.Min(Math.Max(LeastMemoryMb, mb), long.MaxValue >> 21) << 20 : null;
}
