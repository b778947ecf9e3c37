using System.Net;
using System.Net.Http.Headers;
using Bourse.MesosV1.Scheduler;

namespace Bourse.Conformance.Http;

/// <summary>A scheduler at the other end of the wire: subscribes, reads its stream, makes calls.</summary>
internal sealed class TestScheduler : IAsyncDisposable
{
    private readonly TestCluster cluster;
    private readonly string principal;
    private readonly HttpClient client = new(new SocketsHttpHandler { ResponseDrainTimeout = TimeSpan.Zero });
    private TestStream<Event>? stream;

    private TestScheduler(TestCluster cluster, string principal) => (this.cluster, this.principal) = (cluster, principal);

    public HttpResponseMessage Response { get; private set; } = null!;

    public string StreamId => Response.Headers.GetValues("Mesos-Stream-Id").Single();

    public string FrameworkId { get; private set; } = "";

    /// <summary>Sends SUBSCRIBE; the stream is open when this returns, and nothing of it is read.</summary>
    public static async Task<TestScheduler> Open(
        TestCluster cluster, string subscribe, string principal = "alice", string? accept = null, string contentType = "application/json", byte[]? body = null)
    {
        var scheduler = new TestScheduler(cluster, principal);
        var request = cluster.Request("/api/v1/scheduler", subscribe, principal, contentType);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(contentType);
        }
        if (accept is not null)
            request.Headers.TryAddWithoutValidation("Accept", accept);
        scheduler.Response = await scheduler.client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        return scheduler;
    }

    /// <summary>Subscribes and reads SUBSCRIBED and the first HEARTBEAT.</summary>
    public static async Task<TestScheduler> Subscribe(TestCluster cluster, string? frameworkId = null, string capabilities = "", string role = "\"role\":\"web\"")
    {
        var id = frameworkId is null ? "" : $",\"id\":{{\"value\":\"{frameworkId}\"}}";
        var outer = frameworkId is null ? "" : $"\"framework_id\":{{\"value\":\"{frameworkId}\"}},";
        var scheduler = await Open(cluster, $$$$"""
            {{{{{outer}}}}"type":"SUBSCRIBE","subscribe":{"framework_info":{"user":"root","name":"fw",{{{{role}}}},"failover_timeout":600,
            "capabilities":[{{{{capabilities}}}}]{{{{id}}}}}}}
            """);
        scheduler.Response.StatusCode.ShouldBe(HttpStatusCode.OK);
        var subscribed = await scheduler.Next();
        subscribed.Type.ShouldBe(Event.Types.Type.Subscribed);
        scheduler.FrameworkId = subscribed.Subscribed.FrameworkId.Value;
        (await scheduler.Next()).Type.ShouldBe(Event.Types.Type.Heartbeat);
        return scheduler;
    }

    /// <summary>The next event; null at the end of the stream.</summary>
    public Task<Event?> NextOrEnd() => (stream ??= new(Response)).NextOrEnd();

    public async Task<Event> Next() => await NextOrEnd() ?? throw new InvalidOperationException("the stream has ended");

    /// <summary>The next event that is no heartbeat.</summary>
    public async Task<Event> NextNews()
    {
        while (true)
            if (await Next() is { Type: not Event.Types.Type.Heartbeat } news)
                return news;
    }

    /// <summary>Makes a call on this framework's stream: <paramref name="member"/> is the JSON after the type.</summary>
    public Task<(HttpStatusCode Status, string Text)> Call(string type, string member = "") =>
        Send($$"""{"framework_id":{"value":"{{FrameworkId}}"},"type":"{{type}}"{{member}}}""");

    /// <summary>Sends a body with this framework's stream id.</summary>
    public async Task<(HttpStatusCode Status, string Text)> Send(string body)
    {
        var request = cluster.Request("/api/v1/scheduler", body, principal);
        request.Headers.Add("Mesos-Stream-Id", StreamId);
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    /// <summary>Accepts offers with one LAUNCH of one task.</summary>
    public Task<(HttpStatusCode Status, string Text)> Launch(string offer, string task, string resources = Cpu, string more = "", string command = Sleep) =>
        Call("ACCEPT", $$$"""
            ,"accept":{"offer_ids":[{"value":"{{{offer}}}"}],"operations":[{"type":"LAUNCH","launch":{"task_infos":[
            {"name":"t","task_id":{"value":"{{{task}}}"},"agent_id":{"value":"agent-1"},"resources":[{{{resources}}}]{{{command}}}{{{more}}}}]}}],
            "filters":{"refuse_seconds":0}}
            """);

    public const string Cpu = """{"name":"cpus","type":"SCALAR","scalar":{"value":0.5},"role":null,"reservations":[]}""";
    public const string Sleep = ",\"command\":{\"value\":\"sleep 60\"}";

    public async ValueTask DisposeAsync()
    {
        if (stream is not null)
            await stream.DisposeAsync();
        Response.Dispose();
        client.Dispose();
    }
}
