using System.Diagnostics;
using System.Globalization;

namespace Bourse.Bench.Journal;

/// <summary>One run: operations per second, and the CPU time of one operation here and in the server.</summary>
internal sealed record Sample(double Rate, double Client, double Server)
{
    public double Cpu => Client + Server;
}

/// <summary>Runs something and says what it took, in time and in CPU time of this process and of a server's process tree.</summary>
internal sealed class Meter(int server)
{
    public async Task<Sample> Measure(int operations, Func<Task> run)
    {
        // Garbage of whoever ran before is not on this one's account.
        GC.Collect();
        var (here, there, since) = (Environment.CpuUsage.TotalTime, ServerCpu(), Stopwatch.GetTimestamp());
        await run();
        var taken = Stopwatch.GetElapsedTime(since);
        return new(
            operations / taken.TotalSeconds,
            (Environment.CpuUsage.TotalTime - here).TotalMicroseconds / operations,
            (ServerCpu() - there).TotalMicroseconds / operations);
    }

    // Time of children that ended is in their parent's account, so that the sum over those that live never goes back.
    private TimeSpan ServerCpu()
    {
        var processes = Directory.EnumerateDirectories("/proc").Select(Look).OfType<(int Pid, int Parent, long Ticks)>().ToLookup(p => p.Parent);
        long total = Look($"/proc/{server}")?.Ticks ?? throw new InvalidOperationException($"server {server} is gone");
        var open = new Queue<int>([server]);
        while (open.TryDequeue(out var parent))
        {
            foreach (var child in processes[parent])
            {
                total += child.Ticks;
                open.Enqueue(child.Pid);
            }
        }
        return TimeSpan.FromMilliseconds(total * 10);
    }

    private static (int Pid, int Parent, long Ticks)? Look(string directory)
    {
        if (!int.TryParse(Path.GetFileName(directory), CultureInfo.InvariantCulture, out var pid))
            return null;
        try
        {
            var stat = File.ReadAllText($"{directory}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            long Field(int index) => long.Parse(fields[index], CultureInfo.InvariantCulture);
            return (pid, (int)Field(1), Field(11) + Field(12) + Field(13) + Field(14));
        }
        catch (IOException)
        {
            return null; // it ended meanwhile
        }
    }
}

/// <summary>Ours beside the plainest way to do the same, interleaved, medians of five. A floor of 0: for information.</summary>
internal sealed record Comparison(string What, string Unit, double Floor, double Aim)
{
    private const int Runs = 5;

    public Sample Ours { get; private set; } = null!;

    public Sample Plain { get; private set; } = null!;

    public double Ratio => Ours.Rate / Plain.Rate;

    /// <summary>Once of each to warm up, then five times ours and plain in turn; plain always does what ours has just done.</summary>
    public async Task<Comparison> Run(Func<Task<Sample>> ours, Func<Task<Sample>> plain)
    {
        var (us, them) = (new List<Sample>(), new List<Sample>());
        for (var run = 0; run <= Runs; run++)
        {
            us.Add(await ours());
            them.Add(await plain());
        }
        (Ours, Plain) = (Median(us[1..]), Median(them[1..]));
        Console.Error.WriteLine($"measured: {What}");
        return this;
    }

    public static Sample Median(List<Sample> samples) =>
        new(Middle(samples, one => one.Rate), Middle(samples, one => one.Client), Middle(samples, one => one.Server));

    public static void Print(IReadOnlyList<Comparison> all)
    {
        Say($"{"",-63}{"ours/s",10}{"plain/s",10}{"ratio",7}{"floor",7}{"aim",6}   CPU µs each: ours (here+server)   plain (here+server)   ratio");
        foreach (var one in all)
        {
            var verdict = one.Ratio >= one.Aim ? "" : one.Ratio >= one.Floor ? "  below the aim" : "  BELOW THE FLOOR";
            var name = $"{one.What} [{one.Unit}]";
            var (floor, aim) = one.Floor > 0 ? (Figure(one.Floor), Figure(one.Aim)) : ("-", "-");
            Say($"{name,-63}{one.Ours.Rate,10:0}{one.Plain.Rate,10:0}{one.Ratio,7:0.00}{floor,7}{aim,6}{Cost(one.Ours),34}{Cost(one.Plain),22}{one.Ours.Cpu / one.Plain.Cpu,8:0.00}{verdict}");
        }
    }

    public static void Say(FormattableString text) => Console.WriteLine(text.ToString(CultureInfo.InvariantCulture));

    private static string Figure(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);

    private static string Cost(Sample one) => string.Create(CultureInfo.InvariantCulture, $"{one.Cpu:0.0} ({one.Client:0.0}+{one.Server:0.0})");

    private static double Middle(List<Sample> samples, Func<Sample, double> of) => samples.Select(of).Order().ElementAt(samples.Count / 2);
}
