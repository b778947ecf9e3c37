using System.Globalization;
using Bourse.Servers;
using Npgsql;

namespace Bourse.Bench.Journal;

/// <summary>The journal and its relay beside the plainest alternative, on private servers that wait for the disk at each commit.</summary>
internal static class JournalBench
{
    public static async Task<int> Run(string[] what)
    {
        // Open to the servers' own accounts, unlike a temporary directory of the framework's, so that all state is in it and goes with it.
        var directory = Path.Combine(Path.GetTempPath(), $"bourse-bench-{Environment.ProcessId}");
        await using var servers = await PrivateServers.Start(directory, durable: true);
        await using var data = NpgsqlDataSource.Create(servers.Postgres.ConnectionString);
        var database = new Meter(servers.Postgres.Process!.Pid);
        if (what is ["subjects"])
        {
            await new SubjectTable(servers.Postgres, data, database).Run();
            return 0;
        }
        var broker = new Meter(servers.RabbitMq.Process!.Pid);
        Load("before");
        var appending = new Appending(servers.Postgres.ConnectionString, data, database);
        var relaying = new Relaying(servers.RabbitMq.Uri, broker);
        Comparison.Print(
        [
            await appending.Commits(perCommit: 100, commits: 100),
            await appending.Commits(perCommit: 500, commits: 40),
            await appending.Commands(each: 250),
            await relaying.Run(perCommit: 1, commits: 4000),
            await relaying.Run(perCommit: 1, commits: 4000, events: false),
            await relaying.Run(perCommit: 10, commits: 1500),
            await relaying.Run(perCommit: 10, commits: 1500, events: false),
            await new Folding(servers.Postgres.ConnectionString, data, database).Run(events: 40_000),
        ]);
        Load("after");
        return 0;
    }

    private static void Load(string when) => Comparison.Say(
        $"load {when}: {File.ReadAllText("/proc/loadavg").Trim()}; {Environment.ProcessorCount} processors; {DateTimeOffset.UtcNow.ToString("u", CultureInfo.InvariantCulture)}");
}
