using System.Net;
using System.Text.Json;
using Bourse.MesosV1.Scheduler;

namespace Bourse.Conformance.Http;

/// <summary>Minimums and constraints of frameworks, and the answer to why nothing is offered.</summary>
public sealed class AskingForOffers : IAsyncLifetime
{
    private readonly TestCluster cluster = new();

    public ValueTask InitializeAsync() => cluster.InitializeAsync();

    public ValueTask DisposeAsync() => cluster.DisposeAsync();

    private static string Subscribe(string info = "", string constraints = "") =>
        """{"type":"SUBSCRIBE","subscribe":{"framework_info":{"name":"f","user":"nobody","roles":["web"],"capabilities":[{"type":"MULTI_ROLE"}]"""
        + info + "}" + constraints + "}}";

    private static string Rack(string predicate) =>
        ""","offer_constraints":{"role_constraints":{"web":{"groups":[{"attribute_constraints":[{"selector":{"attribute_name":"rack"},"predicate":{""" + predicate + "}}]}]}}}";

    private Task<TestStream<Event>> Open(string body) => TestStream<Event>.Open(cluster.Request("/api/v1/scheduler", body), null);

    private async Task<JsonElement> Explain(string framework)
    {
        using var client = new HttpClient();
        using var response = await client.SendAsync(
            cluster.Request($"/bourse/v1/frameworks/{framework}/offers/explain", null, "operator", method: "GET"), TestContext.Current.CancellationToken);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        return JsonDocument.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).RootElement;
    }

    [Theory]
    [InlineData("\"text_equals\":{\"value\":\"r1\"}", "offered"), InlineData("\"text_matches\":{\"regex\":\"r[2-9]\"}", "constraint")]
    [InlineData("\"not_exists\":{}", "constraint"), InlineData("\"exists\":{}", "offered")]
    public async Task Constraints_choose_agents_and_are_explained(string predicate, string reason)
    {
        await using var stream = await Open(Subscribe(constraints: Rack(predicate)));
        var id = (await stream.Next()).Subscribed.FrameworkId.Value;
        await cluster.AgentJoins();
        await cluster.Allocates();
        var role = (await Explain(id)).GetProperty("roles")[0];
        role.GetProperty("reason").GetString().ShouldBe(reason);
        role.GetProperty("agents")[0].GetProperty("count").GetInt32().ShouldBe(1);
    }

    [Theory]
    [InlineData("8", "below-minimum"), InlineData("4", "offered")]
    public async Task A_framework_has_its_own_minimum(string cpus, string reason)
    {
        await using var stream = await Open(Subscribe(
            ""","offer_filters":{"web":{"min_allocatable_resources":{"quantities":[{"quantities":{"cpus":{"value":""" + cpus + "}}}]}}}"));
        var id = (await stream.Next()).Subscribed.FrameworkId.Value;
        await cluster.AgentJoins();
        await cluster.Allocates();
        (await Explain(id)).GetProperty("roles")[0].GetProperty("reason").GetString().ShouldBe(reason);
    }

    [Theory]
    [InlineData("\"text_matches\":{\"regex\":\"(\"}", "is no expression"), InlineData("", "exactly one known thing")]
    public async Task Constraints_that_cannot_be_are_an_ERROR(string predicate, string why)
    {
        await using var stream = await Open(Subscribe(constraints: Rack(predicate)));
        (await stream.Next()).Error.Message.ShouldContain(why);
    }

    [Fact]
    public async Task Only_operators_ask_and_only_about_frameworks_that_exist()
    {
        using var client = new HttpClient();
        foreach (var (principal, status) in ((string, HttpStatusCode)[])[("alice", HttpStatusCode.Forbidden), ("operator", HttpStatusCode.NotFound)])
            (await client.SendAsync(cluster.Request("/bourse/v1/frameworks/nobody/offers/explain", null, principal, method: "GET"), TestContext.Current.CancellationToken))
                .StatusCode.ShouldBe(status);
    }
}
