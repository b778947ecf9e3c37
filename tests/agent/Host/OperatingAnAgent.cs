using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Bourse.Contracts;
using Bourse.MesosV1.Wire;
using static Bourse.Agent.Tests.Example;

namespace Bourse.Agent.Tests.Host;

public sealed class OperatingAnAgent : IAsyncLifetime
{
    private const string Waits = "echo hello; mkdir dir; ln -s /etc/passwd link; while :; do sleep 0.1; done";

    private readonly Machine machine = new(http: true);
    private readonly HttpClient http = new(new SocketsHttpHandler()) { Timeout = Timeout.InfiniteTimeSpan };
    private string container = "";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await machine.Bus.Report(machine.Launch("t", Waits, new Variable("MINE", "1")), TaskState.Running);
        await RealTasks.Until(() => File.Exists(Path.Combine(machine.Sandbox("t"), "link")) || new FileInfo(Path.Combine(machine.Sandbox("t"), "link")).LinkTarget is not null);
        container = (await Ask("GET_CONTAINERS"))["get_containers"]!["containers"]!.AsArray().Single()!["container_id"]!["value"]!.GetValue<string>();
    }

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await machine.DisposeAsync();
    }

    private HttpRequestMessage Request(string body, string secret = Gateway.Operator)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, $"http://127.0.0.1:{machine.Http.Port}/api/v1") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        if (secret.Length > 0)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        return request;
    }

    private async Task<(HttpStatusCode Status, string Text)> Call(string type, string member = "", string secret = Gateway.Operator)
    {
        using var answer = await http.SendAsync(Request($$"""{"type":"{{type}}"{{(member.Length > 0 ? $",\"{type.ToLowerInvariant()}\":{member}" : "")}}}""", secret), Ct);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Ct));
    }

    private async Task<JsonNode> Ask(string type, string member = "", string secret = Gateway.Operator)
    {
        var (status, text) = await Call(type, member, secret);
        status.ShouldBe(HttpStatusCode.OK, text);
        return JsonNode.Parse(text)!;
    }

    private async Task<(HttpStatusCode Status, string Text)> Get(string path, string secret = Gateway.Operator)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{machine.Http.Port}{path}");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        using var answer = await http.SendAsync(request, Ct);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Ct));
    }

    private string Named => """{"type":"ATTACH_CONTAINER_INPUT","attach_container_input":{"type":"CONTAINER_ID","container_id":ID}}"""
        .Replace("ID}", Nested("n", "")["{\"container_id\":".Length..], StringComparison.Ordinal);

    private string Nested(string id, string more) => $$$"""{"container_id":{"value":"{{{id}}}","parent":{"value":"{{{container}}}"}}{{{more}}}}""";

    [Theory]
    [InlineData("GET_HEALTH", "\"healthy\":true")]
    [InlineData("GET_VERSION", "\"version\":\"1.12.0\"")]
    [InlineData("GET_FLAGS", "\"name\":\"work_dir\"")]
    [InlineData("GET_LOGGING_LEVEL", "\"level\":0")]
    [InlineData("GET_TASKS", "\"launched_tasks\":[{\"name\":\"t\"")]
    [InlineData("GET_STATE", "\"launched_tasks\":[{\"name\":\"t\"")]
    [InlineData("GET_FRAMEWORKS", "\"value\":\"web-0001\"")]
    [InlineData("GET_EXECUTORS", "\"get_executors\":{}")]
    [InlineData("GET_AGENT", "\"value\":\"agent-1\"")]
    [InlineData("GET_OPERATIONS", "\"get_operations\":{}")]
    public async Task Tells_what_it_holds_to_operators_alone(string type, string part)
    {
        (await Ask(type)).ToJsonString().ShouldContain(part);
        (await Call(type, secret: Gateway.Web)).Status.ShouldBe(HttpStatusCode.Forbidden);
        (await Call(type, secret: "")).Status.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task Has_its_level_of_logging_set_for_a_while()
    {
        (await Call("SET_LOGGING_LEVEL", """{"level":1,"duration":{"nanoseconds":500000000}}""")).ShouldBe((HttpStatusCode.OK, ""));
        (await Ask("GET_LOGGING_LEVEL"))["get_logging_level"]!["level"]!.GetValue<int>().ShouldBe(1);
        (await Call("SET_LOGGING_LEVEL", """{"level":1,"duration":{"nanoseconds":-1}}""")).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await Call("SET_LOGGING_LEVEL", """{"level":1,"duration":{"nanoseconds":1}}""", Gateway.Web)).Status.ShouldBe(HttpStatusCode.Forbidden);
        await RealTasks.Until(() => Ask("GET_LOGGING_LEVEL").Result["get_logging_level"]!["level"]!.GetValue<int>() == 0);
    }

    [Fact]
    public async Task Counts_what_is_used()
    {
        var metrics = (await Ask("GET_METRICS", "{}"))["get_metrics"]!["metrics"]!.AsArray().ToDictionary(metric => metric!["name"]!.GetValue<string>(), metric => metric!["value"]!.GetValue<double>());
        metrics["slave/tasks_running"].ShouldBe(1);
        metrics["slave/cpus_used"].ShouldBe(0.1);
        metrics["slave/cpus_total"].ShouldBe(4);
    }

    [Fact]
    public async Task Shows_the_files_of_a_sandbox_to_its_principal()
    {
        var sandbox = machine.Sandbox("t");
        var files = (await Ask("LIST_FILES", $$"""{"path":"{{sandbox}}"}""", Gateway.Web))["list_files"]!["file_infos"]!.AsArray();
        files.Select(file => Path.GetFileName(file!["path"]!.GetValue<string>())).ShouldBe(["dir", "link", "stderr", "stdout"]);
        var read = (await Ask("READ_FILE", $$"""{"path":"{{sandbox}}/stdout","offset":1,"length":3}""", Gateway.Web))["read_file"]!;
        (read["size"]!.GetValue<int>(), Encoding.UTF8.GetString(Convert.FromBase64String(read["data"]!.GetValue<string>()))).ShouldBe((6, "ell"));
        (await Call("READ_FILE", $$"""{"path":"{{sandbox}}/stdout","offset":0}""", Gateway.Other)).Status.ShouldBe(HttpStatusCode.NotFound);
    }

    [Theory]
    [InlineData("link")]
    [InlineData("../../../key.pem")]
    [InlineData("dir/../../../../key.pem")]
    [InlineData("missing")]
    [InlineData("dir")]
    public async Task Never_reads_what_lies_outside_of_a_sandbox(string path)
    {
        (await Call("READ_FILE", $$"""{"path":"{{machine.Sandbox("t")}}/{{path}}","offset":0}""")).Status.ShouldBe(HttpStatusCode.NotFound);
        (await Get($"/files/download?path={machine.Sandbox("t")}/{path}")).Status.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Answers_tools_from_before_v1()
    {
        var executor = JsonNode.Parse((await Get("/state")).Text)!["frameworks"]!.AsArray().Single()!["executors"]!.AsArray().Single()!;
        executor["tasks"]!.AsArray().Single()!["id"]!.GetValue<string>().ShouldBe("t");
        var directory = executor["directory"]!.GetValue<string>();
        (await Get($"/files/browse?path={directory}")).Text.ShouldContain("\"mode\":\"drwx");
        (await Get($"/files/read?path={directory}/stdout&offset=0&length=5")).Text.ShouldBe("{\"data\":\"hello\",\"offset\":0}");
        (await Get($"/files/read?path={directory}/stdout&offset=-1")).Text.ShouldBe("{\"data\":\"\",\"offset\":6}");
        (await Get($"/files/download?path={directory}/stdout")).Text.ShouldBe("hello\n");
        (await Get($"/files/download?path={directory}/stdout", Gateway.Other)).Status.ShouldBe(HttpStatusCode.NotFound);
        (await Get("/files/debug")).Text.ShouldContain(directory);
        (await Get("/containers")).Text.ShouldContain($"\"container_id\":\"{container}\"");
        // As pages of other servers read it.
        foreach (var path in (string[])["/metrics/snapshot", "/slave(1)/state", "/slave(1)/monitor/statistics", $"/files/browse?path={directory}", $"/files/read?path={directory}/stdout", "/slave(1)/flags"])
        {
            var script = await Get($"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}jsonp=angular.callbacks._0");
            (script.Text[..20], script.Text[^2..]).ShouldBe(("angular.callbacks._0", ");"));
            JsonNode.Parse(script.Text[21..^2]).ShouldNotBeNull();
            (await Get($"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}jsonp=alert(1)//")).Status.ShouldBe(HttpStatusCode.BadRequest);
        }
        (await Get("/version")).Text.ShouldContain("1.12.0");
    }

    [Fact]
    public async Task Still_shows_where_the_files_of_a_task_that_is_over_are()
    {
        machine.Bus.Acknowledges = true;
        await machine.Bus.End(machine.Launch("over", "echo bye"));
        JsonNode? executor = null;
        await RealTasks.Until(() => (executor = JsonNode.Parse(Get("/slave(1)/state").Result.Text)!["frameworks"]!.AsArray().Single()!["completed_executors"]!.AsArray()
            .FirstOrDefault(one => one!["id"]!.GetValue<string>() == "over")) is not null);
        executor!["completed_tasks"]!.AsArray().Single()!["id"]!.GetValue<string>().ShouldBe("over");
        (await Get($"/files/read?path={executor["directory"]}/stdout&offset=0")).Text.ShouldContain("bye");
    }

    [Fact]
    public async Task Runs_a_container_beside_a_task()
    {
        (await Call("LAUNCH_NESTED_CONTAINER", Nested("n", ",\"command\":{\"value\":\"echo $MINE; test -e ../../stdout; exit 3\"}"), Gateway.Web)).Status.ShouldBe(HttpStatusCode.OK);
        (await Ask("WAIT_NESTED_CONTAINER", Nested("n", ""), Gateway.Web))["wait_nested_container"]!["exit_status"]!.GetValue<int>().ShouldBe(3 << 8);
        File.ReadAllText(Path.Combine(machine.Sandbox("t"), "containers", "n", "stdout")).ShouldBe("1\n");
        (await Call("WAIT_NESTED_CONTAINER", Nested("n", ""), Gateway.Other)).Status.ShouldBe(HttpStatusCode.NotFound);
        (await Call("REMOVE_NESTED_CONTAINER", Nested("n", ""), Gateway.Web)).Status.ShouldBe(HttpStatusCode.OK);
        Directory.Exists(Path.Combine(machine.Sandbox("t"), "containers", "n")).ShouldBeFalse();
        (await Call("WAIT_NESTED_CONTAINER", Nested("n", ""), Gateway.Web)).Status.ShouldBe(HttpStatusCode.NotFound);
        (await Call("LAUNCH_NESTED_CONTAINER", """{"container_id":{"value":"n","parent":{"value":"nobody"}},"command":{"value":"true"}}""")).Status.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task Kills_a_container_and_all_it_started()
    {
        await Call("LAUNCH_NESTED_CONTAINER", Nested("n", ",\"command\":{\"value\":\"sleep 4248 & sleep 4248\"}"));
        (await Call("LAUNCH_NESTED_CONTAINER", Nested("n", ",\"command\":{\"value\":\"true\"}"))).Status.ShouldBe(HttpStatusCode.Accepted);
        (await Call("REMOVE_NESTED_CONTAINER", Nested("n", ""))).Status.ShouldBe(HttpStatusCode.InternalServerError);
        await Call("KILL_NESTED_CONTAINER", Nested("n", ",\"signal\":15"));
        (await Ask("WAIT_NESTED_CONTAINER", Nested("n", "")))["wait_nested_container"]!["exit_status"]!.GetValue<int>().ShouldBe(15);
    }

    [Fact]
    public async Task Ends_a_container_with_its_task()
    {
        await Call("LAUNCH_NESTED_CONTAINER", Nested("n", ",\"command\":{\"value\":\"exec sleep 4249\"}"));
        machine.Bus.Command(number => new Contracts.Messages.KillTask(number, Web, new("t"), TimeSpan.Zero));
        (await Ask("WAIT_NESTED_CONTAINER", Nested("n", "")))["wait_nested_container"]!["exit_status"]!.GetValue<int>().ShouldBe(9);
    }

    [Fact]
    public async Task Runs_a_session_with_both_outputs()
    {
        using var session = await Session("echo out; echo err >&2; exit 0", tty: "");
        var said = await session.Rest();
        said.ShouldContain(("STDOUT", "out\n"));
        said.ShouldContain(("STDERR", "err\n"));
    }

    [Fact]
    public async Task Runs_a_session_at_a_terminal_that_is_typed_into_and_resized()
    {
        using var session = await Session("tty -s && stty size && read line && echo \"<$line>\" && read line && stty size", tty: ",\"container\":{\"type\":\"MESOS\",\"tty_info\":{\"window_size\":{\"rows\":24,\"columns\":80}}}");
        await session.Until("24 80");
        var input = new TypedInput();
        var typing = Send(input);
        await input.Write(Named);
        await input.Type("word\n");
        await session.Until("<word>");
        await input.Write("""{"type":"ATTACH_CONTAINER_INPUT","attach_container_input":{"type":"PROCESS_IO","process_io":{"type":"CONTROL","control":{"type":"TTY_INFO","tty_info":{"window_size":{"rows":50,"columns":132}}}}}}""");
        await input.Type("\n");
        await session.Until("50 132");
        input.End();
        (await typing).StatusCode.ShouldBe(HttpStatusCode.OK);
        await session.Rest();
    }

    [Fact]
    public async Task Ends_with_a_container_that_was_killed_before_it_had_its_terminal()
    {
        // Killed at once: some before their program has opened the terminal, whose other end would be read without end.
        for (var n = 0; n < 20; n++)
        {
            await Call("LAUNCH_NESTED_CONTAINER", Nested($"n{n}", ",\"command\":{\"value\":\"sleep 4251\"},\"container\":{\"type\":\"MESOS\",\"tty_info\":{}}"));
            await Call("KILL_NESTED_CONTAINER", Nested($"n{n}", ""));
            (await Ask("WAIT_NESTED_CONTAINER", Nested($"n{n}", "")))["wait_nested_container"]!["exit_status"]!.GetValue<int>().ShouldBe(9);
        }
    }

    [Fact]
    public async Task Ends_a_session_with_its_connection()
    {
        var session = await Session("echo $$; exec sleep 4250", tty: "");
        var pid = int.Parse((await session.Until("\n")).Trim());
        session.Dispose();
        await RealTasks.Until(() => Bourse.Agent.Host.Processes.ProcessTable.Look(pid) is null or { Dead: true });
    }

    [Fact]
    public async Task Lets_others_look_on_and_one_type()
    {
        using var session = await Session("read line; echo \"<$line>\"; read line", tty: "");
        using var watching = await Open("ATTACH_CONTAINER_OUTPUT", Nested("n", ""));
        var input = new TypedInput();
        var typing = Send(input);
        await input.Write(Named);
        await input.Type("hi\n");
        (await session.Until("<hi>")).ShouldContain("<hi>");
        (await watching.Until("<hi>")).ShouldContain("<hi>");

        var second = new TypedInput();
        var refused = Send(second);
        await second.Write(Named);
        second.End();
        (await refused).StatusCode.ShouldBe(HttpStatusCode.Conflict);
        input.End();
        await typing;
    }

    [Fact]
    public async Task Refuses_what_is_not_a_stream_where_one_is_due()
    {
        (await Call("ATTACH_CONTAINER_INPUT", "{\"type\":\"CONTAINER_ID\"}")).Status.ShouldBe(HttpStatusCode.UnsupportedMediaType);
        var request = Request("{\"type\":\"GET_HEALTH\"}");
        request.Headers.Add("Message-Accept", "application/json");
        (await http.SendAsync(request, Ct)).StatusCode.ShouldBe(HttpStatusCode.NotAcceptable);
        (await Call("NONSENSE")).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await Call("READ_FILE")).ShouldBe((HttpStatusCode.BadRequest, "Failed to validate agent::Call: Expecting 'read_file' to be present"));
    }

    private Task<Said> Session(string shell, string tty) =>
        Open("LAUNCH_NESTED_CONTAINER_SESSION", Nested("n", $",\"command\":{{\"value\":{System.Text.Json.JsonSerializer.Serialize(shell)}}}{tty}"));

    private async Task<Said> Open(string type, string member)
    {
        var request = Request($$"""{"type":"{{type}}","{{type.ToLowerInvariant()}}":{{member}}}""", Gateway.Web);
        request.Headers.TryAddWithoutValidation("Accept", "application/recordio");
        request.Headers.TryAddWithoutValidation("Message-Accept", "application/json");
        var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Ct);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("application/recordio");
        return new(response, await response.Content.ReadAsStreamAsync(Ct));
    }

    private Task<HttpResponseMessage> Send(TypedInput input)
    {
        var request = Request("", Gateway.Web);
        request.Content = input;
        request.Content.Headers.ContentType = new("application/recordio");
        request.Headers.Add("Message-Content-Type", "application/json");
        return http.SendAsync(request, Ct);
    }

    /// <summary>What a session says.</summary>
    private sealed class Said(HttpResponseMessage response, Stream stream) : IDisposable
    {
        private readonly RecordReader reader = new();
        private readonly List<(string Type, string Text)> all = [];

        public async Task<string> Until(string text)
        {
            while (!All.Contains(text, StringComparison.Ordinal))
                (await More()).ShouldBeTrue($"the session ended with {All}");
            return All;
        }

        public async Task<List<(string Type, string Text)>> Rest()
        {
            while (await More())
            {
            }
            return all;
        }

        public void Dispose() => response.Dispose();

        private string All => string.Concat(all.Select(piece => piece.Text));

        private async Task<bool> More()
        {
            var buffer = new byte[4096];
            var read = await stream.ReadAsync(buffer, Ct);
            foreach (var record in reader.Feed(buffer.AsSpan(0, read)))
            {
                var data = JsonNode.Parse(record)!["data"];
                if (data is not null)
                    all.Add((data["type"]!.GetValue<string>(), Encoding.UTF8.GetString(Convert.FromBase64String(data["data"]!.GetValue<string>()))));
            }
            return read > 0;
        }
    }

    /// <summary>A request whose body goes on for as long as somebody types.</summary>
    private sealed class TypedInput : HttpContent
    {
        private readonly TaskCompletionSource<Stream> opened = new();
        private readonly TaskCompletionSource ended = new();

        public Task Type(string text) => Write(
            """{"type":"ATTACH_CONTAINER_INPUT","attach_container_input":{"type":"PROCESS_IO","process_io":{"type":"DATA","data":{"type":"STDIN","data":"TEXT"}}}}"""
                .Replace("TEXT", Convert.ToBase64String(Encoding.UTF8.GetBytes(text)), StringComparison.Ordinal));

        public async Task Write(string record)
        {
            var stream = await opened.Task;
            await stream.WriteAsync(RecordIO.Frame(Encoding.UTF8.GetBytes(record)), Ct);
            await stream.FlushAsync(Ct);
        }

        public void End() => ended.TrySetResult();

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.FlushAsync(Ct);
            opened.SetResult(stream);
            await ended.Task;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
