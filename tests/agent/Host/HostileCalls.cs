using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Bourse.Conformance.Fuzzing;
using Bourse.Contracts;
using Bourse.Contracts.Messages;
using Bourse.MesosV1.Wire;
using Google.Protobuf;
using Agents = Bourse.MesosV1.Agent;
using Executors = Bourse.MesosV1.Executor;
using Type = Bourse.MesosV1.Agent.Call.Types.Type;

namespace Bourse.Agent.Tests.Host;

/// <summary>
/// Valid calls of operators and executors to an agent with a few things changed at random. BOURSE_FUZZ is their number, BOURSE_FUZZ_SEED
/// the first seed; every input is made of one seed, which a failure names.
/// </summary>
public sealed class HostileCalls(ITestOutputHelper output)
{
    private const int Workers = 4;
    private static readonly int Count = Number("BOURSE_FUZZ", 2000);
    private static readonly int FirstSeed = Number("BOURSE_FUZZ_SEED", 1);
    private static readonly Type[] Launches = [Type.LaunchContainer, Type.LaunchNestedContainer, Type.LaunchNestedContainerSession];

    private static readonly FrameworkDescription Description = new("fw", "", ["*"], [], TimeSpan.Zero, "web");
    private static readonly ExecutorSpec Spec = new(
        new("e"), ExecutorKind.Custom, "an executor", Resources.Of(Resource.Of("cpus", 0.1)), new(Shell: true, TestExecutor.Command));

    private readonly SortedDictionary<int, int> statuses = [];
    private readonly List<int> refused = [];
    private readonly Lock gate = new();
    private int next;

    [Fact]
    public async Task Of_operators_are_answered_as_prescribed_and_change_nothing_when_refused()
    {
        await using var machine = new Machine(http: true);
        var task = machine.Launch("t", "while :; do sleep 0.1; done");
        await machine.Bus.Report(task, TaskState.Running);
        var container = $"{Example.A1}-1";
        var spoiling = new Spoiling<Agents.Call>(
        [
            .. SmallestOf<Agents.Call>(call => Launches.Contains(call.Type)),
            $$"""{"type":"LIST_FILES","list_files":{"path":"{{machine.Sandbox("t")}}"} }""",
            $$"""{"type":"READ_FILE","read_file":{"path":"{{machine.Sandbox("t")}}/stdout","offset":0,"length":100} }""",
            """{"type":"SET_LOGGING_LEVEL","set_logging_level":{"level":1,"duration":{"nanoseconds":1000000}}}""",
            """{"type":"GET_CONTAINERS","get_containers":{"show_nested":true,"show_standalone":true}}""",
            """{"type":"PRUNE_IMAGES","prune_images":{"excluded_images":[{"type":"DOCKER","docker":{"name":"alpine:3"}}]}}""",
            $$"""{"type":"LAUNCH_NESTED_CONTAINER","launch_nested_container":{"container_id":{"value":"n1","parent":{"value":"{{container}}"} },"command":{"value":"true"} } }""",
            """{"type":"LAUNCH_CONTAINER","launch_container":{"container_id":{"value":"alone"},"command":{"value":"true","environment":{"variables":[{"name":"A","value":"b"}]}},"resources":[{"name":"cpus","type":"SCALAR","scalar":{"value":0.1}}]}}""",
            $$"""{"type":"LAUNCH_NESTED_CONTAINER_SESSION","launch_nested_container_session":{"container_id":{"value":"s1","parent":{"value":"{{container}}"} },"command":{"value":"true"},"container":{"type":"MESOS","tty_info":{"window_size":{"rows":24,"columns":80} } } } }""",
            """{"type":"WAIT_CONTAINER","wait_container":{"container_id":{"value":"nobody"}}}""",
            """{"type":"KILL_CONTAINER","kill_container":{"container_id":{"value":"nobody"},"signal":15}}""",
            """{"type":"REMOVE_CONTAINER","remove_container":{"container_id":{"value":"nobody"}}}""",
            """{"type":"ATTACH_CONTAINER_OUTPUT","attach_container_output":{"container_id":{"value":"nobody"}}}""",
        ]);
        await Throw(machine, "/api/v1", Gateway.Operator, random => Harmless(spoiling.Next(random)));
        // Nothing that an operator says is an input of the agent's core.
        (await machine.Runtime.Inbox.Read(state => state.Tasks.Single().State, TestContext.Current.CancellationToken)).ShouldBe(TaskState.Running);
    }

