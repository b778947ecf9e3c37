using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Bourse.Conformance.Http;
using Bourse.Contracts;
using Bourse.MesosV1.Wire;
using Agents = Bourse.MesosV1.Agent;
using Event = Bourse.MesosV1.Scheduler.Event;
using Executor = Bourse.MesosV1.Executor;

namespace Bourse.Conformance.Fuzzing;

/// <summary>
/// Valid calls with a few things changed at random, sent to the real edge. BOURSE_FUZZ is their number, BOURSE_FUZZ_SEED the first seed;
/// every input is made of one seed, which a failure names.
/// </summary>
[Collection(Alone.Name)]
public sealed class HostileCalls(TestCluster cluster, ITestOutputHelper output) : IClassFixture<TestCluster>
{
    private const int Workers = 4;
    private static readonly int Count = Number("BOURSE_FUZZ", 4000);
    private static readonly int FirstSeed = Number("BOURSE_FUZZ_SEED", 1);

    private readonly SortedDictionary<int, int> statuses = [];
    private readonly List<int> refused = [];
    private readonly Lock gate = new();
    private int next;

    [Fact]
    public async Task Are_answered_as_prescribed_change_nothing_when_refused_and_leave_nothing_behind()
    {
        await cluster.AgentJoins();
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => Task.Run(() => Work(Count))));
        output.WriteLine($"{Count} inputs from seed {FirstSeed}: {string.Join(", ", statuses.Select(pair => $"{pair.Value} x {pair.Key}"))}");
        statuses.Values.Sum().ShouldBe(Count);
        // A test whose inputs were all refused at the door would show little.
        (statuses.GetValueOrDefault(202) + statuses.GetValueOrDefault(200)).ShouldBeGreaterThan(Count / 20);
        statuses.GetValueOrDefault(400).ShouldBeGreaterThan(Count / 20);

        // What was taken is in the journal, which may grow; what was refused must leave nothing. The first rounds fill pools and caches.
        var sample = await Repeat(refused.Take(500).ToList());
        (await Repeat(sample)).ShouldBe(sample);
        sample.Count.ShouldBeGreaterThan(100);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var facts = cluster.Facts.Count;
        for (var round = 0; round < 10; round++)
            (await Repeat(sample)).Count.ShouldBe(sample.Count);
        var growth = GC.GetTotalMemory(forceFullCollection: true) - before;
        output.WriteLine($"{10 * sample.Count} refused calls: {growth / 1024.0:0} KiB more memory in use");
        growth.ShouldBeLessThan(1 << 20);
        cluster.Facts.Count.ShouldBe(facts);

        // And it still works.
        await using var scheduler = await TestScheduler.Subscribe(cluster);
        (await scheduler.Call("REVIVE")).Status.ShouldBe(HttpStatusCode.Accepted);
    }

    [Fact]
    public void Of_agents_and_executors_are_read_or_refused()
    {
        var (read, unreadable) = (0, 0);
        for (var seed = FirstSeed; seed < FirstSeed + Count; seed++)
        {
            var random = new Random(seed);
            var (body, json) = Corpus.Mutated(random, scheduler: true, Corpus.Framework);
            foreach (var parse in (Func<object>[])[() => Parse<Executor.Call>(body, json), () => Parse<Agents.Call>(body, json), () => Parse<Executor.Event>(body, json)])
                try
                {
                    parse();
                    read++;
                }
                catch (UnreadableException)
                {
                    unreadable++;
                }
        }
        unreadable.ShouldBeGreaterThan(Count / 20);
        output.WriteLine($"{read} read, {unreadable} refused");
    }

    private static T Parse<T>(byte[] body, bool json) where T : class, Google.Protobuf.IMessage<T>, new() =>
        json ? MesosJson.Parse<T>(body) : MesosProtobuf.Parse<T>(body);

    private async Task Work(int count)
    {
        using var client = new HttpClient(new SocketsHttpHandler { ResponseDrainTimeout = TimeSpan.Zero }) { Timeout = TimeSpan.FromSeconds(60) };
        Subscription? subscription = null;
        try
        {
            for (var i = Interlocked.Increment(ref next) - 1; i < count; i = Interlocked.Increment(ref next) - 1)
            {
                if (subscription is null or { Over: true })
                {
                    if (subscription is not null)
                        await subscription.DisposeAsync();
                    subscription = await Subscription.Open(cluster);
                }
                await One(client, FirstSeed + i, subscription);
            }
        }
        finally
        {
            if (subscription is not null)
                await subscription.DisposeAsync();
        }
    }

    private async Task One(HttpClient client, int seed, Subscription subscription)
    {
        var request = Make(seed, subscription.Scheduler.FrameworkId, subscription.Scheduler.StreamId, out var described);
        HttpResponseMessage response;
        try
        {
            response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        }
        catch (HttpRequestException e)
        {
            throw new InvalidOperationException($"no answer to {described}", e);
        }
        using (response)
        {
            var status = (int)response.StatusCode;
            (status < 500 || status == 501).ShouldBeTrue($"{status} for {described}");
            if (status >= 400)
            {
                var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
                text.Length.ShouldBeInRange(1, 4096, described);
                cluster.FactsOf(response).ShouldBeEmpty($"{status} {text} for {described}");
            }
            else if (response.Content.Headers.ContentLength is null && request.RequestUri!.AbsolutePath.EndsWith("scheduler", StringComparison.Ordinal))
                await Remove(client, response);
            lock (gate)
            {
                statuses[status] = statuses.GetValueOrDefault(status) + 1;
                if (status >= 400)
                    refused.Add(seed);
            }
        }
    }

    /// <summary>Sends inputs once more, for a framework that nobody knows. Returns those that are refused.</summary>
    private async Task<List<int>> Repeat(List<int> seeds)
    {
        List<int> again = [];
        using var client = new HttpClient(new SocketsHttpHandler { ResponseDrainTimeout = TimeSpan.Zero });
        foreach (var seed in seeds)
        {
            using var response = await client.SendAsync(
                Make(seed, Corpus.Framework, "nothing", out _), HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
            if ((int)response.StatusCode < 400)
                continue;
            await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
            again.Add(seed);
        }
        return again;
    }

    private HttpRequestMessage Make(int seed, string framework, string streamId, out string described)
    {
        var random = new Random(seed);
        var scheduler = random.Next(3) > 0;
        var (body, json) = Corpus.Mutated(random, scheduler, framework);
        var request = cluster.Request(scheduler ? "/api/v1/scheduler" : "/api/v1", null, scheduler ? "alice" : "operator");
        request.Content = new ByteArrayContent(body);
        request.Content.Headers.ContentType = new MediaTypeHeaderValue(json ? "application/json" : "application/x-protobuf");
        request.Headers.Accept.ParseAdd(random.Next(2) == 0 ? "application/json" : "application/x-protobuf");
        // Whether it is still a SUBSCRIBE, which must not name a stream, is for the edge to find out; most are told apart here.
        if (scheduler && !(json ? Encoding.UTF8.GetString(body).Contains("\"SUBSCRIBE\"", StringComparison.Ordinal) : body.AsSpan().IndexOf((byte[])[0x10, 0x01]) >= 0))
            request.Headers.Add("Mesos-Stream-Id", streamId);
        described = $"seed {seed}, {request.RequestUri!.AbsolutePath}: {(json ? Encoding.UTF8.GetString(body) : Convert.ToHexString(body))}";
        return request;
    }

    /// <summary>A mutated SUBSCRIBE that was taken: its framework goes again.</summary>
    private async Task Remove(HttpClient client, HttpResponseMessage response)
    {
        if (cluster.FactsOf(response).OfType<FrameworkSubscribed>().FirstOrDefault() is not { } subscribed)
            return;
        var id = System.Text.Json.JsonSerializer.Serialize(subscribed.FrameworkId.Value);
        using var torn = await client.SendAsync(
            cluster.Request("/api/v1", $$"""{"type":"TEARDOWN","teardown":{"framework_id":{"value":{{id}} } } }""", "operator"),
            TestContext.Current.CancellationToken);
    }

    private static int Number(string variable, int otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;

    /// <summary>A framework whose calls are mutated; its stream is read, or it would be too slow and lose it.</summary>
    private sealed class Subscription : IAsyncDisposable
    {
        private readonly Task reading;
        private volatile bool over;

        private Subscription(TestScheduler scheduler)
        {
            Scheduler = scheduler;
            reading = Read();
        }

        public TestScheduler Scheduler { get; }

        public bool Over => over;

        public static async Task<Subscription> Open(TestCluster cluster) => new(await TestScheduler.Subscribe(cluster));

        public async ValueTask DisposeAsync()
        {
            Scheduler.Response.Dispose();
            await reading;
            await Scheduler.DisposeAsync();
        }

        private async Task Read()
        {
            try
            {
                while (await Scheduler.NextOrEnd() is { Type: not Event.Types.Type.Error })
                {
                }
            }
            catch (Exception e) when (e is IOException or HttpRequestException or ObjectDisposedException or OperationCanceledException)
            {
                // Closed by the test, or after TEARDOWN.
            }
            over = true;
        }
    }
}

/// <summary>The memory in use is that of the process: what other tests hold at the same time would count as well.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}
