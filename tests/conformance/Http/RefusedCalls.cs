using System.Net;
using System.Text;
using Bourse.Contracts;

namespace Bourse.Conformance.Http;

/// <summary>Every call that must not be taken: which status, which sentence, and that nothing of it is in the journal.</summary>
public sealed class RefusedCalls(TestCluster cluster) : IClassFixture<TestCluster>
{
    private const string Scheduler = "/api/v1/scheduler";
    private const string Parse = "Failed to parse body into Call: ";
    private const string Validate = "Failed to validate scheduler::Call: ";

    [Theory]
    [InlineData("", Parse + "the body is not valid JSON: line 1, byte 0")]
    [InlineData("{", Parse + "the body is not valid JSON: line 1, byte 1")]
    [InlineData("{\"type\":\"SUBSCRIBE\"", Parse + "the body is not valid JSON: line 1, byte 19")]
    [InlineData("[]", Parse + "the body must be a JSON object")]
    [InlineData("{\"type\":7}", Parse + "type must be the name of an enum value")]
    [InlineData("{\"type\":\"SUBSCRIBE\",\"type\":\"TEARDOWN\"}", Parse + "type is given twice")]
    [InlineData("{}", Validate + "Expecting 'type' to be present and to be the name of a call")]
    [InlineData("{\"type\":\"FETCH_COFFEE\"}", Validate + "Expecting 'type' to be present and to be the name of a call")]
    [InlineData("{\"type\":\"SUBSCRIBE\"}", Validate + "Expecting 'subscribe' to be present")]
    [InlineData("{\"type\":\"SUBSCRIBE\",\"subscribe\":{}}", Parse + "subscribe.framework_info is required")]
    [InlineData("{\"type\":\"SUBSCRIBE\",\"subscribe\":{\"framework_info\":{\"name\":\"fw\"}}}", Parse + "subscribe.framework_info.user is required")]
    [InlineData("{\"type\":\"SUBSCRIBE\",\"subscribe\":{\"framework_info\":{\"user\":\"u\"}}}", Parse + "subscribe.framework_info.name is required")]
    [InlineData("{\"framework_id\":{\"value\":\"a\"},\"type\":\"SUBSCRIBE\",\"subscribe\":{\"framework_info\":{\"user\":\"u\",\"name\":\"n\",\"id\":{\"value\":\"b\"}}}}",
        Validate + "'framework_id' differs from 'subscribe.framework_info.id'")]
    [InlineData("{\"type\":\"SUBSCRIBE\",\"subscribe\":{\"framework_info\":{\"user\":\"u\",\"name\":\"n\",\"principal\":\"bob\"}}}",
        "Authenticated principal 'alice' does not match principal 'bob' set in `FrameworkInfo`")]
    [InlineData("{\"type\":\"TEARDOWN\"}", Validate + "Expecting 'framework_id' to be present")]
    [InlineData("{\"framework_id\":{\"value\":\"\"},\"type\":\"TEARDOWN\"}", Validate + "Expecting 'framework_id' to be present")]
    [InlineData("{\"framework_id\":{\"value\":\"F\"},\"type\":\"ACCEPT\"}", Validate + "Expecting 'accept' to be present")]
    [InlineData("{\"framework_id\":{\"value\":\"F\"},\"type\":\"DECLINE\"}", Validate + "Expecting 'decline' to be present")]
    [InlineData("{\"framework_id\":{\"value\":\"F\"},\"type\":\"KILL\"}", Validate + "Expecting 'kill' to be present")]
    [InlineData("{\"framework_id\":{\"value\":\"F\"},\"type\":\"KILL\",\"kill\":{}}", Parse + "kill.task_id is required")]
    [InlineData("{\"framework_id\":{\"value\":\"F\"},\"type\":\"ACKNOWLEDGE\"}", Validate + "Expecting 'acknowledge' to be present")]
    [InlineData("{\"framework_id\":{\"value\":\"F\"},\"type\":\"ACKNOWLEDGE\",\"acknowledge\":{\"agent_id\":{\"value\":\"a\"},\"task_id\":{\"value\":\"t\"},\"uuid\":\"AAAA\"}}",
        Validate + "Expecting 'acknowledge.uuid' to have 16 bytes")]
    [InlineData("{\"framework_id\":{\"value\":\"F\"},\"type\":\"RECONCILE\"}", Validate + "Expecting 'reconcile' to be present")]
    [InlineData("{\"framework_id\":{\"value\":\"F\"},\"type\":\"ACCEPT\",\"accept\":{\"operations\":[{\"type\":\"LAUNCH\"}]}}",
        Validate + "Expecting 'accept.operations.launch' to be present")]
    [InlineData("{\"framework_id\":{\"value\":\"F\"},\"type\":\"TEARDOWN\"}", "Framework cannot be found")]
    [InlineData("{\"framework_id\":{\"value\":\"F\"},\"type\":\"UNKNOWN\"}", "Framework cannot be found")]
    public Task Of_the_scheduler_API_for_their_body_get_400(string body, string text) =>
        Refused(cluster.Request(Scheduler, body), HttpStatusCode.BadRequest, text);

