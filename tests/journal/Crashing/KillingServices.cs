using System.Diagnostics;
using System.Globalization;
using Bourse.Journal.Tests.Counting;

namespace Bourse.Journal.Tests.Crashing;

/// <summary>kill -9 at every step between a caller and a receiver: nothing answered is lost, nothing is applied twice.</summary>
public sealed class KillingServices
{
    [Theory]
    [InlineData("before append", 6)]
    [InlineData("after append", 6)]
    [InlineData("before publish", 30)]
    [InlineData("after publish", 30)]
    [InlineData("after confirm", 30)]
    public async Task The_sender_dies(string point, int after)
    {
        await using var cluster = await Cluster.New();
        using var mirror = Child.Launch("mirror", cluster.Database, TestServers.RabbitMq, cluster.Core.Service);
        // From now on its queue keeps what the sender published; only a living sender could send again what was before.
        await Line(mirror, "ready");
        var answered = new HashSet<int>();
        using (var source = Child.Launch("source", cluster.Database, TestServers.RabbitMq, cluster.Core.Service, point, after))
        {
            await Line(source, "ready");
            await Load(source, answered, from: 0, rounds: 50);
        }
        using (var source = Child.Launch("source", cluster.Database, TestServers.RabbitMq, cluster.Core.Service))
        {
            await Line(source, "ready");
            await Load(source, answered, from: 1000, rounds: 5);
            await Stop(source);
        }
        await Verify(cluster, answered, mirror);
    }

    [Theory]
    [InlineData("before handling", 5)]
    [InlineData("before ack", 5)]
    [InlineData("after append", 6)]
    public async Task The_receiver_dies(string point, int after)
    {
        await using var cluster = await Cluster.New();
        var answered = new HashSet<int>();
        using var dying = Child.Launch("mirror", cluster.Database, TestServers.RabbitMq, cluster.Core.Service, point, after);
        await Line(dying, "ready");
        using (var source = Child.Launch("source", cluster.Database, TestServers.RabbitMq, cluster.Core.Service))
        {
            await Line(source, "ready");
            await Load(source, answered, from: 0, rounds: 20);
            await dying.WaitForExitAsync(Cluster.Patience);
            dying.ExitCode.ShouldBe(137);
            await Load(source, answered, from: 1000, rounds: 5);
            using var mirror = Child.Launch("mirror", cluster.Database, TestServers.RabbitMq, cluster.Core.Service);
            await Stop(source);
            await Verify(cluster, answered, mirror);
        }
    }

    private static async Task Load(Process source, HashSet<int> answered, int from, int rounds)
    {
        for (var round = 0; round < rounds; round++)
        {
            try
            {
                await source.StandardInput.WriteLineAsync($"{from + (round * 8)}");
                await source.StandardInput.FlushAsync(Cluster.Patience);
            }
            catch (IOException)
            {
                return; // it died, as it was told
            }
            while (true)
            {
                var line = await source.StandardOutput.ReadLineAsync(Cluster.Patience);
                if (line is null)
                    return;
                if (line == "next")
                    break;
                if (line.StartsWith("done ", StringComparison.Ordinal))
                    answered.Add(int.Parse(line[5..], CultureInfo.InvariantCulture));
            }
        }
    }

    private static async Task Line(Process child, string wanted)
    {
        while (await child.StandardOutput.ReadLineAsync(Cluster.Patience) is { } line)
        {
            if (line == wanted)
                return;
        }
        throw new InvalidOperationException($"the child ended without '{wanted}'");
    }

    private static async Task Stop(Process child)
    {
        await child.StandardInput.WriteLineAsync();
        await child.StandardInput.FlushAsync(Cluster.Patience);
        await Line(child, "stopped");
        await child.WaitForExitAsync(Cluster.Patience);
    }

    private static async Task Verify(Cluster cluster, HashSet<int> answered, Process mirror)
    {
        answered.Count.ShouldBeGreaterThan(8);
        var original = await Notes(cluster.Store());
        original.Count.ShouldBe(original.Distinct().Count(), "nothing is decided twice");
        answered.Except(original.Select(note => int.Parse(note, CultureInfo.InvariantCulture))).ShouldBeEmpty("nothing answered is lost");

        // A newcomer may begin with a picture, so what counts is the sum.
        var copy = cluster.Store($"{cluster.Core.Service}_mirror");
        var patience = Cluster.Patience;
        while (await Sum(copy) < original.Count)
            await Task.Delay(50, patience);
        await Stop(mirror);
        (await Sum(copy)).ShouldBe(original.Count, "nothing is applied twice");
    }

    private static async Task<long> Sum(IJournalStore store) =>
        (await Cluster.All(store)).Select(entry => entry.Fact(CounterCore.Names)).OfType<Added>().Sum(added => added.By);

    private static async Task<List<string>> Notes(IJournalStore store) =>
        [.. (await Cluster.All(store)).Select(entry => entry.Fact(CounterCore.Names)).OfType<Added>().Select(added => added.Note)];
}
