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
    private readonly List<(string Task, string State)> reached = [];
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

    /// <summary>Accepts an offer with one operation, whatever it is.</summary>
    public Task Accept(JsonObject offer, object operation) => Call(new
    {
        type = "ACCEPT",
        accept = new { offer_ids = new[] { offer["id"]!.DeepClone() }, operations = new[] { operation } },
    });

    /// <summary>Awaits a state of a task, acknowledging what comes; another end than this one is a failure.</summary>
    public async Task Reaches(string task, string state)
    {
        var deadline = DateTime.UtcNow + TimeSpan.FromMinutes(1);
        while (!reached.Contains((task, state)))
        {
            DateTime.UtcNow.ShouldBeLessThan(deadline, $"{task} never became {state}: {string.Join(", ", reached)}");
            var status = (await Next("UPDATE"))["update"]!["status"]!.AsObject();
            reached.Add((status["task_id"]!["value"]!.GetValue<string>(), status["state"]!.GetValue<string>()));
            if (status["uuid"] is { } uuid)
            {
                await Call(new
                {
                    type = "ACKNOWLEDGE",
                    acknowledge = new { agent_id = status["agent_id"]!.DeepClone(), task_id = status["task_id"]!.DeepClone(), uuid = uuid.DeepClone() },
                });
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

    /// <summary>Makes a call; the stream tells whose it is.</summary>
    public async Task Call(object call)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/scheduler") { Content = Json(call) };
        request.Headers.Add("Mesos-Stream-Id", stream.Headers.GetValues("Mesos-Stream-Id").Single());
        using var answer = await http.SendAsync(request, late.Token);
        ((int)answer.StatusCode).ShouldBe(202, await answer.Content.ReadAsStringAsync(late.Token));
    }

    /// <summary>The next event of a type; others on the way are passed over.</summary>
    public async Task<JsonObject> Next(string type)
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
