using System.Net;
using System.Text.RegularExpressions;
using Bourse.Conformance.Wire;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Agents = Bourse.MesosV1.Agent;
using Executor = Bourse.MesosV1.Executor;
using Master = Bourse.MesosV1.Master;
using Scheduler = Bourse.MesosV1.Scheduler;

namespace Bourse.Conformance.Http;

/// <summary>
/// docs/mesos-compatibility.md says what the code does. Calls and endpoints are tried out; events and the calls of agents are looked up in
/// the source that sends or dispatches them. With BOURSE_WRITE_DOCS=1 the states are corrected instead.
/// </summary>
public sealed partial class TheCompatibilityTable(TestCluster cluster) : IClassFixture<TestCluster>
{
    private static readonly string Root = FindRoot();
    private static readonly string Document = Path.Combine(Root, "docs", "mesos-compatibility.md");
    private static readonly Lock Writing = new();

    private const string RefusedBegin = "<!-- refused: made from the code by the test -->", RefusedEnd = "<!-- /refused -->";

    /// <summary>Whether something is served; when it is not, what the answer said.</summary>
    private sealed record Found(bool Served, string? Why = null);

    [Fact]
    public async Task Has_every_call_of_schedulers_as_it_is_answered()
    {
        var found = new Dictionary<string, Found>();
        foreach (var type in Names(Scheduler.Call.Descriptor))
        {
            await using var scheduler = await TestScheduler.Subscribe(cluster);
            var call = (Scheduler.Call)Smallest(Scheduler.Call.Descriptor, type);
            call.FrameworkId = new() { Value = scheduler.FrameworkId };
            var subscribes = call.Type == Scheduler.Call.Types.Type.Subscribe;
            if (subscribes)
                (call.FrameworkId, call.Subscribe.FrameworkInfo.Id) = (null, null);
            if (call.UpdateFramework is { } update)
                update.FrameworkInfo.Id = call.FrameworkId;
            found.Add(type, await Ask("/api/v1/scheduler", call, "alice", subscribes ? null : scheduler.StreamId));
        }
        Check("Calls of schedulers", found);
    }

    [Fact]
    public async Task Has_every_call_of_operators_as_it_is_answered()
    {
        var found = new Dictionary<string, Found>();
        foreach (var type in Names(Master.Call.Descriptor))
            found.Add(type, await Ask("/api/v1", Smallest(Master.Call.Descriptor, type), "operator", null));
        Check("Calls of operators", found);
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
        Check("Endpoints from before v1", found);
    }

