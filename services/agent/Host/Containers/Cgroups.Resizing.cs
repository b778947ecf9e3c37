using System.Globalization;
using Bourse.Agent.Host.Processes;

namespace Bourse.Agent.Host.Containers;

internal sealed partial class Cgroups
{
    private const int Busy = 16;

    /// <summary>
    /// Changes what a group may use. Memory that is in use is not taken away: its limit is lowered only when what is used fits, and
    /// otherwise with a later change.
    /// </summary>
    public void Resize(string group, ContainerLimits limits)
    {
        try
        {
            if (unified is not null)
                ResizeSecond(unified + group, limits);
            else
                ResizeFirst(group, limits);
        }
        catch (Exception e) when (ProcessTable.IsGone(e) || e is IOException { HResult: 19 })
        {
            // It has ended meanwhile, and is told about as any other end.
        }
    }

    private void ResizeFirst(string group, ContainerLimits limits)
    {
        if (mounts.TryGetValue("cpu", out var cpus))
        {
            Write($"{cpus}{group}/cpu.shares", limits.Shares);
            if (File.Exists($"{cpus}{group}/cpu.cfs_quota_us"))
                Write($"{cpus}{group}/cpu.cfs_quota_us", limits.Quota ?? -1);
        }
        if (!mounts.TryGetValue("memory", out var tree))
            return;
        var memory = tree + group;
        if (limits.HeldMb is { } held)
            Write($"{memory}/memory.soft_limit_in_bytes", held << 20);
        // The limit with swap is never below that without.
        string[] files = [$"{memory}/memory.memsw.limit_in_bytes", $"{memory}/memory.limit_in_bytes"];
        var grows = limits.MemoryBytes is not { } bytes || bytes > Number(files[1]);
        foreach (var file in (grows ? files : files.Reverse()).Where(File.Exists))
        {
            try
            {
                Write(file, limits.MemoryBytes ?? -1);
            }
            catch (IOException e) when (!grows && e.HResult == Busy)
            {
                return;
            }
        }
    }

    private static void ResizeSecond(string path, ContainerLimits limits)
    {
        // As the runtime does: 2 to 262144 shares are weights of 1 to 10000.
        Write($"{path}/cpu.weight", 1 + (Math.Min(limits.Shares, 262_144) - 2) * 9999 / 262_142);
        Write($"{path}/cpu.max", $"{limits.Quota?.ToString(CultureInfo.InvariantCulture) ?? "max"} {ContainerLimits.PeriodMicroseconds}");
        if (limits.HeldMb is { } held)
            Write($"{path}/memory.low", held << 20);
        // Here the kernel would kill rather than refuse.
        if (limits.MemoryBytes is not { } bytes || bytes >= Number($"{path}/memory.current"))
            Write($"{path}/memory.max", limits.MemoryBytes?.ToString(CultureInfo.InvariantCulture) ?? "max");
    }

    private static void Write(string path, long value) => Write(path, value.ToString(CultureInfo.InvariantCulture));

    private static void Write(string path, ulong value) => Write(path, value.ToString(CultureInfo.InvariantCulture));

    private static void Write(string path, string value)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        file.Write(System.Text.Encoding.ASCII.GetBytes(value));
    }
}
