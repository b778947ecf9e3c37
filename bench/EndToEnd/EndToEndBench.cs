using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Bourse.Bench.EndToEnd;

/// <summary>
/// The whole path on private clusters of one agent, against plain <c>Process.Start</c> on the same machine: tasks per second,
/// accept-to-TASK_RUNNING latency, and whether the thousandth task costs what the first did.
/// </summary>
internal static class EndToEndBench
{
    private const int Batch = 1000, Batches = 10, Runs = 5;

    public static async Task<int> Run(string root, CancellationToken ct)
    {
        Say($"CPU time is that of {CpuTime.Of}.");
        var homes = Directory.CreateTempSubdirectory("bourse-bench-").FullName;
        try
        {
            await OnACluster(root, Path.Combine(homes, "compare"), async (master, token) =>
            {
                await Tasks(master, token, 200, 3000, ct);   // warm: by then the services run compiled code
                foreach (var inFlight in (int[])[10, 200])
                    await Compare(master, token, inFlight, ct);
            }, ct);

            var (sinceSecond, sinceFifth) = (new List<double>(), new List<double>());
            for (var run = 1; run <= Runs; run++)
            {
                var home = Path.Combine(homes, $"growth-{run}");
                await OnACluster(root, home, async (master, token) =>
                {
                    var cpu = await Grow(master, token, home, root, ct);
                    sinceSecond.Add(cpu[^1] / cpu[1]);
                    sinceFifth.Add(cpu[^1] / cpu[4]);
                }, ct);
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

    private static async Task OnACluster(string root, string home, Func<Uri, string, Task> measure, CancellationToken ct)
    {
        try
        {
            await Bourse(root, "up", "--home", home, "--agents", "1", "--port", "7950");
            var tokens = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(home, "tokens.json"), ct))!["tokens"]!.AsArray();
            await measure(new Uri("http://127.0.0.1:7950"), (string)tokens.First(t => (string)t!["kind"]! == "operator")!["secret"]!);
        }
        finally
        {
            await Bourse(root, "down", "--home", home);
        }
    }

    private static async Task Compare(Uri master, string token, int inFlight, CancellationToken ct)
    {
        var (ours, plain, latencies) = (new List<double>(), new List<double>(), new List<double>());
        for (var run = 0; run < Runs; run++)
        {
            var (rate, _, taken) = await Tasks(master, token, inFlight, 400, ct);
            ours.Add(rate);
            latencies.AddRange(taken);
            plain.Add(PlainProcesses(inFlight, 400));
        }
        latencies.Sort();
        Say($"{inFlight,4} in flight: {Median(ours),7:0.0} tasks/s, Process.Start {Median(plain),7:0.0}/s, ratio {Median(ours) / Median(plain):0.000} (floor 0.1, aim 0.25); "
            + $"accept to TASK_RUNNING p50 {At(latencies, 0.5):0.0} ms, p99 {At(latencies, 0.99):0.0} ms");
    }

    // On a fresh cluster. An agent keeps 10,000 sandboxes: none is deleted in between.
    private static async Task<List<double>> Grow(Uri master, string token, string home, string root, CancellationToken ct)
    {
        var cpu = new List<double>();
        for (var batch = 1; batch <= Batches; batch++)
        {
            var before = CpuTime.ByProcess(await Status(root, home));
            var (rate, cpuMs, _) = await Tasks(master, token, 200, Batch, ct);
            cpu.Add(cpuMs);
            var after = CpuTime.ByProcess(await Status(root, home));
            Say($"batch {batch,2} of {Batch} tasks: {rate:0.0} tasks/s, {cpuMs:0.00} ms CPU per task: "
                + string.Join(", ", after.Select(one => $"{one.Key} {(one.Value - before[one.Key]) / Batch:0.00}")));
        }
        return cpu;
    }

    private static async Task<(double Rate, double CpuMs, List<double> Latencies)> Tasks(Uri master, string token, int inFlight, int total, CancellationToken ct)
    {
        using var framework = new ManyTasks(master, token, inFlight, total);
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

    private static async Task Bourse(string root, params string[] arguments)
    {
        using var process = Process.Start(Path.Combine(root, "bourse"), arguments);
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"bourse {arguments[0]} exited with {process.ExitCode}");
    }

    private static async Task<JsonNode> Status(string root, string home)
    {
        using var process = Process.Start(new ProcessStartInfo(Path.Combine(root, "bourse"), ["status", "--home", home, "--output", "json"]) { RedirectStandardOutput = true })!;
        return JsonNode.Parse(await process.StandardOutput.ReadToEndAsync())!;
    }

    private static double Median(List<double> values) => At([.. values.Order()], 0.5);

    private static double At(List<double> sorted, double quantile) => sorted[(int)((sorted.Count - 1) * quantile)];

    private static void Say(string text) => Console.WriteLine(text);
}
