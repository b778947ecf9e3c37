using Bourse.Contracts;

namespace Bourse.Agent;

/// <summary>A task was ended for going beyond what it holds.</summary>
/// <param name="Reason">A Mesos v1 <c>REASON_CONTAINER_LIMITATION_…</c> name.</param>
/// <param name="Message">For people, with limit and usage.</param>
/// <param name="Beyond">What it went beyond, as Mesos tells it: the memory it used, or the disk it may use.</param>
public sealed record Limitation(string Reason, string Message, Resource Beyond)
{
    /// <summary>The kernel killed it for memory.</summary>
    public static Limitation OfMemory(long limitBytes, long usedBytes) => new(
        "REASON_CONTAINER_LIMITATION_MEMORY", $"Memory limit exceeded: limit {Megabytes(limitBytes)} MB, used at most {Megabytes(usedBytes)} MB",
        new("mem") { Scalar = Megabytes(usedBytes) });

    /// <summary>It filled its disk.</summary>
    public static Limitation OfDisk(Scalar limitMb, long usedBytes) => new(
        "REASON_CONTAINER_LIMITATION_DISK", $"Disk limit exceeded: limit {limitMb} MB, used {Megabytes(usedBytes)} MB",
        new("disk") { Scalar = limitMb });

    private static Scalar Megabytes(long bytes) => Scalar.From(Math.Ceiling(bytes * 1000d / (1 << 20)) / 1000);
}

/// <summary>What a container says about its end beside the exit status.</summary>
/// <param name="Limitation">The limit it ran into.</param>
/// <param name="NeverRan">Why its program was never started; null when it was.</param>
public sealed record ContainerEnding(Limitation? Limitation = null, string? NeverRan = null);
