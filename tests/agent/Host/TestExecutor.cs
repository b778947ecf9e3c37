using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Bourse.MesosV1.Wire;

namespace Bourse.Agent.Tests.Host;

/// <summary>An executor that speaks the API from within the test, with what the executor's process found in its environment.</summary>
internal sealed class TestExecutor : IDisposable
{
    private readonly HttpClient http = new() { Timeout = Timeout.InfiniteTimeSpan };
    private readonly Dictionary<string, string> environment;
    private readonly Queue<JsonNode> waiting = new();
    private RecordReader reader = new();
    private Stream? stream;

    private TestExecutor(Dictionary<string, string> environment) => this.environment = environment;

    /// <summary>The command of an executor that only says what it found, and waits.</summary>
    public const string Command = "env > env.new && mv env.new environment; while :; do sleep 0.1; done";

    /// <summary>Awaits the process and takes its place on the wire.</summary>
    public static async Task<TestExecutor> Of(string sandbox)
    {
        var file = Path.Combine(sandbox, "environment");
        await RealTasks.Until(() => File.Exists(file));
        return new(File.ReadLines(file).Select(line => line.Split('=', 2)).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0], pair => pair[1]));
    }

    public string this[string variable] => environment[variable];

    /// <summary>Sent as the token instead of the right one.</summary>
    public string? Token { get; set; }

    public async Task<JsonNode> Subscribe(string members = "\"subscribe\":{}")
    {
        reader = new();
        waiting.Clear();
        var response = await http.SendAsync(Request("SUBSCRIBE", members), HttpCompletionOption.ResponseHeadersRead);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        stream = await response.Content.ReadAsStreamAsync();
        return await Next() ?? throw new ShouldAssertException("the stream ended without an event");
    }

    /// <summary>The next event; null when the stream has ended.</summary>
    public async Task<JsonNode?> Next()
    {
        var buffer = new byte[64 * 1024];
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (waiting.Count == 0)
        {
            var read = await stream!.ReadAsync(buffer, patience.Token);
            if (read == 0)
                return null;
            foreach (var record in reader.Feed(buffer.AsSpan(0, read)))
                waiting.Enqueue(JsonNode.Parse(record)!);
        }
        return waiting.Dequeue();
    }

    public async Task<JsonNode> Next(string type)
    {
        var next = await Next();
        next.ShouldNotBeNull()["type"]!.GetValue<string>().ShouldBe(type, next.ToJsonString());
        return next;
    }

    public Task<(HttpStatusCode Status, string Text)> Update(string task, string state, string uuid = "AAAAAAAAAAAAAAAAAAAAAA==") =>
        Call("UPDATE", $$$"""
            "update":{"status":{"task_id":{"value":"{{{task}}}"},"state":"{{{state}}}","source":"SOURCE_EXECUTOR","uuid":"{{{uuid}}}","timestamp":1700000000.5}}
            """);

    public async Task<(HttpStatusCode Status, string Text)> Call(string type, string members)
    {
        using var response = await http.SendAsync(Request(type, members));
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }

    public void Dispose() => http.Dispose();

    private HttpRequestMessage Request(string type, string members)
    {
        var (framework, executor) = (this["MESOS_FRAMEWORK_ID"], this["MESOS_EXECUTOR_ID"]);
        var body = $$$"""{"type":"{{{type}}}","framework_id":{"value":"{{{framework}}}"},"executor_id":{"value":"{{{executor}}}"},{{{members}}}}""";
        var request = new HttpRequestMessage(HttpMethod.Post, $"http://{this["MESOS_AGENT_ENDPOINT"]}/api/v1/executor")
        {
            Content = new StringContent(body, Encoding.UTF8, "application/json"),
        };
        if ((Token ?? this["MESOS_EXECUTOR_AUTHENTICATION_TOKEN"]) is { Length: > 0 } token)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return request;
    }
}
