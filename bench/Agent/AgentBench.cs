#pragma warning disable CA1416 // Agents are for Linux, and so is this.
using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Bourse.Agent.Host;
using Bourse.Agent.Host.Settings;
using Bourse.Contracts;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bourse.Bench.Agent;

/// <summary>Short tasks on one agent beside the same processes without it, and what an agent weighs with many tasks.</summary>
internal static class AgentBench
{
    public static readonly AgentId Id = new("bench-agent");

    private const int AtOnce = 16;
    private const int Held = 200;
    private const double BytesPerMb = 1 << 20;

    public static async Task<int> Run(string[] arguments)
    {
        var many = arguments is ["--tasks", var number] ? int.Parse(number, CultureInfo.InvariantCulture) : 500;
        Console.WriteLine($"{Environment.ProcessorCount} cores, load {File.ReadAllText("/proc/loadavg").Split(' ')[0]}, {AtOnce} tasks at once, each is `true` in a shell\n");
        var fork = await Rate(many, _ => Start("/bin/sh", "-c", "true"));
        var plain = await OnAgent(many, Isolation.Plain);
        Print("fork and exec of a shell", fork, fork);
        Print("a task, plain", plain, fork);
        if (Environment.IsPrivilegedProcess && File.Exists("/usr/sbin/runc"))
        {
            var runc = await PlainRunc(many / 2);
            var contained = await OnAgent(many / 2, Isolation.Always);
            Print("runc run of a shell", runc, runc);
            Print("a task, in a container", contained, runc);
        }
        Console.WriteLine();
        await Weigh(Isolation.Plain);
        if (Environment.IsPrivilegedProcess && File.Exists("/usr/sbin/runc"))
            await Weigh(Isolation.Always);
        return 0;
    }

    private static async Task<double> OnAgent(int many, Isolation isolation)
    {
        await using var agent = new Running(isolation);
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(n => agent.Cluster.Launch(Spec($"warm-{n}", "true")).Ended));
        return await Rate(many, n => agent.Cluster.Launch(Spec($"t{n}", "true")).Ended);
    }

    private static async Task<double> PlainRunc(int many)
    {
        var directory = Directory.CreateTempSubdirectory("bourse-bench-runc-").FullName;
        await Start("runc", "spec", "--bundle", directory);
        var config = JsonNode.Parse(File.ReadAllText($"{directory}/config.json"))!;
        config["process"]!["terminal"] = false;
        config["process"]!["args"] = new JsonArray("/bin/sh", "-c", "true");
        config["root"] = new JsonObject { ["path"] = $"{directory}/root", ["readonly"] = false };
        var namespaces = config["linux"]!["namespaces"]!.AsArray();
        namespaces.Remove(namespaces.First(each => (string?)each!["type"] == "network"));
        File.WriteAllText($"{directory}/config.json", config.ToJsonString());
        Directory.CreateDirectory($"{directory}/root");
        var rate = await Rate(many, n => Start(
            "unshare", "--mount", "--propagation", "slave", "/bin/sh", "-c", "mount --bind / \"$1\" && shift && exec \"$@\"", "root", $"{directory}/root",
            "runc", "--root", $"{directory}/state", "run", "--bundle", directory, $"bourse-bench-{Environment.ProcessId}-{n}"));
        Directory.Delete(directory, recursive: true);
        return rate;
    }

    private static async Task Weigh(Isolation isolation)
    {
        await using var agent = new Running(isolation);
        await agent.Cluster.Launch(Spec("first", "true")).Ended;
        var before = Resident();
        var ids = Enumerable.Range(0, Held).Select(n => new TaskId($"held-{n}")).ToList();
        var ends = new List<Task>();
        foreach (var some in ids.Chunk(AtOnce))
        {
            var begun = some.Select(id => agent.Cluster.Launch(Spec(id.Value, "exec sleep 4290"))).ToList();
            ends.AddRange(begun.Select(task => task.Ended));
            await Task.WhenAll(begun.Select(task => task.Running));
        }
        // What the starts left to be stored and reported is done by then; nothing tells when the last of it is.
        await Task.Delay(TimeSpan.FromSeconds(5));
        var clock = Stopwatch.StartNew();
        var cpu = Process.GetCurrentProcess().TotalProcessorTime;
        // The time that is measured.
        await Task.Delay(TimeSpan.FromSeconds(10));
        var busy = (Process.GetCurrentProcess().TotalProcessorTime - cpu) / clock.Elapsed;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Held} running tasks, {isolation}: agent {Resident():0} MB resident ({before:0} MB before), {busy * 100:0.0} % of a core when idle"));
        foreach (var id in ids)
            agent.Cluster.Kill(id);
        await Task.WhenAll(ends);
    }

    private static async Task<double> Rate(int many, Func<int, Task> one)
    {
        var clock = Stopwatch.StartNew();
        await Parallel.ForEachAsync(Enumerable.Range(0, many), new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (n, _) => await one(n));
        return many / clock.Elapsed.TotalSeconds;
    }

    private static async Task Start(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false })!;
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{program} ended with {process.ExitCode}");
    }

    private static TaskSpec Spec(string id, string line) => new(
        new(id), id, Resources.Of(Resource.Of("cpus", 0.1), Resource.Of("mem", 32)), new(Shell: true, line), SecretFiles: [], KillGrace: TimeSpan.FromSeconds(3));

    private static double Resident()
    {
        GC.Collect();
        return Environment.WorkingSet / BytesPerMb;
    }

    private static void Print(string what, double rate, double beside) =>
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what,-28} {rate,8:0} per second   {rate / beside,5:0.00}"));

    /// <summary>An agent in this process, on a directory of its own.</summary>
    private sealed class Running : IAsyncDisposable
    {
        private readonly string work = Directory.CreateTempSubdirectory("bourse-bench-agent-").FullName;
        private readonly AgentRuntime runtime;

        public Running(Isolation isolation)
        {
            runtime = new(
                new AgentSettings
                {
                    Id = Id,
                    Work = work,
                    Hostname = "localhost",
                    Resources = Resources.Of(Resource.Of("cpus", 100)),
                    Containers = new() { Isolation = isolation },
                },
                Cluster, TimeProvider.System, NullLogger.Instance);
            _ = runtime.Start("127.0.0.1", 5051);
        }

        public Cluster Cluster { get; } = new();

        public async ValueTask DisposeAsync()
        {
            await runtime.DisposeAsync();
            await Cluster.DisposeAsync();
            Directory.Delete(work, recursive: true);
        }
    }
}
