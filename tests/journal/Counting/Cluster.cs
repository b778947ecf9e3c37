using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Deciding;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Bourse.Journal.Tests.Counting;

using CounterLoop = JournalLoop<CounterState, CounterCommand>;

/// <summary>A service under test on real servers, in a database of its own, that can be stopped and started again.</summary>
internal sealed class Cluster : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> opened = [];

    private Cluster(string database, string service) => (Database, Core) = (database, new CounterCore(service));

    public static Origin Alice { get; } = new("alice", "c-1", "call-1");

    public CounterCore Core { get; }

    public string Database { get; }

    public static async Task<Cluster> New(string? postgres = null)
    {
        var name = $"t{Guid.NewGuid():N}";
        await using var connection = new NpgsqlConnection(postgres ?? TestServers.Postgres);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var create = new NpgsqlCommand($"create database {name}", connection);
        await create.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        return new(new NpgsqlConnectionStringBuilder(postgres ?? TestServers.Postgres) { Database = name }.ConnectionString, $"counter{name[..9]}");
    }

    public MartenJournal Store() => Store(Core.Service);

    public MartenJournal Store(string service)
    {
        var store = new MartenJournal(Database, service, CounterCore.Names);
        opened.Add(store);
        return store;
    }

    public async Task<CounterLoop> Start(
        IJournalStore? store = null, JournalOptions? options = null, IRelay? relay = null, params ICommitListener<CounterState>[] listeners)
    {
        var loop = new CounterLoop(Core, store ?? Store(), listeners, relay, options, log: NullLogger<CounterLoop>.Instance);
        await loop.StartAsync(CancellationToken.None);
        await loop.WhenLeading(Patience);
        return loop;
    }

    public static CancellationToken Patience => CancellationTokenSource.CreateLinkedTokenSource(
        new CancellationTokenSource(TimeSpan.FromSeconds(120)).Token, TestContext.Current.CancellationToken).Token;

    public static async Task<byte[]> State(CounterLoop loop, CounterCore core) => await loop.Read(core.Save, Patience);

    public static async Task<List<Entry>> All(IJournalStore store, long from = 1, long to = long.MaxValue)
    {
        var entries = new List<Entry>();
        await foreach (var entry in store.Read(from, to, TestContext.Current.CancellationToken))
            entries.Add(entry);
        return entries;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var one in opened)
            await one.DisposeAsync();
        NpgsqlConnection.ClearAllPools();
        var name = new NpgsqlConnectionStringBuilder(Database).Database;
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Database) { Database = "postgres" }.ConnectionString);
        await connection.OpenAsync();
        await using var drop = new NpgsqlCommand($"drop database {name} with (force)", connection);
        await drop.ExecuteNonQueryAsync();
    }
}
