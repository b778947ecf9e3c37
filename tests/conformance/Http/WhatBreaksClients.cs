using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Bourse.Contracts;
using Bourse.MesosV1.Scheduler;

namespace Bourse.Conformance.Http;

/// <summary>Points at which real clients broke on other servers, those of the wire that no other class here has.</summary>
public sealed class WhatBreaksClients : IAsyncLifetime
{
    private readonly TestCluster cluster = new();

    public ValueTask InitializeAsync() => cluster.InitializeAsync();

    public ValueTask DisposeAsync() => cluster.DisposeAsync();

    [Fact]
    public async Task Large_records_are_one_chunk_each_and_offers_are_split_below_4_MiB()
    {
        // 30 agents with 300 kB of text each; the Node client takes a chunk for a record, the Go client none above 4 MiB.
        var text = new string('x', 300_000);
        for (var number = 1; number <= 30; number++)
            await cluster.Command(new Bourse.Allocator.AgentJoined(
                new AgentDescription(new($"a{number}"), "h", "10.0.0.7", 5051, Resources.Of(Resource.Of("cpus", 4)), [new("text", Text: text)], null, "1", ""), 1, cluster.Clock.GetUtcNow()));
        using var socket = new TcpClient();
        await socket.ConnectAsync(cluster.Address.Host, cluster.Address.Port, TestContext.Current.CancellationToken);
        using var reader = new StreamReader(await Ask(socket, "Content-Type: application/json", """{"type":"SUBSCRIBE","subscribe":{"framework_info":{"user":"u","name":"n"}}}"""), Encoding.ASCII);
        while (await reader.ReadLineAsync(TestContext.Current.CancellationToken) is { Length: > 0 })
        {
        }
        await Record(reader);
        await Record(reader);
        await cluster.Allocates();
        var (offers, events) = (0, 0);
        while (offers < 30)
        {
            var record = await Record(reader);
            record.Length.ShouldBeLessThan(4 << 20);
            offers += record.Split("\"agent_id\"").Length - 1;
            events++;
        }
        events.ShouldBeGreaterThan(2);
    }

    [Theory]
    [InlineData("Accept: application/json\r\nAccept: application/x-protobuf", "application/x-protobuf")] // the Go client sends it twice: the last one counts
    [InlineData("Accept: application/x-protobuf\r\nAccept: application/json", "application/json")]
    [InlineData("Accept: */*", "application/json")]
    [InlineData("Accept: application/*;q=0.1", "application/json")]
    [InlineData("Accept: APPLICATION/X-PROTOBUF", "application/x-protobuf")]
    [InlineData("Accept: application/x-protobuf, application/json;q=0.1", "application/json")] // weights other than 0 are ignored
    [InlineData("Accept: application/json;q=0, */*", "application/x-protobuf")]
    [InlineData("X-Nothing: 1", "application/json")]
    public async Task Answers_are_in_the_encoding_that_is_accepted(string accept, string type)
    {
        var (head, _) = await Answer("/api/v1", "operator", $"Content-Type: application/json\r\n{accept}", """{"type":"GET_VERSION"}""");
        head[0].ShouldBe("HTTP/1.1 200 OK");
        head.ShouldContain($"Content-Type: {type}");
    }

    [Theory]
    [InlineData("/api/v1", "operator", """{"type":"SET_LOGGING_LEVEL","set_logging_level":{"level":0,"duration":{"nanoseconds":1}}}""", "200 OK")]
    [InlineData("/api/v1/operator", "operator", """{"type":"SET_LOGGING_LEVEL","set_logging_level":{"level":0,"duration":{"nanoseconds":1}}}""", "200 OK")]
    [InlineData("REVIVE", "alice", "", "202 Accepted")]
    [InlineData("UPDATE_FRAMEWORK", "alice", """
        ,"update_framework":{"framework_info":{"user":"root","name":"fw","role":"web","failover_timeout":600,"id":{"value":"F"}}}
        """, "202 Accepted")] // 200 in Mesos, which the Go client cannot bear without a type
    public async Task Empty_answers_bear_no_content_type(string path, string principal, string body, string status)
    {
        string[] head;
        string text;
        if (path.StartsWith('/'))
            (head, text) = await Answer(path, principal, "Content-Type: application/json", body);
        else
        {
            await using var scheduler = await TestScheduler.Subscribe(cluster);
            (head, text) = await Answer("/api/v1/scheduler", principal, $"Content-Type: application/json\r\nMESOS-STREAM-ID: {scheduler.StreamId}",
                $$"""{"framework_id":{"value":"{{scheduler.FrameworkId}}"},"type":"{{path}}"{{body.Replace("\"F\"", $"\"{scheduler.FrameworkId}\"", StringComparison.Ordinal)}}}""");
        }
        head[0].ShouldBe($"HTTP/1.1 {status}");
        head.ShouldNotContain(line => line.StartsWith("Content-Type", StringComparison.OrdinalIgnoreCase));
        head.ShouldContain("Content-Length: 0");
        text.ShouldBeEmpty();
    }

