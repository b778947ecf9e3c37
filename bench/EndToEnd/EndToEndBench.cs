using System.Diagnostics;

namespace Bourse.Bench.EndToEnd;

/// <summary>
/// The whole path on private clusters of one agent, against plain <c>Process.Start</c> on the same machine: tasks per second,
/// accept-to-TASK_RUNNING latency, and whether the thousandth task costs what the first did.
/// </summary>
internal static class EndToEndBench
{
    private const int Batch = 1000, Batches = 10, Runs = 5, Port = 7950;

    public static async Task<int> Run(string root, CancellationToken ct)
    {
        Say($"CPU time is that of {CpuTime.Of}.");
        var homes = Directory.CreateTempSubdirectory("bourse-bench-").FullName;
        try
        {
            await using (var cluster = await LocalCluster.Up(root, Path.Combine(homes, "compare"), Port, ct))
            {
                await Tasks(cluster, 200, 3000, ct);   // warm: by then the services run compiled code
                foreach (var inFlight in (int[])[10, 200])
                    await Compare(cluster, inFlight, ct);
            }

            var (sinceSecond, sinceFifth) = (new List<double>(), new List<double>());
            for (var run = 1; run <= Runs; run++)
            {
                await using var cluster = await LocalCluster.Up(root, Path.Combine(homes, $"growth-{run}"), Port, ct);
                var cpu = await Grow(cluster, ct);
                sinceSecond.Add(cpu[^1] / cpu[1]);
                sinceFifth.Add(cpu[^1] / cpu[4]);
            }
            Say($"CPU per task, tenth batch over second: {Median(sinceSecond):0.000} (at most 1.05); over fifth, when all is compiled: {Median(sinceFifth):0.000}");
            return 0;
        }
        finally
        {
            // Not before: ext4 without a journal makes files slowly for minutes after many were deleted.
            Directory.Delete(homes, recursive: true);
        }
    }

    private static async Task Compare(LocalCluster cluster, int inFlight, CancellationToken ct)
    {
        var (ours, plain, latencies) = (new List<double>(), new List<double>(), new List<double>());
        for (var run = 0; run < Runs; run++)
        {
            var (rate, _, taken) = await Tasks(cluster, inFlight, 400, ct);
            ours.Add(rate);
            latencies.AddRange(taken);
            plain.Add(PlainProcesses(inFlight, 400));
        }
        latencies.Sort();
        Say($"{inFlight,4} in flight: {Median(ours),7:0.0} tasks/s, Process.Start {Median(plain),7:0.0}/s, ratio {Median(ours) / Median(plain):0.000} (floor 0.1, aim 0.25); "
            + $"accept to TASK_RUNNING p50 {At(latencies, 0.5):0.0} ms, p99 {At(latencies, 0.99):0.0} ms");
    }

    // On a fresh cluster. An agent keeps 10,000 sandboxes: none is deleted in between.
    private static async Task<List<double>> Grow(LocalCluster cluster, CancellationToken ct)
    {
        var cpu = new List<double>();
        for (var batch = 1; batch <= Batches; batch++)
        {
            var before = CpuTime.ByProcess(await cluster.Status());
            var (rate, cpuMs, _) = await Tasks(cluster, 200, Batch, ct);
            cpu.Add(cpuMs);
            var after = CpuTime.ByProcess(await cluster.Status());
            Say($"batch {batch,2} of {Batch} tasks: {rate:0.0} tasks/s, {cpuMs:0.00} ms CPU per task: "
                + string.Join(", ", after.Select(one => $"{one.Key} {(one.Value - before[one.Key]) / Batch:0.00}")));
        }
        return cpu;
    }

    private static async Task<(double Rate, double CpuMs, List<double> Latencies)> Tasks(LocalCluster cluster, int inFlight, int total, CancellationToken ct)
    {
        using var framework = new ManyTasks(cluster.Master, cluster.Token, inFlight, total);
        var (since, cpu) = (Stopwatch.GetTimestamp(), CpuTime.Total());
        await framework.Run(ct);
        return (total / Stopwatch.GetElapsedTime(since).TotalSeconds, (CpuTime.Total() - cpu) / total, framework.Latencies);
    }

    private static double PlainProcesses(int inFlight, int total)
    {
        var since = Stopwatch.GetTimestamp();
        Parallel.For(0, total, new ParallelOptions { MaxDegreeOfParallelism = inFlight }, _ =>
        {
            using var process = Process.Start("/bin/true");
            process.WaitForExit();
        });
        return total / Stopwatch.GetElapsedTime(since).TotalSeconds;
    }

    private static double Median(List<double> values) => At([.. values.Order()], 0.5);

    private static double At(List<double> sorted, double quantile) => sorted[(int)((sorted.Count - 1) * quantile)];

    private static void Say(string text) => Console.WriteLine(text);
}
