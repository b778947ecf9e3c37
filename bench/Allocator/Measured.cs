using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Bourse.Bench.Allocator;

/// <summary>What one case measured: milliseconds of CPU by name, and notes.</summary>
internal sealed record Measured(IReadOnlyList<(string What, double Milliseconds, long Offers)> Figures)
{
    private const int ThreadCpuTime = 3;

    /// <summary>CPU time of this thread while it does something, in milliseconds; collections of garbage on the way included.</summary>
    public static double Cpu(Action action)
    {
        var before = ThreadNanoseconds();
        action();
        return (ThreadNanoseconds() - before) / 1e6;
    }

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }

    /// <summary>The most memory the process ever had, in MiB.</summary>
    public static double PeakMemory() => double.Parse(
        File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1],
        CultureInfo.InvariantCulture) / 1024;

    private static long ThreadNanoseconds() => clock_gettime(ThreadCpuTime, out var time) == 0
        ? (time.Seconds * 1_000_000_000) + time.Nanoseconds
        : throw new UnreachableException("the clock of the thread is there on every Linux");

    [DllImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int clock_gettime(int clock, out Time time);

    [StructLayout(LayoutKind.Sequential)]
    private struct Time
    {
        public long Seconds, Nanoseconds;
    }
}