    /// <summary>Each of these is wrong twice; Mesos looks in this order.</summary>
    [Theory]
    [InlineData("GET", "", "", "{", null, 401)]
    [InlineData("GET", "alice", "", "{", null, 405)]
    [InlineData("POST", "alice", "", "{", null, 400)]
    [InlineData("POST", "alice", "text/plain", "{", null, 415)]
    [InlineData("POST", "alice", "application/json", "{", "text/html", 400)]
    [InlineData("POST", "alice", "application/json", """{"type":"SUBSCRIBE"}""", "text/html", 400)]
    [InlineData("POST", "alice", "application/json", """{"type":"SUBSCRIBE","subscribe":{"framework_info":{"user":"u","name":"n"}}}""", "text/html", 406)]
    [InlineData("POST", "alice", "application/json", """{"framework_id":{"value":"F"},"type":"RECONCILE_OPERATIONS","reconcile_operations":{}}""", "text/html", 406)]
    [InlineData("POST", "alice", "application/json", """{"framework_id":{"value":"F"},"type":"REVIVE"}""", "text/html", 400)]
    public async Task The_first_thing_wrong_is_answered(string method, string principal, string contentType, string body, string? accept, int status)
    {
        var (head, _) = await Answer("/api/v1/scheduler", principal, "Mesos-Stream-Id: x"
            + (contentType.Length > 0 ? $"\r\nContent-Type: {contentType}" : "") + (accept is null ? "" : $"\r\nAccept: {accept}"), body, method);
        head[0].ShouldStartWith($"HTTP/1.1 {status} ");
    }

    [Fact]
    public async Task Offers_of_the_older_subscription_go_without_RESCIND_and_its_stream_id_dies_at_once()
    {
        await cluster.AgentJoins();
        await using var older = await TestScheduler.Subscribe(cluster);
        await cluster.Allocates();
        var offer = (await older.NextNews()).Offers.Offers_.Single();
        await using var newer = await TestScheduler.Subscribe(cluster, older.FrameworkId);
        (await older.NextNews()).Type.ShouldBe(Event.Types.Type.Error);
        (await older.NextOrEnd()).ShouldBeNull();
        (await older.Call("REVIVE")).Status.ShouldBe(HttpStatusCode.BadRequest);

        (await newer.Launch(offer.Id.Value, "t1")).Status.ShouldBe(HttpStatusCode.Accepted);
        (await newer.NextNews()).Update.Status.Reason.ShouldBe(Bourse.MesosV1.TaskStatus.Types.Reason.InvalidOffers);
    }

    [Fact]
    public async Task Names_of_every_script_arrive_and_are_escaped()
    {
        await using var scheduler = await TestScheduler.Subscribe(cluster);
        await cluster.AgentJoins();
        await cluster.Allocates();
        await scheduler.Launch((await scheduler.NextNews()).Offers.Offers_.Single().Id.Value, "\u00e9\u4e16\ud83d\ude00");
        await cluster.Reports(scheduler.FrameworkId, "\u00e9\u4e16\ud83d\ude00", TaskState.Running, "AAAAAAAAAAAAAAAAAAAAAQ==", "\u2028 gr\u00fc\u00dfe\n");
        var status = (await scheduler.NextNews()).Update.Status;
        (status.TaskId.Value, status.Message).ShouldBe(("\u00e9\u4e16\ud83d\ude00", "\u2028 gr\u00fc\u00dfe\n"));
        (await Answer("/api/v1", "operator", "Content-Type: application/json", """{"type":"GET_TASKS"}""")).Text.ShouldAllBe(c => c < 128 && c != '\n');
    }

    private async Task<(string[] Head, string Text)> Answer(string path, string principal, string headers, string body, string method = "POST")
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync(cluster.Address.Host, cluster.Address.Port, TestContext.Current.CancellationToken);
        using var reader = new StreamReader(await Ask(socket, headers + "\r\nConnection: close", body, path, principal, method), Encoding.UTF8);
        var all = await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
        var end = all.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        return (all[..end].Split("\r\n"), all[(end + 4)..]);
    }

    private static async Task<NetworkStream> Ask(
        TcpClient socket, string headers, string body, string path = "/api/v1/scheduler", string principal = "alice", string method = "POST")
    {
        var stream = socket.GetStream();
        var caller = principal.Length == 0 ? "" : $"Authorization: Bearer {principal}-0123456789-secret\r\n";
        await stream.WriteAsync(
            Encoding.UTF8.GetBytes($"{method} {path} HTTP/1.1\r\nHost: x\r\n{caller}{headers}\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}"),
            TestContext.Current.CancellationToken);
        return stream;
    }

    /// <summary>The one record of the next chunk.</summary>
    private static async Task<string> Record(StreamReader reader)
    {
        var size = Convert.ToInt32(await reader.ReadLineAsync(TestContext.Current.CancellationToken), 16);
        var chunk = new char[size + 2];
        (await reader.ReadBlockAsync(chunk, TestContext.Current.CancellationToken)).ShouldBe(chunk.Length);
        var parts = new string(chunk, 0, size).Split('\n');
        parts.Length.ShouldBe(2);
        parts[1].Length.ShouldBe(int.Parse(parts[0], CultureInfo.InvariantCulture));
        return parts[1];
    }
}
