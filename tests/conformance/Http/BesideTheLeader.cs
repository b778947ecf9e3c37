using System.Net;

namespace Bourse.Conformance.Http;

/// <summary>An instance that does not lead sends callers to the one that does; while nobody is known to, it says so.</summary>
public sealed class BesideTheLeader
{
    private const string Subscribe = """{"type":"SUBSCRIBE","subscribe":{"framework_info":{"user":"u","name":"n"}}}""";

    [Theory]
    [InlineData("POST", "/api/v1/scheduler", "alice", Subscribe)]
    [InlineData("POST", "/master/api/v1/scheduler?x=y", "alice", Subscribe)]
    [InlineData("POST", "/api/v1/scheduler", "alice", "not even JSON")]
    [InlineData("GET", "/api/v1/scheduler", "alice", null)] // before the method is looked at
    [InlineData("POST", "/api/v1", "operator", """{"type":"GET_HEALTH"}""")]
    [InlineData("GET", "/state", "operator", null)]
    [InlineData("GET", "/master/slaves?slave_id=x", "operator", null)]
    [InlineData("GET", "/tasks?limit=1", "operator", null)]
    public async Task Is_a_redirection_with_host_port_and_path(string method, string path, string principal, string? body)
    {
        await using var cluster = await Started("10.0.0.9:5050");
        using var answer = await Send(cluster, method, path, principal, body);
        answer.StatusCode.ShouldBe(HttpStatusCode.TemporaryRedirect);
        answer.Headers.Location!.OriginalString.ShouldBe($"//10.0.0.9:5050{path}");
        (answer.Content.Headers.ContentLength, answer.Content.Headers.ContentType).ShouldBe((0, null));
    }

    [Theory]
    [InlineData("POST", "/api/v1/scheduler", "alice", Subscribe)]
    [InlineData("POST", "/api/v1", "operator", """{"type":"GET_HEALTH"}""")]
    [InlineData("GET", "/state", "operator", null)]
    [InlineData("GET", "/redirect", "", null)]
    public async Task Is_503_while_nobody_leads_or_the_leader_recovers(string method, string path, string principal, string? body)
    {
        await using var cluster = await Started(null);
        using var answer = await Send(cluster, method, path, principal, body);
        answer.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
    }

    [Theory]
    [InlineData("/redirect")]
    [InlineData("/master/redirect")]
    public async Task Is_where_redirect_leads(string path)
    {
        await using var cluster = await Started("10.0.0.9:5050");
        using var answer = await Send(cluster, "GET", path, "", null);
        (answer.StatusCode, answer.Headers.Location!.OriginalString).ShouldBe((HttpStatusCode.TemporaryRedirect, "//10.0.0.9:5050"));
    }

    [Theory]
    [InlineData("/health", "")]
    [InlineData("/version", "")]
    [InlineData("/flags", "operator")]
    [InlineData("/metrics/snapshot", "operator")]
    public async Task Is_no_reason_not_to_speak_of_oneself(string path, string principal)
    {
        await using var cluster = await Started("10.0.0.9:5050");
        using var answer = await Send(cluster, "GET", path, principal, null);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Is_told_to_nobody_without_credentials()
    {
        await using var cluster = await Started("10.0.0.9:5050");
        using var answer = await Send(cluster, "POST", "/api/v1/scheduler", "", Subscribe);
        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    private static async Task<TestCluster> Started(string? leader)
    {
        var cluster = new TestCluster(leader);
        await cluster.InitializeAsync();
        return cluster;
    }

    private static async Task<HttpResponseMessage> Send(TestCluster cluster, string method, string path, string principal, string? body)
    {
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
        return await client.SendAsync(cluster.Request(path, body, principal, method: method), TestContext.Current.CancellationToken);
    }
}
