using System.Net;
using System.Text;
using Bourse.Contracts;
using Bourse.MesosV1.Wire;
using Google.Protobuf.Reflection;
using V1 = Bourse.MesosV1;

namespace Bourse.Conformance.Http;

/// <summary>The groups of messages in docs/mesos-compatibility.md are tried out: one that is served must not be called 'not', nor the other way round.</summary>
public sealed class TheFieldGroups : IAsyncLifetime
{
    // Which message a refused field belongs to, by how the entry begins.
    private static readonly (string Entry, string Message)[] Refused =
        [("disk.source", "Resource"), ("executor", "ExecutorInfo"), ("secret", "Secret"), ("task.container.tty_info", "TTYInfo"), ("task: container.docker", "ContainerInfo"), ("task: executor", "ExecutorInfo")];

    private readonly TestCluster cluster = new();
    private readonly HttpClient client = new();
    private TestScheduler scheduler = null!;
    private int tasks;

    public async ValueTask InitializeAsync()
    {
        await cluster.InitializeAsync();
        await cluster.AgentJoins();
        scheduler = await TestScheduler.Subscribe(cluster);
    }

    public async ValueTask DisposeAsync()
    {
        await scheduler.DisposeAsync();
        client.Dispose();
        await cluster.DisposeAsync();
    }

    [Fact]
    public async Task Are_as_the_table_says()
    {
        var probes = new Dictionary<string, Func<Task<bool>>>
        {
            ["FrameworkID"] = () => Says("GET_AGENTS", "\"id\":{\"value\":\"agent-1\"}"),
            ["TimeInfo"] = async () => await Says("GET_FLAGS", "\"flags\":[{\"name\":") && await Says("GET_VERSION", "version_info"),
            ["FrameworkInfo"] = () => Says("GET_FRAMEWORKS", $"\"framework_info\":{{"),
            ["MasterInfo"] = () => Says("GET_MASTER", "\"master_info\":{"),
            ["AgentInfo"] = () => Says("GET_AGENTS", "\"attributes\":[{\"name\":\"rack\""),
            ["Resource"] = () => Launches("", """{"name":"ports","type":"RANGES","ranges":{"range":[{"begin":31000,"end":31001}]}},""" + TestScheduler.Cpu),
            ["Offer"] = async () => (await scheduler.Call("DECLINE", $$""","decline":{"offer_ids":[{"value":"{{await Offer()}}"}],"filters":{"refuse_seconds":0} }""")).Status == HttpStatusCode.Accepted
                && (await scheduler.Call("REQUEST", ",\"request\":{\"requests\":[]}")).Status == HttpStatusCode.Accepted,
            ["InverseOffer"] = () => Takes("""{"type":"UPDATE_MAINTENANCE_SCHEDULE","update_maintenance_schedule":{"schedule":{"windows":[{"machine_ids":[{"hostname":"a2"}],"unavailability":{"start":{"nanoseconds":1800000000000000000}}}]}}}"""),
            ["TaskInfo"] = () => Launches(",\"kill_policy\":{\"grace_period\":{\"nanoseconds\":1}}"),
            ["CheckInfo"] = () => Launches(",\"health_check\":{\"type\":\"TCP\",\"tcp\":{\"port\":80}},\"check\":{\"type\":\"TCP\",\"tcp\":{\"port\":80}}"),
            ["Secret"] = () => Launches(",\"container\":{\"type\":\"MESOS\",\"volumes\":[{\"mode\":\"RO\",\"container_path\":\"p\",\"source\":{\"type\":\"SECRET\",\"secret\":{\"type\":\"REFERENCE\",\"reference\":{\"name\":\"s\",\"key\":\"k\"}}}}]}"),
            ["Volume"] = () => Launches(",\"container\":{\"type\":\"DOCKER\",\"docker\":{\"image\":\"alpine\",\"parameters\":[{\"key\":\"env\",\"value\":\"A=b\"}]},\"volumes\":[{\"mode\":\"RO\",\"container_path\":\"/p\",\"host_path\":\"/srv\"}]}"),
            ["Image"] = () => Launches(",\"container\":{\"type\":\"MESOS\",\"mesos\":{\"image\":{\"type\":\"DOCKER\",\"docker\":{\"name\":\"alpine\"}}},\"network_infos\":[{\"name\":\"blue\"}],\"linux_info\":{\"effective_capabilities\":{\"capabilities\":[\"CHOWN\"]},\"seccomp\":{\"unconfined\":true}},\"rlimit_info\":{\"rlimits\":[{\"type\":\"RLMT_NOFILE\"}]}}"),
            ["DiscoveryInfo"] = () => Launches(",\"discovery\":{\"visibility\":\"CLUSTER\",\"ports\":{\"ports\":[{\"number\":80}]}}"),
            ["TaskResourceLimitation"] = async () => (await Reported(limitation: Resource.Of("mem", 64))).Limitation is { Resources: [{ Name: "mem", Scalar.Value: 64 }] },
            ["TaskStatus"] = async () => (await Reported(container: new("c1"))).ContainerStatus is { ContainerId.Value: "c1" },
            ["Task"] = async () => await Says("GET_ROLES", "\"weight\":1.0") && await Says("GET_TASKS", "\"task_id\":"),
            ["Operation"] = () => Takes("""{"type":"RESERVE_RESOURCES","reserve_resources":{"agent_id":{"value":"agent-1"},"resources":[{"name":"cpus","type":"SCALAR","scalar":{"value":0.1},"reservations":[{"type":"DYNAMIC","role":"dev","principal":"operator"}]}]}}"""),
            ["DrainConfig"] = () => Takes("""{"type":"DRAIN_AGENT","drain_agent":{"agent_id":{"value":"agent-1"},"max_grace_period":{"seconds":600}}}"""),
            // Of agents, whose calls their own tests try out.
            ["ResourceUsage"] = () => Task.FromResult(AgentServes("GET_CONTAINERS")),
            ["ResourceProviderID"] = () => Task.FromResult(AgentServes("ADD_RESOURCE_PROVIDER_CONFIG")),
            // On no call, event or answer; a credential is in an image alone, and would stand in the journal.
            ["Device"] = () => Task.FromResult(Reachable().Contains("DeviceAccess")),
            ["Credential"] = () => Launches(",\"container\":{\"type\":\"MESOS\",\"mesos\":{\"image\":{\"type\":\"DOCKER\",\"docker\":{\"name\":\"a\",\"credential\":{\"principal\":\"p\",\"secret\":\"s\"}}}}}"),
        };

        var rows = Section("Field groups").Where(line => line.StartsWith('|')).Skip(2).Select(line => line.Split('|', StringSplitOptions.TrimEntries)).ToList();
        var refused = Section("Fields that are refused").Where(line => line.StartsWith("- `", StringComparison.Ordinal)).Select(line => line[3..]).ToList();
        refused.ShouldAllBe(entry => Refused.Any(one => entry.StartsWith(one.Entry, StringComparison.Ordinal)));
        // A drained agent has no more offers.
        foreach (var cells in rows.OrderBy(cells => cells[1].StartsWith("DrainConfig", StringComparison.Ordinal)))
        {
            var (messages, state) = (cells[1].Split(", "), cells[2]);
            probes.ShouldContainKey(messages[0], "a group needs a probe");
            (state != "not").ShouldBe(await probes[messages[0]](), $"{cells[1]} is '{state}' in docs/mesos-compatibility.md");
            if (refused.Any(entry => messages.Contains(Refused.First(one => entry.StartsWith(one.Entry, StringComparison.Ordinal)).Message)))
                state.ShouldBe("differs", $"{cells[1]}: a field of it is refused");
        }
        rows.Count.ShouldBe(probes.Count);
    }

