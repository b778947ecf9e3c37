using System.Diagnostics;
using System.Globalization;

namespace Bourse.Bench.Allocator;

/// <summary>
/// The allocation engine against the figures measured of Mesos' allocator (reference.tsv): CPU time of a cycle, offers made, peak memory.
/// Every case runs in a process of its own.
/// </summary>
internal static class AllocatorBench
{
    public static int Run(string[] arguments)
    {
        if (arguments is ["case", var name, var layout, var agents, var frameworks])
        {
            Print(name, layout, int.Parse(agents, CultureInfo.InvariantCulture), int.Parse(frameworks, CultureInfo.InvariantCulture));
            return 0;
        }
        var most = arguments is ["--max-agents", var given, ..] && int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : int.MaxValue;
        var only = arguments is [.., "--only", var wanted] ? wanted : "";
        Console.WriteLine($"{"case",-5} {"layout",-8} {"agents",7} {"frameworks",10}  {"what",-22} {"offers",8} {"Bourse",10} {"Mesos",10} {"times faster",12}  {"MiB",7}");
        foreach (var row in Rows().Where(row => row.Agents <= most && row.Case.StartsWith(only, StringComparison.Ordinal)).Select(row => (row.Case, row.Layout, row.Agents, row.Frameworks)).Distinct())
            if (Start(["case", row.Case, row.Layout, $"{row.Agents}", $"{row.Frameworks}"]) != 0)
                return 1;
        return 0;
    }

    private static void Print(string name, string layout, int agents, int frameworks)
    {
        Cases.WarmUp();
        var measured = Cases.Run(name, layout, agents, frameworks);
        var rows = Rows().Where(row => (row.Case, row.Layout, row.Agents, row.Frameworks) == (name, layout, agents, frameworks)).ToList();
        foreach (var (what, milliseconds, offers) in measured.Figures)
        {
            var mesos = rows.Find(row => row.What == what)?.Milliseconds;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{name,-5} {layout,-8} {agents,7} {frameworks,10}  {what,-22} {offers,8} {milliseconds,10:0.000} {mesos?.ToString("0.###", CultureInfo.InvariantCulture) ?? "-",10} {(mesos is { } theirs ? (theirs / Math.Max(milliseconds, 0.0005)).ToString("0", CultureInfo.InvariantCulture) : "-"),12}  {Measured.PeakMemory(),7:0}"));
        }
    }

    private static List<Row> Rows() => [.. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Allocator", "reference.tsv"))
        .Where(line => line.Length > 0 && line[0] != '#').Select(line => line.Split('\t'))
        .Select(f => new Row(f[0], f[1], int.Parse(f[2], CultureInfo.InvariantCulture), int.Parse(f[3], CultureInfo.InvariantCulture), f[4],
            f[5] == "-" ? null : double.Parse(f[5], CultureInfo.InvariantCulture)))];

    private static int Start(string[] arguments)
    {
        using var child = Process.Start(new ProcessStartInfo("dotnet", [typeof(AllocatorBench).Assembly.Location, "allocator", .. arguments]))!;
        child.WaitForExit();
        return child.ExitCode;
    }

    private sealed record Row(string Case, string Layout, int Agents, int Frameworks, string What, double? Milliseconds);
}
