using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Threading.Channels;

namespace Bourse.SystemTests;

/// <summary>A framework that says exactly what a test wants said.</summary>
internal sealed class RawFramework : IAsyncDisposable
{
    private readonly HttpClient http;
    private readonly HttpResponseMessage stream;
    private readonly Channel<JsonObject> events = Channel.CreateUnbounded<JsonObject>();
    private readonly CancellationTokenSource late = new(TimeSpan.FromMinutes(1));
    private string id = "";

    private RawFramework(HttpClient http, HttpResponseMessage stream) => (this.http, this.stream) = (http, stream);

    public static async Task<RawFramework> Subscribe(Cluster cluster, string name)
    {
        var http = cluster.Caller("default");
        http.Timeout = Timeout.InfiniteTimeSpan;
        var info = new { user = "root", name, principal = "default", roles = new[] { "*" }, capabilities = new[] { new { type = "MULTI_ROLE" } } };
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/scheduler") { Content = Json(new { type = "SUBSCRIBE", subscribe = new { framework_info = info } }) };
        var stream = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        stream.IsSuccessStatusCode.ShouldBeTrue(stream.ToString());
        var framework = new RawFramework(http, stream);
        _ = Task.Run(framework.Read); // it blocks between events
        var subscribed = await framework.Next("SUBSCRIBED");
        framework.id = subscribed["subscribed"]!["framework_id"]!["value"]!.GetValue<string>();
        return framework;
    }

    public async Task<JsonObject> Offer() => (await Next("OFFERS"))["offers"]!["offers"]![0]!.AsObject();

    public async Task<JsonObject> StatusOf(string task)
    {
        while (true)
        {
            var status = (await Next("UPDATE"))["update"]!["status"]!.AsObject();
            if (status["task_id"]!["value"]!.GetValue<string>() == task)
            {
                return status;
            }
        }
    }

    public Task Accept(string offer, string agent, string task, double cpus) => Call(new
    {
        type = "ACCEPT",
        framework_id = new { value = id },
        accept = new
        {
            offer_ids = new[] { new { value = offer } },
            operations = new[]
            {
                new
                {
                    type = "LAUNCH",
                    launch = new
                    {
                        task_infos = new[]
                        {
                            new
                            {
                                name = task,
                                task_id = new { value = task },
                                agent_id = new { value = agent },
                                resources = new[] { new { name = "cpus", type = "SCALAR", scalar = new { value = cpus } } },
                                command = new { value = "true" },
                            },
                        },
                    },
                },
            },
        },
    });

    public async ValueTask DisposeAsync()
    {
        await Call(new { type = "TEARDOWN", framework_id = new { value = id } });
        stream.Dispose();
        http.Dispose();
        late.Dispose();
    }

    private async Task Call(object call)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/scheduler") { Content = Json(call) };
        request.Headers.Add("Mesos-Stream-Id", stream.Headers.GetValues("Mesos-Stream-Id").Single());
        using var answer = await http.SendAsync(request, late.Token);
        ((int)answer.StatusCode).ShouldBe(202, await answer.Content.ReadAsStringAsync(late.Token));
    }

    private async Task<JsonObject> Next(string type)
    {
        while (true)
        {
            var @event = await events.Reader.ReadAsync(late.Token);
            if (@event["type"]!.GetValue<string>() == type)
            {
                return @event;
            }
        }
    }

    private async Task Read()
    {
        try
        {
            using var body = new BufferedStream(await stream.Content.ReadAsStreamAsync(late.Token));
            while (true)
            {
                var digits = "";
                for (int one; (one = body.ReadByte()) != '\n';)
                {
                    if (one < 0)
                    {
                        throw new EndOfStreamException("the event stream ended");
                    }

                    digits += (char)one;
                }

                var record = new byte[int.Parse(digits, CultureInfo.InvariantCulture)];
                await body.ReadExactlyAsync(record, late.Token);
                events.Writer.TryWrite(JsonNode.Parse(record)!.AsObject());
            }
        }
        catch (Exception ended)
        {
            events.Writer.TryComplete(ended);
        }
    }

    private static ByteArrayContent Json(object call)
    {
        var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(call));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return content;
    }
}
