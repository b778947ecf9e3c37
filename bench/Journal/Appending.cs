using Bourse.Contracts;
using Bourse.Journal;
using Npgsql;

namespace Bourse.Bench.Journal;

/// <summary>The journal's appends against COPY and INSERT of the same rows into the same tables.</summary>
internal sealed class Appending(string connectionString, NpgsqlDataSource data, Meter meter)
{
    private const int Callers = 8;

    /// <summary>So many events per commit, one commit after the other.</summary>
    public async Task<Comparison> Commits(int perCommit, int commits)
    {
        var (ours, theirs) = ($"append{perCommit}", $"copy{perCommit}");
        await using var store = new MartenJournal(connectionString, ours, Sampling.Names);
        var head = await Open(store);
        var plain = await Tables.Make(data, connectionString, theirs, $"{ours}/000001");
        await using var connection = await data.OpenConnectionAsync();
        var before = head.Position;
        return await new Comparison($"append, {perCommit} events per commit / binary COPY", "events", 0.35, 0.6).Run(
            async () =>
            {
                before = head.Position;
                var batches = Enumerable.Range(0, commits).Select(i => Sampling.Entries(head.Position + 1 + (i * perCommit), perCommit)).ToList();
                return await meter.Measure(commits * perCommit, async () =>
                {
                    foreach (var batch in batches)
                        head = await store.Append(head, new(batch, 1, 0), CancellationToken.None);
                });
            },
            async () =>
            {
                var batches = (await Tables.Load(data, ours, before)).Chunk(perCommit).ToList();
                return await meter.Measure(commits * perCommit, async () =>
                {
                    foreach (var batch in batches)
                        await plain.Copy(connection, batch);
                });
            });
    }

    /// <summary>Eight callers that each wait for one command after the other.</summary>
    public async Task<Comparison> Commands(int each)
    {
        await using var store = new MartenJournal(connectionString, "commands", Sampling.Names);
        using var loop = new JournalLoop<TaskStates, TaskStatusChanged>(new TaskStatesCore("commands"), store);
        await loop.StartAsync(CancellationToken.None);
        await loop.WhenLeading(CancellationToken.None);
        var plain = await Tables.Make(data, connectionString, "inserts", "commands/000001");
        var connections = new List<NpgsqlConnection>();
        var inserts = new List<Func<StoredRow, Task>>();
        for (var i = 0; i < Callers; i++)
        {
            connections.Add(await data.OpenConnectionAsync());
            inserts.Add(await plain.Inserting(connections[i]));
        }
        var before = loop.Head;
        var result = await new Comparison($"one command per commit, {Callers} callers / prepared INSERT", "commands", 0.5, 0.8).Run(
            async () =>
            {
                before = loop.Head;
                return await meter.Measure(Callers * each, () => Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(async () =>
                {
                    for (var i = 0; i < each; i++)
                    {
                        var n = before + (caller * each) + i;
                        await loop.Send(Sampling.Fact(n), Sampling.Origin(n), CancellationToken.None);
                    }
                }))));
            },
            async () =>
            {
                var shares = (await Tables.Load(data, "commands", before)).Select((row, i) => (row, i)).GroupBy(one => one.i % Callers, one => one.row).ToList();
                return await meter.Measure(Callers * each, () => Task.WhenAll(shares.Select((rows, caller) => Task.Run(async () =>
                {
                    foreach (var row in rows)
                        await inserts[caller](row);
                }))));
            });
        await loop.StopAsync(CancellationToken.None);
        foreach (var connection in connections)
            await connection.DisposeAsync();
        return result;
    }

    /// <summary>An empty journal that has its first event.</summary>
    public static async Task<JournalHead> Open(MartenJournal store)
    {
        await store.Prepare(CancellationToken.None);
        return await store.Append(JournalHead.Empty, new([Sampling.Opening(store.Service)], 1, 0), CancellationToken.None);
    }
}