    [Fact]
    public async Task Of_executors_are_answered_as_prescribed_and_change_nothing_when_refused()
    {
        await using var machine = new Machine(http: true);
        machine.Bus.Command(number => new LaunchExecutor(number, Example.Web, Spec, Description));
        machine.Bus.Command(number => new LaunchTask(number, Example.Web, new("t1"), new(
            new("t1"), "t1", Resources.Of(Resource.Of("cpus", 0.1)), new(Shell: false, null), [], TimeSpan.FromSeconds(3), Executor: Spec.Id), "web", ""));
        using var executor = await TestExecutor.Of(machine.Sandbox("e"));
        await executor.Subscribe();
        await executor.Next("LAUNCH");
        const string who = "\"framework_id\":{\"value\":\"F\"},\"executor_id\":{\"value\":\"e\"}";
        var spoiling = new Spoiling<Executors.Call>(
            [.. ((string[])
            [
                $$"""{"type":"SUBSCRIBE",{{who}},"subscribe":{"unacknowledged_tasks":[{"name":"t1","task_id":{"value":"t1"},"agent_id":{"value":"agent-1"} }],"unacknowledged_updates":[]} }""",
                $$"""{"type":"UPDATE",{{who}},"update":{"status":{"task_id":{"value":"t1"},"state":"TASK_RUNNING","source":"SOURCE_EXECUTOR","uuid":"AAAAAAAAAAAAAAAAAAAAAQ==","timestamp":1700000000.5,"executor_id":{"value":"e"},"labels":{"labels":[{"key":"a","value":"b"}]},"check_status":{"type":"COMMAND","command":{"exit_code":0} } } } }""",
                $$"""{"type":"MESSAGE",{{who}},"message":{"data":"aGk="} }""",
                $$"""{"type":"HEARTBEAT",{{who}} }""",
            ]).Select(text => text.Replace("\"F\"", $"\"{Example.Web}\"", StringComparison.Ordinal))],
            call => (call.FrameworkId, call.ExecutorId) = (new() { Value = Example.Web.Value }, new() { Value = "e" }));
        await Throw(machine, "/api/v1/executor", executor["MESOS_EXECUTOR_AUTHENTICATION_TOKEN"], spoiling.Next);
        (await executor.Subscribe())["type"]!.GetValue<string>().ShouldBe("SUBSCRIBED");
    }

    private async Task Throw(Machine machine, string path, string secret, Func<Random, (byte[] Body, bool Json)> make)
    {
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(_ => Task.Run(async () =>
        {
            using var http = NewClient();
            for (var i = Interlocked.Increment(ref next) - 1; i < Count; i = Interlocked.Increment(ref next) - 1)
            {
                var (status, described) = await One(http, FirstSeed + i);
                (status < 500 || status == 501).ShouldBeTrue($"{status} for {described}");
                lock (gate)
                {
                    statuses[status] = statuses.GetValueOrDefault(status) + 1;
                    if (status is >= 400 and < 500)
                        refused.Add(FirstSeed + i);
                }
            }
        })));
        output.WriteLine($"{Count} inputs from seed {FirstSeed}: {string.Join(", ", statuses.Select(pair => $"{pair.Value} x {pair.Key}"))}");
        statuses.Values.Sum().ShouldBe(Count);
        // A test whose inputs were all refused at the door would show little.
        (statuses.GetValueOrDefault(202) + statuses.GetValueOrDefault(200)).ShouldBeGreaterThan(Count / 20);
        statuses.GetValueOrDefault(400).ShouldBeGreaterThan(Count / 20);

