using Bourse.Agent.Host.Containers;
using Bourse.Agent.Host.Processes;
using Bourse.Agent.Host.Settings;
using Bourse.Contracts;

namespace Bourse.Agent.Tests.Host.Containers;

/// <summary>What the machine of the tests has, and tasks in containers.</summary>
internal static class Ground
{
    public static readonly Lazy<string?> NoContainers = new(() => Look().GetAwaiter().GetResult().RuncMissing);

    public static readonly ContainerSettings Always = new() { Isolation = Isolation.Always, DiskWatch = TimeSpan.FromMilliseconds(200) };

    /// <summary>Skips the test with the reason where there can be no containers.</summary>
    public static void NeedsContainers()
    {
        if (NoContainers.Value is { } why)
            Assert.Skip($"this machine cannot run containers: {why}");
    }

    public static void NeedsPrograms(params string[] names)
    {
        NeedsContainers();
        if (names.FirstOrDefault(name => Programs.Find(name) is null) is { } missing)
            Assert.Skip($"{missing} is not on this machine");
    }

    public static TaskSpec Shell(string id, string line, TaskContainer? container = null, double cpus = 0.1, double memMb = 64, double diskMb = 0, string? user = null) => new(
        new(id), id,
        Resources.Of(((Resource[])[Resource.Of("cpus", cpus), Resource.Of("mem", memMb), Resource.Of("disk", diskMb)]).Where(each => each.Scalar is { Thousandths: > 0 })),
        new(Shell: true, line, User: user), SecretFiles: [], KillGrace: TimeSpan.FromSeconds(20), Container: container);

    private static async Task<Abilities> Look()
    {
        var work = Directory.CreateTempSubdirectory("bourse-look-");
        try
        {
            return await Abilities.Look(work.FullName, new Cgroups(File.ReadLines("/proc/self/mountinfo")), CancellationToken.None);
        }
        finally
        {
            work.Delete(recursive: true);
        }
    }
}
