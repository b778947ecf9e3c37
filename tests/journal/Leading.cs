using Bourse.Contracts;
using Bourse.Journal.Tests.Counting;
using Npgsql;

namespace Bourse.Journal.Tests;

public sealed class Leading
{
    [Fact]
    public async Task Fences_a_deposed_leader_by_the_expected_version()
    {
        await using var cluster = await Cluster.New();
        var (mine, theirs) = (cluster.Store(), cluster.Store());
        await mine.Prepare(Cluster.Patience);
        var start = await mine.Append(JournalHead.Empty, Opening(cluster, epoch: 1), Cluster.Patience);

        // Both believe that the journal ends here; the other one takes over.
        var after = await theirs.Append(start, Taking(cluster, start, epoch: 2), Cluster.Patience);
        await Should.ThrowAsync<StaleLeaderException>(() => mine.Append(start, Adding(start, epoch: 1), Cluster.Patience));
        // Even with the right position an old epoch stays out.
        await Should.ThrowAsync<StaleLeaderException>(() => mine.Append(after, Adding(after, epoch: 1), Cluster.Patience));

        (await Cluster.All(mine)).Count.ShouldBe(3);
        var last = await theirs.Append(after, Adding(after, epoch: 2), Cluster.Patience);
        last.Position.ShouldBe(4);
    }

    [Fact]
    public async Task Lets_one_of_many_simultaneous_appends_through()
    {
        await using var cluster = await Cluster.New();
        var stores = Enumerable.Range(0, 6).Select(_ => cluster.Store()).ToArray();
        await stores[0].Prepare(Cluster.Patience);
        var head = await stores[0].Append(JournalHead.Empty, Opening(cluster, epoch: 1), Cluster.Patience);
        for (var round = 0; round < 10; round++)
        {
            var at = head;
            var outcomes = await Task.WhenAll(stores.Select(async store =>
            {
                try
                {
                    return await store.Append(at, Adding(at, epoch: 1), Cluster.Patience);
                }
                catch (StaleLeaderException)
                {
                    return null;
                }
            }));
            head = outcomes.Where(outcome => outcome is not null).ShouldHaveSingleItem()!;
        }
        (await Cluster.All(stores[0])).Select(entry => entry.Position).ShouldBe(Enumerable.Range(1, 12).Select(i => (long)i));
    }

    [Fact]
    public async Task Makes_the_second_instance_wait_and_take_over()
    {
        await using var cluster = await Cluster.New();
        var first = await cluster.Start();
        var second = new JournalLoop<CounterState, CounterCommand>(cluster.Core, cluster.Store());
        await second.StartAsync(CancellationToken.None);
        await first.Send(new Add("a", 1), Cluster.Alice, Cluster.Patience);
        while (second.Role != JournalRole.Standby)
            await Task.Delay(20, Cluster.Patience);
        await Should.ThrowAsync<JournalUnavailableException>(() => second.Send(new Add("a", 1), Cluster.Alice, Cluster.Patience));

        await first.StopAsync(Cluster.Patience);
        await second.WhenLeading(Cluster.Patience);
        (await second.Send(new Add("a", 1), Cluster.Alice, Cluster.Patience)).Facts.Count.ShouldBe(1);
        (await second.Read(state => (state.Counters["a"], state.Leaders), Cluster.Patience)).ShouldBe((2, 2));
        await second.StopAsync(Cluster.Patience);
    }

    [Fact]
    public async Task Steps_down_when_the_database_ends_its_connection()
    {
        await using var cluster = await Cluster.New();
        var loop = await cluster.Start();
        await loop.Send(new Add("a", 1), Cluster.Alice, Cluster.Patience);
        await using (var connection = new NpgsqlConnection(cluster.Database))
        {
            await connection.OpenAsync(Cluster.Patience);
            await using var kill = new NpgsqlCommand(
                "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name like 'bourse%leadership' and datname = current_database()", connection);
            ((long)(await kill.ExecuteScalarAsync(Cluster.Patience))!).ShouldBe(1);
        }
        while (true)
        {
            try
            {
                await loop.WhenLeading(Cluster.Patience);
                await loop.Send(new Add("a", 1), Cluster.Alice, Cluster.Patience);
                if (await loop.Read(state => state.Leaders, Cluster.Patience) == 2)
                    break;
            }
            catch (JournalUnavailableException)
            {
                // Between two epochs.
            }
        }
        await loop.StopAsync(Cluster.Patience);
    }

    private static Append Opening(Cluster cluster, long epoch) => new(
        [Entry(1, new SegmentOpened(cluster.Core.Service, 1, 0), epoch), Entry(2, Taken(cluster, epoch), epoch)], epoch, 0);

    private static Append Taking(Cluster cluster, JournalHead head, long epoch) => new([Entry(head.Position + 1, Taken(cluster, epoch), epoch)], epoch, 0);

    private static Append Adding(JournalHead head, long epoch) => new([Entry(head.Position + 1, new Added("a", 1, ""), epoch)], epoch, 0);

    private static LeadershipTaken Taken(Cluster cluster, long epoch) => new(cluster.Core.Service, epoch, "test", DateTimeOffset.UnixEpoch);

    private static Entry Entry(long position, IFact fact, long epoch) => new(
        position, CounterCore.Names.NameOf(fact.GetType()), fact, System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(fact, fact.GetType(), Json.Options),
        Cluster.Alice, DateTimeOffset.UnixEpoch, epoch, null);
}