        // With the door shut: what was refused for itself changes nothing, however often it is said.
        using var client = NewClient();
        var before = await Snapshot(machine);
        var again = 0;
        foreach (var seed in refused.Take(500))
            again += (await One(client, seed)).Status >= 400 ? 1 : 0;
        again.ShouldBeGreaterThan(100);
        (await Snapshot(machine)).ShouldBe(before);

        async Task<(int Status, string Described)> One(HttpClient http, int seed)
        {
            var random = new Random(seed);
            var (body, json) = make(random);
            var described = $"seed {seed}: {(json ? Encoding.UTF8.GetString(body) : Convert.ToHexString(body))}";
            using var request = new HttpRequestMessage(HttpMethod.Post, $"http://127.0.0.1:{machine.Http.Port}{path}") { Content = new ByteArrayContent(body) };
            request.Content.Headers.ContentType = new(json ? "application/json" : "application/x-protobuf");
            request.Headers.Accept.ParseAdd(random.Next(2) == 0 ? "application/json" : "application/x-protobuf");
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", secret);
            try
            {
                using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
                if (answer.StatusCode < HttpStatusCode.BadRequest)
                    return ((int)answer.StatusCode, described);
                var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
                text.Length.ShouldBeInRange(1, 4096, described);
                // What Mesos says to whoever removes a container that runs is the one 5xx that is prescribed.
                return (text == "The container has not ended" ? 409 : (int)answer.StatusCode, $"{text} for {described}");
            }
            catch (HttpRequestException e)
            {
                throw new InvalidOperationException($"no answer to {described}", e);
            }
        }
    }

    // All that the agent would have to find again after a restart, but for what time alone changes.
    private static Task<string> Snapshot(Machine machine) => machine.Runtime.Inbox.Read(
        state => JsonSerializer.Serialize(new { state.Tasks, Executors = state.Executors.Select(executor => executor with { SubscribeBy = null, Phase = executor.Phase }), state.Sandboxes }, Json.Options),
        TestContext.Current.CancellationToken);

    private static HttpClient NewClient() => new(new SocketsHttpHandler { ResponseDrainTimeout = TimeSpan.Zero }) { Timeout = TimeSpan.FromSeconds(60) };

    private static IEnumerable<string> SmallestOf<T>(Func<T, bool> except) where T : class, IMessage<T>, new() =>
        Conformance.Wire.SmallestCall.Types(new T().Descriptor).Select(type => (T)Conformance.Wire.SmallestCall.Of(new T().Descriptor, type))
            .Where(call => !except(call)).Select(call => Encoding.UTF8.GetString(MesosJson.Format(call)));

    /// <summary>A command that chance has made would run on this machine; each becomes one that does nothing, under the user that runs the tests.</summary>
    private static (byte[] Body, bool Json) Harmless((byte[] Body, bool Json) made)
    {
        Agents.Call call;
        try
        {
            call = made.Json ? MesosJson.Parse<Agents.Call>(made.Body) : MesosProtobuf.Parse<Agents.Call>(made.Body);
        }
        catch (UnreadableException)
        {
            return made;
        }
        if (!Launches.Contains(call.Type))
            return made;
        foreach (var command in (MesosV1.CommandInfo?[])[call.LaunchContainer?.Command, call.LaunchNestedContainer?.Command, call.LaunchNestedContainerSession?.Command])
            if (command is { HasValue: true })
            {
                (command.Shell, command.Value) = (true, "true");
                command.Arguments.Clear();
                command.Uris.Clear();
            }
        return (made.Json ? MesosJson.Format(call) : call.ToByteArray(), made.Json);
    }

    private static int Number(string variable, int otherwise) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : otherwise;
}
