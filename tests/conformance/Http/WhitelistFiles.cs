using Bourse.Allocator.Host.Loop;
using Bourse.Contracts;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace Bourse.Conformance.Http;

/// <summary>The file of hosts that may be offered, as it is read again and again.</summary>
public sealed class WhitelistFiles : IAsyncLifetime
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    private readonly TestCluster cluster = new();
    private readonly string path = Path.GetTempFileName();

    public ValueTask InitializeAsync() => cluster.InitializeAsync();

    public async ValueTask DisposeAsync()
    {
        await cluster.DisposeAsync();
        File.Delete(path);
    }

    [Fact]
    public async Task A_host_that_is_taken_off_and_put_back_is_offered_again_within_the_interval()
    {
        await File.WriteAllTextAsync(path, "other.example\n", Ct);
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("Bourse:Allocator:Whitelist", path)]).Build();
        using var file = new WhitelistFile(cluster.Allocator, configuration, cluster.Clock, NullLogger<WhitelistFile>.Instance);
        await file.StartAsync(Ct);
        await Until(["other.example"]);
        await using var scheduler = await TestScheduler.Subscribe(cluster);
        await cluster.AgentJoins();
        await cluster.Allocates();
        cluster.Facts.OfType<OffersMade>().ShouldBeEmpty();

        // A file that is not there for a moment changes nothing.
        File.Delete(path);
        cluster.Clock.Advance(WhitelistFile.Interval);
        await File.WriteAllTextAsync(path, "other.example\na1.example\n", Ct);
        await Until(["a1.example", "other.example"]);
        await cluster.Allocates();
        (await scheduler.NextNews()).Offers.Offers_.ShouldHaveSingleItem();
        cluster.Facts.OfType<WhitelistChanged>().Count().ShouldBe(2);
        await file.StopAsync(Ct);
    }

    // Time is moved until the file was read: it is read on a thread of its own.
    private async Task Until(ValueList<string> hosts)
    {
        while (await cluster.Allocator.Read(state => state.Whitelist, Ct) != hosts)
        {
            cluster.Clock.Advance(WhitelistFile.Interval);
            await Task.Yield();
        }
    }
}
