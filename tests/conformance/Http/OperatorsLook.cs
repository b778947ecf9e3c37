using System.Net;
using System.Text;
using Bourse.Contracts;
using Bourse.MesosV1.Master;
using Bourse.MesosV1.Wire;
using V1 = Bourse.MesosV1;

namespace Bourse.Conformance.Http;

/// <summary>The reads of the operator API.</summary>
public sealed class OperatorsLook : IAsyncLifetime
{
    private readonly TestCluster cluster = new();

    public ValueTask InitializeAsync() => cluster.InitializeAsync();

    public ValueTask DisposeAsync() => cluster.DisposeAsync();

    private async Task<string> Ask(string type, string path = "/api/v1")
    {
        using var client = new HttpClient();
        using var response = await client.SendAsync(
            cluster.Request(path, $$"""{"type":"{{type}}"}""", "operator"), TestContext.Current.CancellationToken);
        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        response.Content.Headers.ContentType!.ToString().ShouldBe("application/json");
        response.Content.Headers.ContentLength.ShouldNotBeNull();
        return await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    private async Task<Response> Read(string type) => MesosJson.Parse<Response>(Encoding.UTF8.GetBytes(await Ask(type)));

    [Theory]
    [InlineData("/api/v1")]
    [InlineData("/api/v1/")]
    [InlineData("/api/v1/operator")]
    [InlineData("/master/api/v1")]
    public async Task At_health_under_every_path_that_clients_use(string path) =>
        (await Ask("GET_HEALTH", path)).ShouldBe("""{"type":"GET_HEALTH","get_health":{"healthy":true}}""");

    [Fact]
    public async Task At_a_version_of_dotted_integers()
    {
        var version = (await Read("GET_VERSION")).GetVersion.VersionInfo.Version;
        version.Split('.').ShouldAllBe(part => part.All(char.IsAsciiDigit));
        using var client = new HttpClient();
        (await client.GetStringAsync(new Uri(cluster.Address, "/version"), TestContext.Current.CancellationToken)).ShouldContain($"\"version\":\"{version}\"");
    }

    [Fact]
    public async Task At_an_empty_cluster_with_every_list_in_it()
    {
        (await Ask("GET_AGENTS")).ShouldBe("""{"type":"GET_AGENTS","get_agents":{"agents":[],"recovered_agents":[]}}""");
        (await Ask("GET_TASKS")).ShouldContain("\"tasks\":[]");
        (await Ask("GET_STATE")).ShouldContain("\"get_executors\":{\"executors\":[]");
    }

    [Fact]
    public async Task At_all_that_a_framework_says_of_itself()
    {
        const string Said = """
            "user":"nobody","name":"shop","roles":["web"],"hostname":"shop.example","webui_url":"http://shop.example/ui","failover_timeout":60.0,
            "capabilities":[{"type":"MULTI_ROLE"}],"labels":{"labels":[{"key":"team","value":"a"}]}
            """;
        await using var scheduler = await TestScheduler.Open(cluster, $"{{\"type\":\"SUBSCRIBE\",\"subscribe\":{{\"framework_info\":{{{Said}}}}}}}");
        await scheduler.Next();
        var info = (await Read("GET_FRAMEWORKS")).GetFrameworks.Frameworks.ShouldHaveSingleItem().FrameworkInfo;
        info.Id = null;
        info.Principal.ShouldBe("alice");
        info.ClearPrincipal();
        info.ShouldBe(MesosJson.Parse<V1.FrameworkInfo>(Encoding.UTF8.GetBytes($"{{{Said}}}")));
    }

    [Fact]
    public async Task At_agents_frameworks_and_tasks()
    {
        await using var scheduler = await TestScheduler.Subscribe(cluster);
        await cluster.AgentJoins();
        await cluster.Allocates();
        var offer = (await scheduler.NextNews()).Offers.Offers_.Single();
        await scheduler.Launch(offer.Id.Value, "t1");
        await cluster.Reports(scheduler.FrameworkId, "t1", TaskState.Running, "AAAAAAAAAAAAAAAAAAAAAQ==");

        var state = (await Read("GET_STATE")).GetState;
        var agent = state.GetAgents.Agents.ShouldHaveSingleItem();
        agent.Active.ShouldBeTrue();
        agent.AgentInfo.Id.Value.ShouldBe("agent-1");
        agent.TotalResources.Select(r => r.Name).ShouldBe(["cpus", "mem", "ports"]);
        agent.AllocatedResources.ShouldHaveSingleItem().AllocationInfo.Role.ShouldBe("web");

        var framework = state.GetFrameworks.Frameworks.ShouldHaveSingleItem();
        framework.FrameworkInfo.Id.Value.ShouldBe(scheduler.FrameworkId);
        framework.FrameworkInfo.Principal.ShouldBe("alice");
        framework.Connected.ShouldBeTrue();
        framework.AllocatedResources.ShouldHaveSingleItem().Scalar.Value.ShouldBe(0.5);

        var task = state.GetTasks.Tasks.ShouldHaveSingleItem();
        task.State.ShouldBe(V1.TaskState.TaskRunning);
        task.ExecutorId.ShouldBeNull();
        task.StatusUpdateUuid.Length.ShouldBe(16);
        task.Statuses.ShouldHaveSingleItem().Timestamp.ShouldBe(1767268800.0);

        await scheduler.Call("TEARDOWN");
        (await Read("GET_FRAMEWORKS")).GetFrameworks.CompletedFrameworks.ShouldHaveSingleItem().Connected.ShouldBeFalse();
    }

    [Fact]
    public async Task In_protobuf_too()
    {
        using var client = new HttpClient();
        var request = cluster.Request("/api/v1", """{"type":"GET_HEALTH"}""", "operator");
        request.Headers.TryAddWithoutValidation("Accept", "application/x-protobuf");
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        response.Content.Headers.ContentType!.ToString().ShouldBe("application/x-protobuf");
        MesosProtobuf.Parse<Response>(await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken)).GetHealth.Healthy.ShouldBeTrue();
    }
}
