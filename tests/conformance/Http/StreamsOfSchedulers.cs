using System.Net;
using System.Net.Sockets;
using System.Text;
using Bourse.Contracts;
using Bourse.MesosV1.Scheduler;
using Bourse.MesosV1.Wire;
using Google.Protobuf;
using V1 = Bourse.MesosV1;

namespace Bourse.Conformance.Http;

/// <summary>SUBSCRIBE and what follows on the stream.</summary>
public sealed class StreamsOfSchedulers(TestCluster cluster) : IClassFixture<TestCluster>
{
    private const string Web = """{"type":"SUBSCRIBE","subscribe":{"framework_info":{"user":"root","name":"fw","role":"web"}}}""";

    [Fact]
    public async Task Begin_with_SUBSCRIBED_and_HEARTBEAT_under_bare_headers()
    {
        await using var scheduler = await TestScheduler.Open(cluster, Web);
        scheduler.Response.StatusCode.ShouldBe(HttpStatusCode.OK);
        scheduler.Response.Content.Headers.ContentType!.ToString().ShouldBe("application/json");
        scheduler.Response.Content.Headers.ContentLength.ShouldBeNull();
        scheduler.Response.Headers.TransferEncodingChunked.ShouldBe(true);
        Guid.TryParse(scheduler.StreamId, out _).ShouldBeTrue();

        var subscribed = (await scheduler.Next()).Subscribed;
        subscribed.HeartbeatIntervalSeconds.ShouldBe(5);
        subscribed.FrameworkId.Value.ShouldEndWith("-0000");
        subscribed.MasterInfo.Address.Ip.ShouldBe("127.0.0.1");
        subscribed.MasterInfo.Ip.ShouldBe(16777343u);
        subscribed.MasterInfo.Port.ShouldBe((uint)cluster.Address.Port);
        (await scheduler.Next()).Type.ShouldBe(Event.Types.Type.Heartbeat);
        var fact = cluster.FactsOf(scheduler.Response).ShouldHaveSingleItem().ShouldBeOfType<FrameworkSubscribed>();
        (fact.FrameworkId.Value, fact.Description.Principal).ShouldBe((subscribed.FrameworkId.Value, "alice"));
    }

