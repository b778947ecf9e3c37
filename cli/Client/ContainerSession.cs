using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;
using Bourse.MesosV1.Wire;

namespace Bourse.Cli.Client;

/// <summary>A command beside a running task, by the agent's API: what it says comes here, what is typed here goes there.</summary>
internal sealed class ContainerSession(Uri agent, string? token, string container) : IDisposable
{
    private readonly HttpClient http = new() { Timeout = Timeout.InfiniteTimeSpan };
    private readonly string id = $"exec-{Guid.NewGuid():N}"[..13];

    /// <summary>The container that a task runs in.</summary>
    /// <exception cref="CliException">The agent does not run it.</exception>
    public static async Task<string> ContainerOf(Uri agent, string? token, string framework, string task, CancellationToken ct)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(
            HttpMethod.Get, new Uri(agent, $"/bourse/v1/tasks/{Uri.EscapeDataString(framework)}/{Uri.EscapeDataString(task)}/container"));
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        using var answer = await http.SendAsync(request, ct);
        return answer.IsSuccessStatusCode
            ? JsonNode.Parse(await answer.Content.ReadAsStringAsync(ct))!["container"]!.GetValue<string>()
            : throw new CliException(answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.Conflict
                ? $"task {task} does not run" : $"{agent} answered {(int)answer.StatusCode} {answer.ReasonPhrase}");
    }

    /// <summary>Runs a command to its end and returns its exit code.</summary>
    /// <param name="argv">The program and its arguments.</param>
    /// <param name="window">Rows and columns of the terminal it is to have; null for none.</param>
    /// <param name="input">What it is given.</param>
    /// <param name="resized">Tells of a new size of the window.</param>
    /// <param name="output">Takes what it says, and whether that is an error.</param>
    /// <param name="ct">Ends it.</param>
    public async Task<int> Run(
        IReadOnlyList<string> argv, (int Rows, int Columns)? window, Stream input, Action<Action<int, int>>? resized,
        Func<ReadOnlyMemory<byte>, bool, Task> output, CancellationToken ct)
    {
        var launch = new JsonObject
        {
            ["container_id"] = Id(),
            ["command"] = new JsonObject { ["shell"] = false, ["value"] = argv[0], ["arguments"] = new JsonArray([.. argv.Select(argument => (JsonNode)argument)]) },
        };
        if (window is var (rows, columns))
            launch["container"] = new JsonObject { ["type"] = "MESOS", ["tty_info"] = Size(rows, columns) };
        using var request = Call("LAUNCH_NESTED_CONTAINER_SESSION", launch);
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
        if (!answer.IsSuccessStatusCode)
            throw new CliException($"{agent} answered {(int)answer.StatusCode}: {await answer.Content.ReadAsStringAsync(ct)}");

        using var ended = CancellationTokenSource.CreateLinkedTokenSource(ct);
        using var typed = new TypedInput(First(), input, resized, ended.Token);
        // What is typed ends with the command, or by itself, and is no reason for the command to end.
        _ = Type(typed, ended.Token);
        try
        {
            await foreach (var record in Records(await answer.Content.ReadAsStreamAsync(ct), ct))
                if (record["data"] is { } data)
                    await output(Convert.FromBase64String(data["data"]?.GetValue<string>() ?? ""), data["type"]?.GetValue<string>() == "STDERR");
        }
        finally
        {
            await ended.CancelAsync();
        }
        return await ExitCode(ct);
    }

    public void Dispose() => http.Dispose();

    private static async IAsyncEnumerable<JsonNode> Records(Stream stream, [EnumeratorCancellation] CancellationToken ct)
    {
        var (records, buffer) = (new RecordReader(), new byte[16 * 1024]);
        while (await stream.ReadAsync(buffer, ct) is > 0 and var read)
        {
            foreach (var record in records.Feed(buffer.AsSpan(0, read)))
                yield return JsonNode.Parse(record)!;
        }
    }

    private async Task Type(TypedInput typed, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(agent, "/api/v1")) { Content = typed };
        typed.Headers.ContentType = new("application/recordio");
        request.Headers.Add("Message-Content-Type", "application/json");
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        try
        {
            using var answer = await http.SendAsync(request, ct);
        }
        catch (Exception e) when (e is OperationCanceledException or HttpRequestException or IOException)
        {
            // The command has ended, which its output tells as well.
        }
    }

    private async Task<int> ExitCode(CancellationToken ct)
    {
        using var wait = Call("WAIT_NESTED_CONTAINER", new JsonObject { ["container_id"] = Id() });
        using var answer = await http.SendAsync(wait, ct);
        var text = await answer.Content.ReadAsStringAsync(ct);
        if (!answer.IsSuccessStatusCode)
            throw new CliException($"how the command ended is not known: {text}");
        using var remove = Call("REMOVE_NESTED_CONTAINER", new JsonObject { ["container_id"] = Id() });
        using var removed = await http.SendAsync(remove, ct);
        var status = JsonNode.Parse(text)!["wait_nested_container"]?["exit_status"]?.GetValue<int>() ?? 0;
        return (status & 0x7f) is var signal and not 0 ? 128 + signal : status >> 8;
    }

    private JsonObject First() => new()
    {
        ["type"] = "ATTACH_CONTAINER_INPUT",
        ["attach_container_input"] = new JsonObject { ["type"] = "CONTAINER_ID", ["container_id"] = Id() },
    };

    private JsonObject Id() => new() { ["value"] = id, ["parent"] = new JsonObject { ["value"] = container } };

    private static JsonObject Size(int rows, int columns) => new() { ["window_size"] = new JsonObject { ["rows"] = rows, ["columns"] = columns } };

    private HttpRequestMessage Call(string type, JsonObject member)
    {
        var call = new JsonObject { ["type"] = type, [type.ToLowerInvariant()] = member };
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(agent, "/api/v1")) { Content = new StringContent(call.ToJsonString(), Encoding.UTF8, "application/json") };
        request.Headers.TryAddWithoutValidation("Accept", "application/json");
        request.Headers.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
        return request;
    }

    /// <summary>A request that goes on for as long as somebody types.</summary>
    private sealed class TypedInput(JsonObject first, Stream input, Action<Action<int, int>>? resized, CancellationToken ct) : HttpContent
    {
        private readonly SemaphoreSlim turn = new(1);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await Write(stream, first);
            resized?.Invoke((rows, columns) => _ = Write(stream, Io(new JsonObject
            {
                ["type"] = "CONTROL",
                ["control"] = new JsonObject { ["type"] = "TTY_INFO", ["tty_info"] = Size(rows, columns) },
            })));
            var buffer = new byte[4096];
            int read;
            do
            {
                read = await input.ReadAsync(buffer, ct);
                // Nothing tells of the end.
                await Write(stream, Io(new JsonObject
                {
                    ["type"] = "DATA",
                    ["data"] = new JsonObject { ["type"] = "STDIN", ["data"] = Convert.ToBase64String(buffer, 0, read) },
                }));
            }
            while (read > 0);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }

        protected override void Dispose(bool disposing)
        {
            turn.Dispose();
            base.Dispose(disposing);
        }

        private static JsonObject Io(JsonObject io) => new()
        {
            ["type"] = "ATTACH_CONTAINER_INPUT",
            ["attach_container_input"] = new JsonObject { ["type"] = "PROCESS_IO", ["process_io"] = io },
        };

        private async Task Write(Stream stream, JsonObject record)
        {
            var payload = Encoding.UTF8.GetBytes(record.ToJsonString());
            await turn.WaitAsync(ct);
            try
            {
                await stream.WriteAsync(Encoding.ASCII.GetBytes($"{payload.Length}\n"), ct);
                await stream.WriteAsync(payload, ct);
                await stream.FlushAsync(ct);
            }
            finally
            {
                turn.Release();
            }
        }
    }
}