    [Theory]
    [InlineData("Events to schedulers", "services/allocator/Host", "Scheduler", @"Event(\.Types\.)?Type\.")]
    [InlineData("Events to operators", "services/allocator/Host", "Master", @"Event(\.Types\.)?Type\.")]
    [InlineData("Calls of executors", "services/agent/Host", "Executor", @"Call(\.Types\.)?Type\.")]
    [InlineData("Events to executors", "services/agent/Host", "Executor", @"Event(\.Types\.)?Type\.")]
    [InlineData("Calls of operators to agents", "services/agent/Host", "Agent", @"(Call(\.Types\.)?)?Type\.")]
    public void Has_what_the_source_sends_or_dispatches(string section, string folder, string api, string type)
    {
        var messages = api switch
        {
            "Scheduler" => Scheduler.Event.Descriptor,
            "Master" => Master.Event.Descriptor,
            "Executor" => section.StartsWith("Calls", StringComparison.Ordinal) ? Executor.Call.Descriptor : Executor.Event.Descriptor,
            _ => Agents.Call.Descriptor,
        };
        var sources = Directory.EnumerateFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal))
            .Select(File.ReadAllText)
            .Where(text => text.Contains($"MesosV1.{api}", StringComparison.Ordinal))
            .ToList();
        Check(section, Names(messages).ToDictionary(
            name => name,
            name => new Found(sources.Exists(text => Regex.IsMatch(text, $@"\b{type}{Pascal(name)}\b")))));
    }

    [Fact]
    public void Has_every_field_that_is_refused()
    {
        var fields = Directory.EnumerateFiles(Path.Combine(Root, "services/allocator/Host/Http"), "*.cs", SearchOption.AllDirectories)
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
        var list = string.Join('\n', fields.Select(field => $"- `{field}`"));
        lock (Writing)
        {
            var text = File.ReadAllText(Document);
            var (begin, end) = (text.IndexOf(RefusedBegin, StringComparison.Ordinal) + RefusedBegin.Length, text.IndexOf(RefusedEnd, StringComparison.Ordinal));
            if (Environment.GetEnvironmentVariable("BOURSE_WRITE_DOCS") == "1")
                File.WriteAllText(Document, $"{text[..begin]}\n\n{list}\n\n{text[end..]}");
            else
                text[begin..end].Trim().ShouldBe(list, "fields are refused that the table does not name, or the other way round: run with BOURSE_WRITE_DOCS=1");
        }
    }

    [Fact]
    public void Has_every_message_in_one_field_group()
    {
        var lines = File.ReadAllLines(Document).SkipWhile(line => line != "## Field groups").Skip(1).TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal));
        var rows = lines.Where(line => line.StartsWith('|')).Skip(2).Select(line => line.Split('|', StringSplitOptions.TrimEntries)).ToList();
        rows.ShouldAllBe(cells => cells[2] == "supported" || ((cells[2] == "differs" || cells[2] == "not") && cells[3].Length > 0));
        rows.SelectMany(cells => cells[1].Split(", ")).ShouldBe(
            MesosV1.MesosReflection.Descriptor.MessageTypes.Select(message => message.Name), ignoreOrder: true);
    }

    /// <summary>Compares a section's rows with what was found; or corrects them.</summary>
    private static void Check(string section, IReadOnlyDictionary<string, Found> found)
    {
        lock (Writing)
        {
            var lines = File.ReadAllLines(Document).ToList();
            var heading = lines.IndexOf($"## {section}");
            heading.ShouldBeGreaterThan(0, $"docs/mesos-compatibility.md has no section {section}");
            var first = lines.FindIndex(heading, line => line.StartsWith("|---", StringComparison.Ordinal)) + 1;
            var last = lines.FindIndex(first, line => !line.StartsWith('|'));
            var rows = lines[first..last].Select(line => line.Split('|', StringSplitOptions.TrimEntries)).Select(cells => (Name: cells[1], State: cells[2], Remark: cells[3])).ToList();
            if (Environment.GetEnvironmentVariable("BOURSE_WRITE_DOCS") == "1")
            {
                lines.RemoveRange(first, last - first);
                lines.InsertRange(first, found.Select(one => Row(one.Key, one.Value, rows.FirstOrDefault(row => row.Name == one.Key))));
                File.WriteAllLines(Document, lines);
                return;
            }
            rows.Select(row => row.Name).ShouldBe(found.Keys, ignoreOrder: true, $"{section}: run with BOURSE_WRITE_DOCS=1");
            foreach (var (name, state, remark) in rows)
            {
                state.ShouldBeOneOf("supported", "differs", "not");
                (state != "not").ShouldBe(found[name].Served, $"{section}: {name} is '{state}' in docs/mesos-compatibility.md; run with BOURSE_WRITE_DOCS=1");
                if (state == "differs")
                    remark.ShouldNotBeEmpty($"{section}: {name} differs, and nothing says how");
                if (found[name].Why is { } why)
                    remark.ShouldBe(why, $"{section}: {name}");
            }
        }
    }

    private static string Row(string name, Found found, (string Name, string State, string Remark) before)
    {
        var (state, remark) = found switch
        {
            { Served: true } when before.State is "supported" or "differs" => (before.State, before.Remark),
            { Served: true } => ("supported", ""),
            _ => ("not", found.Why ?? before.Remark),
        };
        return $"| {name} | {state} |{(string.IsNullOrEmpty(remark) ? "" : " " + remark)} |";
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

    /// <summary>A call of a type with what it must have and nothing else.</summary>
    private static IMessage Smallest(MessageDescriptor descriptor, string type)
    {
        var call = (IMessage)Activator.CreateInstance(descriptor.ClrType)!;
        var kind = descriptor.FindFieldByName("type");
        kind.Accessor.SetValue(call, Enum.ToObject(kind.EnumType.ClrType, kind.EnumType.FindValueByName(type).Number));
        foreach (var field in descriptor.Fields.InFieldNumberOrder().Where(field => field.IsRequired || field.Name.Equals(type, StringComparison.OrdinalIgnoreCase)))
            if (field.FieldType == FieldType.Message)
                field.Accessor.SetValue(call, Required(field.MessageType));
        return call;
    }

    private static IMessage Required(MessageDescriptor descriptor)
    {
        var message = (IMessage)Activator.CreateInstance(descriptor.ClrType)!;
        foreach (var field in descriptor.Fields.InFieldNumberOrder().Where(field => field.IsRequired))
            field.Accessor.SetValue(message, field.FieldType switch
            {
                FieldType.Message => Required(field.MessageType),
                FieldType.String => "x",
                FieldType.Bytes => ByteString.CopyFrom(new byte[16]),
                FieldType.Bool => false,
                FieldType.Enum => Enum.ToObject(field.EnumType.ClrType, field.EnumType.Values[0].Number),
                FieldType.Double => 1.0,
                FieldType.UInt32 => 0u,
                FieldType.UInt64 => 0ul,
                FieldType.Int64 => 0L,
                FieldType.Int32 => 0,
                _ => throw new NotSupportedException(field.FullName),
            });
        return message;
    }

    private static IEnumerable<string> Names(MessageDescriptor descriptor) =>
        descriptor.FindFieldByName("type").EnumType.Values.Select(value => value.Name).Where(name => name != "UNKNOWN");

    private static string Pascal(string name) =>
        string.Concat(name.Split('_').Select(word => word[..1] + word[1..].ToLowerInvariant()));

    private static string FindRoot()
    {
        var at = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(at!.FullName, "Bourse.slnx")))
            at = at.Parent;
        return at.FullName;
    }

    [GeneratedRegex("""\$?"(?:\{where\}: )?'?(?<field>[^"]*?)'?(?:,)? (?:is|are) not supported""")]
    private static partial Regex RefusedField();

    [GeneratedRegex("yield return \"([^\"]+)\"")]
    private static partial Regex RefusedPart();
}