    [Fact]
    public async Task Carry_every_record_as_one_chunk_and_outlive_a_request_to_close()
    {
        var body = Encoding.UTF8.GetBytes(Web);
        using var socket = new TcpClient();
        await socket.ConnectAsync(cluster.Address.Host, cluster.Address.Port, TestContext.Current.CancellationToken);
        var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"POST /api/v1/scheduler HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer alice-0123456789-secret\r\nContent-Type: application/json\r\n" +
            $"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n{body.Length:x}\r\n{Encoding.UTF8.GetString(body)}\r\n0\r\n\r\n"),
            TestContext.Current.CancellationToken);

        using var reader = new StreamReader(stream, Encoding.ASCII);
        var headers = new List<string>();
        while (await reader.ReadLineAsync(TestContext.Current.CancellationToken) is { Length: > 0 } line)
            headers.Add(line);
        headers[0].ShouldBe("HTTP/1.1 200 OK");
        headers.ShouldContain("Content-Type: application/json");
        headers.ShouldContain("Transfer-Encoding: chunked");

        foreach (var type in (string[])["SUBSCRIBED", "HEARTBEAT"])
        {
            // The Node client takes a chunk for a record: length, line feed, payload, and nothing else in it.
            var size = Convert.ToInt32(await reader.ReadLineAsync(TestContext.Current.CancellationToken), 16);
            var chunk = new char[size + 2];
            (await reader.ReadBlockAsync(chunk, TestContext.Current.CancellationToken)).ShouldBe(chunk.Length);
            var parts = new string(chunk, 0, size).Split('\n');
            parts.Length.ShouldBe(2);
            parts[1].Length.ShouldBe(int.Parse(parts[0]));
            parts[1].ShouldStartWith($$"""{"type":"{{type}}""");
        }
    }

    [Fact]
    public async Task Beat_every_five_seconds()
    {
        await using var scheduler = await TestScheduler.Subscribe(cluster);
        for (var beat = 0; beat < 3; beat++)
        {
            for (var second = 0; second < 5; second++)
                cluster.Clock.Advance(TimeSpan.FromSeconds(1));
            (await scheduler.Next()).Type.ShouldBe(Event.Types.Type.Heartbeat);
        }
    }

    [Fact]
    public async Task Speak_protobuf_to_those_who_ask_for_it()
    {
        var call = new Call
        {
            Type = Call.Types.Type.Subscribe,
            Subscribe = new() { FrameworkInfo = new() { User = "root", Name = "go", Role = "web" } },
        };
        await using var scheduler = await TestScheduler.Open(
            cluster, "", accept: "application/x-protobuf", contentType: "application/x-protobuf", body: call.ToByteArray());
        scheduler.Response.Content.Headers.ContentType!.ToString().ShouldBe("application/x-protobuf");
        (await scheduler.Next()).Subscribed.FrameworkId.Value.ShouldNotBeEmpty();
    }

    [Theory]
    [InlineData("\"role\":\"web\",\"capabilities\":[{\"type\":\"MULTI_ROLE\"}]", "framework_info.role must not be set by a framework with the capability MULTI_ROLE")]
    [InlineData("\"roles\":[\"web\"]", "framework_info.roles needs the capability MULTI_ROLE")]
    [InlineData("\"roles\":[\"a\",\"a\"],\"capabilities\":[{\"type\":\"MULTI_ROLE\"}]", "framework_info.roles has a role twice")]
    [InlineData("\"role\":\"a//b\"", "role 'a//b' has an empty component")]
    [InlineData("\"hostname\":\"\\u0000\"", "text must not contain the character U+0000")]
    [InlineData("\"failover_timeout\":1e300", "framework_info.failover_timeout is out of range")]
    [InlineData("\"offer_filters\":{\"db\":{\"min_allocatable_resources\":{}}}", "offer filters name role 'db', which is not one of the framework's roles")]
    public async Task Tell_what_is_wrong_with_a_description_by_an_ERROR_and_end(string part, string message)
    {
        await using var scheduler = await TestScheduler.Open(
            cluster, "{\"type\":\"SUBSCRIBE\",\"subscribe\":{\"framework_info\":{\"user\":\"root\",\"name\":\"fw\"," + part + "}}}");
        scheduler.Response.StatusCode.ShouldBe(HttpStatusCode.OK);
        var error = await scheduler.Next();
        error.Type.ShouldBe(Event.Types.Type.Error);
        error.Error.Message.ShouldBe(message);
        (await scheduler.NextOrEnd()).ShouldBeNull();
        cluster.FactsOf(scheduler.Response).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("root", false), InlineData("nobody", true)]
    public async Task Refuse_root_where_that_is_set(string user, bool allowed)
    {
        await using var strict = new TestCluster { Settings = new() { RootSubmissions = false } };
        await strict.InitializeAsync();
        await using var scheduler = await TestScheduler.Open(
            strict, """{"type":"SUBSCRIBE","subscribe":{"framework_info":{"user":"USER","name":"fw","role":"web"}}}""".Replace("USER", user, StringComparison.Ordinal));
        var first = await scheduler.Next();
        first.Type.ShouldBe(allowed ? Event.Types.Type.Subscribed : Event.Types.Type.Error);
        if (!allowed)
            first.Error.Message.ShouldBe("User 'root' is not allowed to run frameworks without root submissions");
    }

    [Fact]
    public async Task Refuse_a_framework_that_is_over()
    {
        await using var scheduler = await TestScheduler.Subscribe(cluster);
        await scheduler.Call("TEARDOWN");
        await using var again = await TestScheduler.Open(cluster, """
            {"framework_id":{"value":"ID"},"type":"SUBSCRIBE","subscribe":{"framework_info":{"user":"root","name":"fw","role":"web","id":{"value":"ID"}}}}
            """.Replace("ID", scheduler.FrameworkId, StringComparison.Ordinal));
        (await again.Next()).Error.Message.ShouldBe("Framework has been removed");
    }

    [Fact]
    public async Task Refuse_suppressed_roles_that_are_not_the_frameworks_own()
    {
        await using var scheduler = await TestScheduler.Open(
            cluster, """{"type":"SUBSCRIBE","subscribe":{"framework_info":{"user":"root","name":"fw","role":"web"},"suppressed_roles":["other"]}}""");
        (await scheduler.Next()).Error.Message.ShouldBe("suppressed role 'other' is not one of the framework's roles");
        (await scheduler.NextOrEnd()).ShouldBeNull();
    }

    [Fact]
    public async Task End_when_the_scheduler_fails_over_and_the_newer_one_wins()
    {
        await using var first = await TestScheduler.Subscribe(cluster);
        await using var second = await TestScheduler.Subscribe(cluster, first.FrameworkId);
        second.FrameworkId.ShouldBe(first.FrameworkId);
        second.StreamId.ShouldNotBe(first.StreamId);

        (await first.NextNews()).Error.Message.ShouldBe("Framework failed over");
        (await first.NextOrEnd()).ShouldBeNull();
        (await first.Call("TEARDOWN")).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await second.Call("REVIVE")).Status.ShouldBe(HttpStatusCode.Accepted);
        cluster.Facts.OfType<FrameworkDisconnected>().ShouldNotContain(f => f.FrameworkId.Value == first.FrameworkId);
    }

    [Fact]
    public async Task Disconnect_the_framework_when_the_scheduler_closes_them()
    {
        var scheduler = await TestScheduler.Subscribe(cluster);
        await scheduler.DisposeAsync();
        await RefusedCalls.Eventually(() => cluster.Facts.OfType<FrameworkDisconnected>().Any(f => f.FrameworkId.Value == scheduler.FrameworkId));
        var gone = cluster.Facts.OfType<FrameworkDisconnected>().Single(f => f.FrameworkId.Value == scheduler.FrameworkId);
        gone.RemoveAt.ShouldBe(gone.At.AddSeconds(600));
    }

    [Fact]
    public async Task End_for_good_with_TEARDOWN()
    {
        await using var scheduler = await TestScheduler.Subscribe(cluster);
        (await scheduler.Call("TEARDOWN")).ShouldBe((HttpStatusCode.Accepted, ""));
        while (await scheduler.NextOrEnd() is { } last)
            last.Type.ShouldBe(Event.Types.Type.Heartbeat);

        var id = $"{{\"value\":\"{scheduler.FrameworkId}\"}}";
        await using var ghost = await TestScheduler.Open(
            cluster, $$$$"""{"framework_id":{{{{id}}}},"type":"SUBSCRIBE","subscribe":{"framework_info":{"id":{{{{id}}}},"user":"root","name":"fw"}}}""");
        (await ghost.Next()).Error.Message.ShouldBe("Framework has been removed");
    }

    [Fact]
    public async Task Are_found_by_the_stream_id_when_a_client_leaves_out_the_framework_id()
    {
        await using var scheduler = await TestScheduler.Subscribe(cluster);
        (await scheduler.Send("""{"type":"REVIVE"}""")).ShouldBe((HttpStatusCode.Accepted, ""));
    }
}
