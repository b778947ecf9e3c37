using System.Net;
using System.Text;
using System.Text.Json;
using Bourse.Allocator;
using Bourse.Contracts;
using Bourse.MesosV1.Master;
using Bourse.MesosV1.Wire;
using V1 = Bourse.MesosV1;

namespace Bourse.Conformance.Http;

/// <summary>The fault domain of the master itself: told to everybody, and what agents are remote by.</summary>
public sealed class WhereTheMasterStands
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    private static async Task<TestCluster> Cluster(string? region)
    {
        var cluster = new TestCluster { Settings = new() { Domain = region is null ? null : new(region, "z1") } };
        await cluster.InitializeAsync();
        return cluster;
    }

    private static async Task<string> Get(TestCluster cluster, string path, string? body = null)
    {
        using var client = new HttpClient();
        using var response = await client.SendAsync(cluster.Request(path, body, "operator", method: body is null ? "GET" : "POST"), Ct);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        return await response.Content.ReadAsStringAsync(Ct);
    }

    private static (string, string) Names(V1.DomainInfo domain) => (domain.FaultDomain.Region.Name, domain.FaultDomain.Zone.Name);

    [Fact]
    public async Task Is_told_to_schedulers_and_operators()
    {
        await using var cluster = await Cluster("eu");
        await using var scheduler = await TestScheduler.Open(cluster, """
            {"type":"SUBSCRIBE","subscribe":{"framework_info":{"user":"root","name":"fw","roles":["web"],"capabilities":[{"type":"MULTI_ROLE"}]}}}
            """);
        Names((await scheduler.Next()).Subscribed.MasterInfo.Domain).ShouldBe(("eu", "z1"));

        var master = MesosJson.Parse<Response>(Encoding.UTF8.GetBytes(await Get(cluster, "/api/v1", """{"type":"GET_MASTER"}"""))).GetMaster;
        Names(master.MasterInfo.Domain).ShouldBe(("eu", "z1"));

        using var state = JsonDocument.Parse(await Get(cluster, "/state"));
        foreach (var holder in (JsonElement[])[state.RootElement, state.RootElement.GetProperty("leader_info")])
            holder.GetProperty("domain").GetProperty("fault_domain").GetProperty("region").GetProperty("name").GetString().ShouldBe("eu");
        using var flags = JsonDocument.Parse(await Get(cluster, "/flags"));
        flags.RootElement.GetProperty("flags").GetProperty("domain").GetString().ShouldBe("""{"fault_domain":{"region":{"name":"eu"},"zone":{"name":"z1"}}}""");
    }

    [Fact]
    public async Task Is_left_out_where_it_is_not_set()
    {
        await using var cluster = await Cluster(region: null);
        MesosJson.Parse<Response>(Encoding.UTF8.GetBytes(await Get(cluster, "/api/v1", """{"type":"GET_MASTER"}"""))).GetMaster.MasterInfo.Domain.ShouldBeNull();
        (await Get(cluster, "/state")).ShouldNotContain("domain");
    }

    [Theory]
    [InlineData("eu", false, true), InlineData("us", false, false), InlineData("us", true, true), InlineData(null, false, true)]
    public async Task Decides_which_agents_only_frameworks_that_know_regions_are_offered(string? region, bool aware, bool offered)
    {
        await using var cluster = await Cluster(region);
        await using var scheduler = await TestScheduler.Subscribe(cluster, capabilities: aware ? """{"type":"REGION_AWARE"}""" : "");
        await cluster.AgentJoins(); // in region eu
        await cluster.Allocates();
        cluster.Facts.OfType<OffersMade>().Any().ShouldBe(offered);
        if (offered)
            Names((await scheduler.NextNews()).Offers.Offers_.ShouldHaveSingleItem().Domain).ShouldBe(("eu", "eu-1"));
    }
}