    [Theory]
    [InlineData("GET")]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    public async Task With_another_method_get_405_and_the_one_that_is_allowed(string method)
    {
        var response = await Refused(cluster.Request(Scheduler, null, method: method), HttpStatusCode.MethodNotAllowed, $"Expecting 'POST', received '{method}'");
        response.Content.Headers.Allow.ShouldBe(["POST"]);
    }

    [Fact]
    public Task Without_a_content_type_get_400() =>
        Refused(cluster.Request(Scheduler, "{}", contentType: null), HttpStatusCode.BadRequest, "Expecting 'Content-Type' to be present");

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/jsonp")]
    [InlineData("application/recordio")]
    public Task With_a_foreign_content_type_get_415(string contentType) =>
        Refused(cluster.Request(Scheduler, "{}", contentType: contentType), HttpStatusCode.UnsupportedMediaType,
            "Expecting 'Content-Type' of application/json or application/x-protobuf");

    [Theory]
    [InlineData("text/html")]
    [InlineData("application/recordio")]
    [InlineData("application/json;q=0")]
    [InlineData("*/*, application/json;q=0.0, application/x-protobuf;q=0")]
    public Task Of_SUBSCRIBE_that_can_read_neither_format_get_406(string accept)
    {
        var request = cluster.Request(Scheduler, """{"type":"SUBSCRIBE","subscribe":{"framework_info":{"user":"u","name":"n"}}}""");
        request.Headers.TryAddWithoutValidation("Accept", accept);
        return Refused(request, HttpStatusCode.NotAcceptable, "Expecting 'Accept' to allow application/json or application/x-protobuf");
    }

    [Fact]
    public Task Of_SUBSCRIBE_with_a_stream_id_get_400()
    {
        var request = cluster.Request(Scheduler, """{"type":"SUBSCRIBE","subscribe":{"framework_info":{"user":"u","name":"n"}}}""");
        request.Headers.Add("mesos-stream-id", Guid.NewGuid().ToString());
        return Refused(request, HttpStatusCode.BadRequest, "Subscribe calls should not include the 'Mesos-Stream-Id' header");
    }

    [Fact]
    public async Task With_protobuf_that_cannot_be_read_get_400()
    {
        var request = cluster.Request(Scheduler, "\u000a\u007f", contentType: "application/x-protobuf");
        await Refused(request, HttpStatusCode.BadRequest, Parse + "the body is not a valid protobuf message");
    }

    [Theory]
    [InlineData("")]
    [InlineData("mallory")]
    public async Task Without_known_credentials_get_401(string principal)
    {
        using var client = new HttpClient();
        var response = await client.SendAsync(cluster.Request(Scheduler, "{}", principal), TestContext.Current.CancellationToken);
        response.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        response.Headers.WwwAuthenticate.ShouldNotBeEmpty();
        cluster.FactsOf(response).ShouldBeEmpty();
    }