    private static IEnumerable<string> Section(string heading) =>
        File.ReadAllLines(CompatibilityDocument.File).SkipWhile(line => line != $"## {heading}").Skip(1).TakeWhile(line => !line.StartsWith("## ", StringComparison.Ordinal));

    private static bool AgentServes(string call) =>
        Section("Calls of operators to agents").Single(line => line.StartsWith($"| {call} |", StringComparison.Ordinal)).Split('|', StringSplitOptions.TrimEntries)[2] != "not";

    /// <summary>Messages that a call, an event or an answer of any API can hold.</summary>
    private static HashSet<string> Reachable()
    {
        var found = new HashSet<MessageDescriptor>();
        var next = new Queue<MessageDescriptor>(
        [
            V1.Scheduler.Call.Descriptor, V1.Scheduler.Event.Descriptor, V1.Executor.Call.Descriptor, V1.Executor.Event.Descriptor,
            V1.Master.Call.Descriptor, V1.Master.Response.Descriptor, V1.Master.Event.Descriptor, V1.Agent.Call.Descriptor, V1.Agent.Response.Descriptor,
        ]);
        while (next.TryDequeue(out var message))
            if (found.Add(message))
                foreach (var field in message.Fields.InFieldNumberOrder().Where(field => field.FieldType == FieldType.Message))
                    next.Enqueue(field.MessageType);
        found.Select(message => message.Name).ShouldContain("ResourceProviderInfo");
        return [.. found.Select(message => message.Name)];
    }

    private async Task<bool> Says(string call, string part)
    {
        using var answer = await client.SendAsync(cluster.Request("/api/v1", $$"""{"type":"{{call}}"}""", "operator"), TestContext.Current.CancellationToken);
        return (await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).Contains(part, StringComparison.Ordinal);
    }

    private async Task<bool> Takes(string call)
    {
        using var answer = await client.SendAsync(cluster.Request("/api/v1", call, "operator"), TestContext.Current.CancellationToken);
        return answer.IsSuccessStatusCode;
    }

    private async Task<string> Offer()
    {
        await cluster.Allocates();
        while (true)
            if (await scheduler.NextNews() is { Offers: { } offers })
                return offers.Offers_[0].Id.Value;
    }

    private async Task<bool> Launches(string more, string resources = TestScheduler.Cpu) => await Launch(more, resources) is not null;

    private async Task<string?> Launch(string more, string resources)
    {
        var id = $"t{++tasks}";
        (await scheduler.Launch(await Offer(), id, resources, more)).Status.ShouldBe(HttpStatusCode.Accepted);
        if (cluster.Facts.OfType<TaskLaunched>().All(fact => fact.Spec.Id.Value != id))
            return null;
        // What it holds is for the next one.
        await Report(id, new(TaskState.Running, cluster.Clock.GetUtcNow(), "SOURCE_EXECUTOR"));
        return id;
    }

    private Task Report(string task, TaskUpdate update) => cluster.Command(new Allocator.Report(
        new(TestCluster.A1, 1, new(scheduler.FrameworkId), new(task), update with { Uuid = Convert.ToBase64String(Guid.NewGuid().ToByteArray()) }, LastCommand: 0),
        cluster.Clock.GetUtcNow()));

    private async Task<V1.TaskStatus> Reported(ContainerState? container = null, Resource? limitation = null)
    {
        var task = $"t{++tasks}";
        await scheduler.Launch(await Offer(), task, """{"name":"cpus","type":"SCALAR","scalar":{"value":0.01}}""");
        await Report(task, new(TaskState.Failed, cluster.Clock.GetUtcNow(), "SOURCE_AGENT", Container: container, Limitation: limitation));
        while (true)
            if ((await scheduler.NextNews()).Update?.Status is { } status && status.TaskId.Value == task)
                return status;
    }
}
