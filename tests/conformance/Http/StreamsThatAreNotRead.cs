using System.Net;
using System.Net.Sockets;
using System.Text;
using Bourse.Contracts;
using Bourse.Edge;

namespace Bourse.Conformance.Http;

/// <summary>Subscribers that stand still or vanish: they lose their stream, with the reason, and hold nothing and nobody up.</summary>
public sealed class StreamsThatAreNotRead(TestCluster cluster) : IClassFixture<TestCluster>
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Are_ended_with_the_reason_in_journal_and_log(bool inOneGo)
    {
        using var stalled = await Standing.Open(cluster);
        var id = cluster.Facts.OfType<FrameworkSubscribed>().Last().FrameworkId;
        await using var other = await TestScheduler.Subscribe(cluster);

        // Each RECONCILE of unknown tasks is an event for each of them: first the buffers between the two fill, then the queue before them.
        using var client = new HttpClient();
        for (var call = 0; call < 60; call++)
            (await Reconcile(client, id, stalled.StreamId, tasks: 600)).ShouldBe(HttpStatusCode.Accepted);
        for (var call = 0; inOneGo && call < 5000 && !Gone(id); call++)
            await Reconcile(client, id, stalled.StreamId, tasks: 1);

        // Either that is full, or the write that waits has waited for long enough.
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(30));
        while (!Gone(id))
        {
            if (!inOneGo)
                cluster.Clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(20, patience.Token);
        }
        var reason = cluster.Facts.OfType<FrameworkDisconnected>().Single(f => f.FrameworkId == id).Reason;
        reason.ShouldStartWith(inOneGo ? "its scheduler was too slow: more than 4096 events behind" : "its scheduler was too slow: nothing was read for 30 s");
        cluster.Logged.ShouldContain(line => line.Contains($"The event stream of framework {id} ", StringComparison.Ordinal) && line.EndsWith(reason, StringComparison.Ordinal));

        // Nobody else noticed.
        (await other.Call("REVIVE")).Status.ShouldBe(HttpStatusCode.Accepted);
    }

    [Fact]
    public async Task Of_machines_that_vanish_are_given_up_by_the_system()
    {
        if (!OperatingSystem.IsLinux())
            Assert.Skip("TCP_USER_TIMEOUT is an option of Linux");
        await using var scheduler = await TestScheduler.Subscribe(cluster);
        cluster.Sockets.ShouldNotBeEmpty();
        foreach (var socket in cluster.Sockets)
        {
            var value = new byte[4];
            socket.GetRawSocketOption(6, 18, value).ShouldBe(4);
            BitConverter.ToInt32(value).ShouldBe((int)HalfOpen.Limit.TotalMilliseconds);
        }
    }

    private bool Gone(FrameworkId id) => cluster.Facts.OfType<FrameworkDisconnected>().Any(f => f.FrameworkId == id);

    private async Task<HttpStatusCode> Reconcile(HttpClient client, FrameworkId id, string streamId, int tasks)
    {
        var list = string.Join(',', Enumerable.Range(0, tasks).Select(n => $$$"""{"task_id":{"value":"{{{new string('x', 200)}}}{{{n}}}"}}"""));
        var request = cluster.Request(
            "/api/v1/scheduler", $$$"""{"framework_id":{"value":"{{{id.Value}}}"},"type":"RECONCILE","reconcile":{"tasks":[{{{list}}}]}}""");
        request.Headers.Add("Mesos-Stream-Id", streamId);
        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return answer.StatusCode;
    }

    /// <summary>A scheduler that subscribes over a small buffer, reads the headers, and then nothing more.</summary>
    private sealed class Standing(TcpClient socket, string streamId) : IDisposable
    {
        public string StreamId { get; } = streamId;

        public static async Task<Standing> Open(TestCluster cluster)
        {
            var socket = new TcpClient { ReceiveBufferSize = 4096 };
            await socket.ConnectAsync(cluster.Address.Host, cluster.Address.Port, TestContext.Current.CancellationToken);
            const string body = """{"type":"SUBSCRIBE","subscribe":{"framework_info":{"user":"root","name":"standing","role":"web","failover_timeout":600}}}""";
            var stream = socket.GetStream();
            await stream.WriteAsync(
                Encoding.ASCII.GetBytes(
                    $"POST /api/v1/scheduler HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer alice-0123456789-secret\r\nContent-Type: application/json\r\n" +
                    $"Content-Length: {body.Length}\r\n\r\n{body}"),
                TestContext.Current.CancellationToken);
            var headers = new StringBuilder();
            var one = new byte[1];
            while (!headers.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
            {
                await stream.ReadExactlyAsync(one, TestContext.Current.CancellationToken);
                headers.Append((char)one[0]);
            }
            const string name = "Mesos-Stream-Id: ";
            var text = headers.ToString();
            var at = text.IndexOf(name, StringComparison.OrdinalIgnoreCase) + name.Length;
            return new(socket, text[at..text.IndexOf('\r', at)]);
        }

        public void Dispose() => socket.Dispose();
    }
}