    [Fact]
    public async Task Of_an_agent_or_of_a_framework_to_the_operator_API_get_403()
    {
        using var client = new HttpClient();
        var ct = TestContext.Current.CancellationToken;
        (await client.SendAsync(cluster.Request(Scheduler, "{}", "agent"), ct)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await client.SendAsync(cluster.Request("/api/v1", """{"type":"GET_HEALTH"}""", "alice"), ct)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task With_a_body_beyond_the_limit_get_413_and_are_not_read_to_the_end()
    {
        var body = "{\"type\":\"" + new string('A', 3 << 20) + "\"}";
        using var client = new HttpClient(new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromSeconds(5) });
        var request = cluster.Request(Scheduler, body);
        request.Headers.ExpectContinue = true;
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        response.StatusCode.ShouldBe(HttpStatusCode.RequestEntityTooLarge);
        (await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldBe("the body is larger than this server takes");
        cluster.FactsOf(response).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("{}", 400, "Failed to validate master::Call: Expecting 'type' to be present and to be the name of a call")]
    [InlineData("{\"type\":\"GET_COFFEE\"}", 400, "Failed to validate master::Call: Expecting 'type' to be present and to be the name of a call")]
    [InlineData("{\"type\":\"UNKNOWN\"}", 501, "The call UNKNOWN is not implemented")]
    [InlineData("{\"type\":\"PRUNE\"}", 400, "Failed to validate master::Call: Expecting 'type' to be present and to be the name of a call")]
    [InlineData("{\"type\":\"GET_METRICS\"}", 400, "Failed to validate master::Call: Expecting 'get_metrics' to be present")]
    [InlineData("{\"type\":\"TEARDOWN\"}", 400, "Failed to validate master::Call: Expecting 'teardown' to be present")]
    [InlineData("{\"type\":\"TEARDOWN\",\"teardown\":{\"framework_id\":{\"value\":\"F\"}}}", 400, "No framework found with specified ID")]
    [InlineData("{\"type\":\"READ_FILE\",\"read_file\":{\"path\":\"/etc/passwd\",\"offset\":0}}", 404, "No such file or directory")]
    [InlineData("{\"type\":\"LIST_FILES\",\"list_files\":{\"path\":\"/master/log/../../etc\"}}", 404, "No such file or directory")]
    [InlineData("{\"type\":\"SET_LOGGING_LEVEL\",\"set_logging_level\":{\"level\":1,\"duration\":{\"nanoseconds\":-1}}}", 400,
        "Failed to validate master::Call: Expecting 'set_logging_level.duration' not to be negative")]
    [InlineData("x", 400, Parse + "the body is not valid JSON: line 1, byte 0")]
    public Task Of_the_operator_API_for_their_body_are_named(string body, int status, string text) =>
        Refused(cluster.Request("/api/v1", body, "operator"), (HttpStatusCode)status, text);

    [Fact]
    public async Task After_SUBSCRIBE_are_held_to_its_stream()
    {
        await using var scheduler = await TestScheduler.Subscribe(cluster);
        var teardown = $$"""{"framework_id":{"value":"{{scheduler.FrameworkId}}"},"type":"TEARDOWN"}""";

        await Refused(cluster.Request(Scheduler, teardown), HttpStatusCode.BadRequest, "All non-subscribe calls should include the 'Mesos-Stream-Id' header");
        await Refused(WithStream(teardown, "nonsense"), HttpStatusCode.BadRequest,
            $"The stream ID 'nonsense' included in this request didn't match the stream ID currently associated with framework ID '{scheduler.FrameworkId}'");
        await Refused(WithStream(teardown, scheduler.StreamId, "bob"), HttpStatusCode.BadRequest,
            "Authenticated principal 'bob' does not match principal 'alice' set in `FrameworkInfo`");
        await Refused(WithStream(teardown.Replace("TEARDOWN", "UNKNOWN", StringComparison.Ordinal), scheduler.StreamId), HttpStatusCode.NotImplemented,
            "The call UNKNOWN is not implemented");
    }

    [Fact]
    public async Task Of_a_framework_whose_stream_is_gone_get_403()
    {
        var scheduler = await TestScheduler.Subscribe(cluster);
        await scheduler.DisposeAsync();
        await Eventually(() => cluster.Facts.OfType<FrameworkDisconnected>().Any(f => f.FrameworkId.Value == scheduler.FrameworkId));
        await Refused(WithStream($$"""{"framework_id":{"value":"{{scheduler.FrameworkId}}"},"type":"TEARDOWN"}""", "any"),
            HttpStatusCode.Forbidden, "Framework is not subscribed");
    }

    private HttpRequestMessage WithStream(string body, string streamId, string principal = "alice")
    {
        var request = cluster.Request(Scheduler, body, principal);
        request.Headers.Add("Mesos-Stream-Id", streamId);
        return request;
    }

    private async Task<HttpResponseMessage> Refused(HttpRequestMessage request, HttpStatusCode status, string text)
    {
        using var client = new HttpClient();
        var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        (await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldBe(text);
        response.StatusCode.ShouldBe(status);
        response.Content.Headers.ContentType!.ToString().ShouldBe("text/plain");
        cluster.FactsOf(response).ShouldBeEmpty();
        return response;
    }

    internal static async Task Eventually(Func<bool> holds)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(20));
        while (!holds())
            await Task.Delay(10, patience.Token);
    }
}
