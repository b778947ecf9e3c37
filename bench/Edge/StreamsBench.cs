using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Bourse.Client;
using Bourse.MesosV1;
using Bourse.MesosV1.Scheduler;
using Task = System.Threading.Tasks.Task;

namespace Bourse.Bench.Edge;

/// <summary>
/// A thousand frameworks subscribed to one allocator, on one machine with it: what a connection costs in memory and CPU, and whether
/// heartbeats come on time, on every stream, beside the work of the same machine.
/// </summary>
internal static class StreamsBench
{
    private const int Frameworks = 1000;
    private static readonly TimeSpan Watched = TimeSpan.FromSeconds(60);

    public static async Task<int> Run(string root, CancellationToken ct)
    {
        var home = Directory.CreateTempSubdirectory("bourse-bench-").FullName;
        try
        {
            await using var cluster = await LocalCluster.Up(root, home, 7960, ct);
            var allocator = (int)(await cluster.Status())["processes"]!.AsArray().Single(one => (string)one!["name"]! == "allocator")!["pid"]!;

            // What the first streams bring along, code and pools, is not theirs.
            await using (var warm = await Streams.Open(cluster.Master, cluster.Token, 50, ct))
                await Task.Delay(TimeSpan.FromSeconds(10), ct); // two heartbeats of each
            // The allocator notices the closed streams and records their end; that its memory is given back tells nobody.
            await Task.Delay(TimeSpan.FromSeconds(5), ct);
            var (memory, since) = (Resident(allocator), Stopwatch.GetTimestamp());

            await using var streams = await Streams.Open(cluster.Master, cluster.Token, Frameworks, ct);
            Say($"{Frameworks} frameworks subscribed in {Stopwatch.GetElapsedTime(since).TotalSeconds:0.0} s");
            // The first two heartbeats of each still have the rush of subscribing in them.
            await Task.Delay(TimeSpan.FromSeconds(10), ct);
            streams.Gaps.Clear();
            var cpu = CpuSeconds(allocator);
            // What is measured is how a minute without news goes by: there is nothing to wait for but its end.
            await Task.Delay(Watched, ct);
            var used = (CpuSeconds(allocator) - cpu) / Watched.TotalSeconds;

            var gaps = streams.Gaps.Order().ToList();
            Say($"heartbeats of {Watched.TotalSeconds:0} s: {gaps.Count} on {Frameworks} streams; seconds between two on one: "
                + $"p50 {At(gaps, 0.5):0.000}, p99 {At(gaps, 0.99):0.000}, longest {gaps[^1]:0.000} (announced: 5)");
            Say($"memory: {(Resident(allocator) - memory) / Frameworks / 1024.0:0.0} KiB resident per connection "
                + $"({memory >> 20} MiB before, {Resident(allocator) >> 20} MiB after); CPU of the allocator: {used * 100:0.0} % of one processor");
            var lost = streams.Lost;
            Say($"streams lost: {lost}");
            return lost == 0 && gaps[^1] < 6 ? 0 : 1;
        }
        finally
        {
            Directory.Delete(home, recursive: true);
        }
    }

    /// <summary>Frameworks that want nothing and listen.</summary>
    private sealed class Streams : IAsyncDisposable
    {
        private readonly List<SchedulerClient> clients = [];
        private readonly List<Task> listening = [];
        private readonly CancellationTokenSource over = new();

        public ConcurrentBag<double> Gaps { get; } = [];

        public int Lost => clients.Count(client => client.Subscriptions != 1);

        public static async Task<Streams> Open(Uri master, string token, int count, CancellationToken ct)
        {
            var streams = new Streams();
            foreach (var some in Enumerable.Range(0, count).Chunk(50))
                await Task.WhenAll(some.Select(number => streams.Add(master, token, number))).WaitAsync(TimeSpan.FromMinutes(1), ct);
            return streams;
        }

        public async ValueTask DisposeAsync()
        {
            await over.CancelAsync();
            foreach (var client in clients)
                client.Dispose();
            await Task.WhenAll(listening).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            over.Dispose();
        }

        private Task Add(Uri master, string token, int number)
        {
            var client = new SchedulerClient(
                master, new FrameworkInfo { User = "root", Name = $"f{number}", Role = "bench" }, new() { Credential = ClientCredential.Bearer(token) })
            {
                SuppressedRoles = ["bench"],
            };
            var subscribed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            clients.Add(client);
            listening.Add(Listen(client, subscribed));
            return subscribed.Task;
        }

        private async Task Listen(SchedulerClient client, TaskCompletionSource subscribed)
        {
            long? last = null;
            await foreach (var e in client.Events(over.Token))
            {
                if (e.Type == Event.Types.Type.Subscribed)
                    subscribed.TrySetResult();
                if (e.Type != Event.Types.Type.Heartbeat)
                    continue;
                var now = Stopwatch.GetTimestamp();
                if (last is { } before)
                    Gaps.Add(Stopwatch.GetElapsedTime(before, now).TotalSeconds);
                last = now;
            }
        }
    }

    private static long Resident(int pid)
    {
        var line = File.ReadLines($"/proc/{pid}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture) * 1024;
    }

    private static double CpuSeconds(int pid)
    {
        // Behind the name, which may have anything in it: utime and stime, in hundredths of a second.
        var fields = File.ReadAllText($"/proc/{pid}/stat").Split(')')[^1].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return (long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture)) / 100.0;
    }

    private static double At(List<double> sorted, double quantile) => sorted[(int)((sorted.Count - 1) * quantile)];

    private static void Say(string text) => Console.WriteLine(text);
}
