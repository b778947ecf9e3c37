using System.Net;
using System.Text.RegularExpressions;
using Bourse.Conformance.Wire;
using Google.Protobuf;
using Executor = Bourse.MesosV1.Executor;
using Master = Bourse.MesosV1.Master;
using Scheduler = Bourse.MesosV1.Scheduler;

namespace Bourse.Conformance.Http;

/// <summary>
/// docs/mesos-compatibility.md says what the code does. Calls and endpoints are tried out, those of agents by their own tests; events are
/// looked up in the source that sends them. With BOURSE_WRITE_DOCS=1 the states are corrected instead.
/// </summary>
public sealed partial class TheCompatibilityTable(TestCluster cluster) : IClassFixture<TestCluster>
{
    private const string RefusedBegin = "<!-- refused: made from the code by the test -->", RefusedEnd = "<!-- /refused -->";

    [Fact]
    public async Task Has_every_call_of_schedulers_as_it_is_answered()
    {
        var found = new Dictionary<string, Found>();
        foreach (var type in SmallestCall.Types(Scheduler.Call.Descriptor))
        {
            await using var scheduler = await TestScheduler.Subscribe(cluster);
            var call = (Scheduler.Call)SmallestCall.Of(Scheduler.Call.Descriptor, type);
            call.FrameworkId = new() { Value = scheduler.FrameworkId };
            var subscribes = call.Type == Scheduler.Call.Types.Type.Subscribe;
            if (subscribes)
                (call.FrameworkId, call.Subscribe.FrameworkInfo.Id) = (null, null);
            if (call.UpdateFramework is { } update)
                update.FrameworkInfo.Id = call.FrameworkId;
            found.Add(type, await Ask("/api/v1/scheduler", call, "alice", subscribes ? null : scheduler.StreamId));
        }
        CompatibilityDocument.Check("Calls of schedulers", found);
    }

    [Fact]
    public async Task Has_every_call_of_operators_as_it_is_answered()
    {
        var found = new Dictionary<string, Found>();
        foreach (var type in SmallestCall.Types(Master.Call.Descriptor))
            found.Add(type, await Ask("/api/v1", SmallestCall.Of(Master.Call.Descriptor, type), "operator", null));
        CompatibilityDocument.Check("Calls of operators", found);
    }

    [Fact]
    public async Task Has_every_endpoint_from_before_v1_as_it_is_answered()
    {
        // Those of Mesos that are read.
        string[] endpoints =
        [
            "/state", "/state-summary", "/slaves", "/frameworks", "/tasks", "/roles", "/flags", "/version", "/health", "/redirect", "/metrics/snapshot",
            "/files/browse", "/files/read", "/files/download", "/files/debug", "/maintenance/status", "/maintenance/schedule", "/quota", "/weights",
        ];
        using var client = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
        var found = new Dictionary<string, Found>();
        foreach (var endpoint in endpoints)
        {
            var path = endpoint.StartsWith("/files/", StringComparison.Ordinal) ? $"{endpoint}?path=/master/log" : endpoint;
            using var answer = await client.SendAsync(cluster.Request(path, null, "operator", method: "GET"), TestContext.Current.CancellationToken);
            found.Add(endpoint, new(answer.StatusCode is not (HttpStatusCode.NotFound or HttpStatusCode.NotImplemented)));
        }
        CompatibilityDocument.Check("Endpoints from before v1", found);
    }

    [Theory]
    [InlineData("Events to schedulers", "services/allocator/Host", "Scheduler", @"Event(\.Types\.)?Type\.")]
    [InlineData("Events to operators", "services/allocator/Host", "Master", @"Event(\.Types\.)?Type\.")]
    [InlineData("Calls of executors", "services/agent/Host", "Executor", @"Call(\.Types\.)?Type\.")]
    [InlineData("Events to executors", "services/agent/Host", "Executor", @"Event(\.Types\.)?Type\.")]
    public void Has_what_the_source_sends_or_dispatches(string section, string folder, string api, string type)
    {
        var messages = api switch
        {
            "Scheduler" => Scheduler.Event.Descriptor,
            "Master" => Master.Event.Descriptor,
            _ => section.StartsWith("Calls", StringComparison.Ordinal) ? Executor.Call.Descriptor : Executor.Event.Descriptor,
        };
        var sources = Directory.EnumerateFiles(Path.Combine(CompatibilityDocument.Root, folder), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal))
            .Select(File.ReadAllText)
            .Where(text => text.Contains($"MesosV1.{api}", StringComparison.Ordinal))
            .ToList();
        CompatibilityDocument.Check(section, SmallestCall.Types(messages).ToDictionary(
            name => name,
            name => new Found(sources.Exists(text => Regex.IsMatch(text, $@"\b{type}{Pascal(name)}\b")))));
    }

    [Fact]
    public void Has_every_field_that_is_refused()
    {
        var fields = Directory.EnumerateFiles(Path.Combine(CompatibilityDocument.Root, "services/allocator/Host/Http"), "*.cs", SearchOption.AllDirectories)
            .Select(File.ReadAllText)
            .SelectMany(text => RefusedField().Matches(text).Select(match => match.Groups["field"].Value)
                .Concat(text.Contains("IEnumerable<string> Unsupported(", StringComparison.Ordinal) ? RefusedPart().Matches(text).Select(match => "task." + match.Groups[1].Value) : []))
            .Select(field => field.Replace("{volume.ContainerPath}", "PATH", StringComparison.Ordinal).Replace("{EnumNames.Of(source.Type)}", "TYPE", StringComparison.Ordinal))
            .Select(field => Regex.Replace(field, "^(Task|Executor) uses '?(.*?)'?, which$", match => $"{match.Groups[1].Value.ToLowerInvariant()}: {match.Groups[2].Value}"))
            // Doc comments, and texts whose field is put in elsewhere.
            .Where(field => !field.Contains('>', StringComparison.Ordinal) && !field.Contains('{', StringComparison.Ordinal))
            .Distinct()
            .Order(StringComparer.Ordinal)
            .ToList();
        fields.ShouldContain(field => field.StartsWith("task.", StringComparison.Ordinal));
        lock (CompatibilityDocument.Writing)
        {
            var text = File.ReadAllText(CompatibilityDocument.File);
            var (begin, end) = (text.IndexOf(RefusedBegin, StringComparison.Ordinal) + RefusedBegin.Length, text.IndexOf(RefusedEnd, StringComparison.Ordinal));
            // The reasons are written by hand, and must be there.
            var reasons = text[begin..end].Split('\n').Select(line => Reason().Match(line)).Where(match => match.Success)
                .ToDictionary(match => match.Groups["field"].Value, match => match.Groups["why"].Value);
            var list = string.Join('\n', fields.Select(field => $"- `{field}`: {reasons.GetValueOrDefault(field, "")}"));
            fields.ShouldAllBe(field => reasons.GetValueOrDefault(field, "").Length > 0, "a field that is refused needs a reason");
            if (Environment.GetEnvironmentVariable("BOURSE_WRITE_DOCS") == "1")
                File.WriteAllText(CompatibilityDocument.File, $"{text[..begin]}\n\n{list}\n\n{text[end..]}");
            else
                text[begin..end].Trim().ShouldBe(list, "fields are refused that the table does not name, or the other way round: run with BOURSE_WRITE_DOCS=1");
        }
    }

    [Fact]
    public void Has_every_message_in_one_field_group()
    {
        var lines = File.ReadAllLines(CompatibilityDocument.File).SkipWhile(line => line != "## Field groups").Skip(1).TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal));
        var rows = lines.Where(line => line.StartsWith('|')).Skip(2).Select(line => line.Split('|', StringSplitOptions.TrimEntries)).ToList();
        rows.ShouldAllBe(cells => cells[2] == "supported" || ((cells[2] == "differs" || cells[2] == "not") && cells[3].Length > 0));
        rows.SelectMany(cells => cells[1].Split(", ")).ShouldBe(
            MesosV1.MesosReflection.Descriptor.MessageTypes.Select(message => message.Name), ignoreOrder: true);
    }

    private async Task<Found> Ask(string path, IMessage call, string principal, string? streamId)
    {
        var request = cluster.Request(path, "", principal, "application/x-protobuf");
        request.Content = new ByteArrayContent(call.ToByteArray()) { Headers = { { "Content-Type", "application/x-protobuf" } } };
        if (streamId is not null)
            request.Headers.Add("Mesos-Stream-Id", streamId);
        using var client = new HttpClient(new SocketsHttpHandler { ResponseDrainTimeout = TimeSpan.Zero });
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        if (answer.StatusCode != HttpStatusCode.NotImplemented)
        {
            ((int)answer.StatusCode).ShouldBeLessThan(500, call.ToString());
            return new(true);
        }
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        text.ShouldContain("is not implemented: ", customMessage: "a call that is not served says why");
        return new(false, text[(text.IndexOf(": ", StringComparison.Ordinal) + 2)..]);
    }

    private static string Pascal(string name) =>
        string.Concat(name.Split('_').Select(word => word[..1] + word[1..].ToLowerInvariant()));

    [GeneratedRegex("""\$?"(?:\{where\}: )?'?(?<field>[^"]*?)'?(?:,)? (?:is|are) not supported""")]
    private static partial Regex RefusedField();

    [GeneratedRegex("^- `(?<field>[^`]+)`: (?<why>.*)$")]
    private static partial Regex Reason();

    [GeneratedRegex("yield return \"([^\"]+)\"")]
    private static partial Regex RefusedPart();
}
