using System.Net;
using System.Text;
using Bourse.Allocator;
using Bourse.Contracts;
using Bourse.Contracts.Messages;
using Bourse.MesosV1.Master;
using Bourse.MesosV1.Wire;
using Event = Bourse.MesosV1.Scheduler.Event;
using V1 = Bourse.MesosV1;

namespace Bourse.Conformance.Http;

/// <summary>Reservations and volumes through both APIs: what goes in, what comes back, and how an operation is told of.</summary>
public sealed class OperationsOnResources : IAsyncLifetime
{
    private const string Disk = """{"name":"disk","type":"SCALAR","scalar":{"value":512},"reservations":[{"type":"DYNAMIC","role":"web","principal":"NAME"}]}""";
    private const string Volume = """
        {"name":"disk","type":"SCALAR","scalar":{"value":512},"reservations":[{"type":"DYNAMIC","role":"web","principal":"NAME"}],
        "disk":{"persistence":{"id":"v1","principal":"NAME"},"volume":{"container_path":"data","mode":"RW"}}}
        """;

    private readonly TestCluster cluster = new();

    public async ValueTask InitializeAsync()
    {
        await cluster.InitializeAsync();
        await cluster.Command(new AgentJoined(
            new AgentDescription(TestCluster.A1, "a1.example", "10.0.0.7", 5051,
                Resources.Of(Resource.Of("cpus", 4), Resource.Of("mem", 4096), Resource.Of("disk", 2048),
                    Resource.Of("disk", 700) with { Disk = new Disk(SourceType: "MOUNT", SourceRoot: "/mnt/a") },
                    Resource.Of("cpus", 1) with { Reservations = [new("ops", Dynamic: false)] }),
                [], null, "1", ""),
            Incarnation: 1, cluster.Clock.GetUtcNow()));
    }

    public ValueTask DisposeAsync() => cluster.DisposeAsync();

    private static string For(string principal, string json) => json.Replace("NAME", principal, StringComparison.Ordinal);

    private async Task<(HttpStatusCode Status, string Text)> Post(string path, string body, string principal = "operator")
    {
        using var client = new HttpClient();
        using var response = await client.SendAsync(cluster.Request(path, body, principal), TestContext.Current.CancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private async Task<HttpStatusCode> Operator(string type, string member) =>
        (await Post("/api/v1", $$$"""{"type":"{{{type}}}","{{{type.ToLowerInvariant()}}}":{"agent_id":{"value":"agent-1"},{{{member}}}}}""")).Status;

    private async Task<Response> Ask(string type)
    {
        var (status, text) = await Post("/api/v1", $$"""{"type":"{{type}}"}""");
        status.ShouldBe(HttpStatusCode.OK);
        return MesosJson.Parse<Response>(Encoding.UTF8.GetBytes(text));
    }

    private async Task<List<V1.Resource>> Total() => [.. (await Ask("GET_AGENTS")).GetAgents.Agents.Single().TotalResources];

    private async Task<V1.Offer> Offer(TestScheduler scheduler)
    {
        await cluster.Allocates();
        return (await scheduler.NextNews()).Offers.Offers_.Single();
    }

    private static Task<(HttpStatusCode Status, string Text)> Accept(TestScheduler scheduler, string offer, params string[] operations) => scheduler.Call("ACCEPT", $$$"""
        ,"accept":{"offer_ids":[{"value":"{{{offer}}}"}],"operations":[{{{string.Join(',', operations)}}}],"filters":{"refuse_seconds":0}}
        """);

    private Task AgentHasDone(long command) => cluster.Command(new Greet(new AgentHello(TestCluster.A1, 1, command, null), cluster.Clock.GetUtcNow()));

    [Fact]
    public async Task A_framework_reserves_makes_a_volume_and_runs_a_task_on_it_in_one_call()
    {
        await using var scheduler = await TestScheduler.Subscribe(cluster, capabilities: """{"type":"MULTI_ROLE"},{"type":"RESERVATION_REFINEMENT"}""", role: "\"roles\":[\"web\"]");
        var offer = await Offer(scheduler);
        offer.Resources.Single(resource => resource.Disk is not null).Disk.Source.Mount.Root.ShouldBe("/mnt/a");

        (await Accept(scheduler, offer.Id.Value,
            For("alice", $$$"""{"type":"RESERVE","id":{"value":"r1"},"reserve":{"resources":[{{{Disk}}}]}}"""),
            For("alice", $$$"""{"type":"CREATE","create":{"volumes":[{{{Volume}}}]}}"""),
            For("alice", $$$"""
                {"type":"LAUNCH","launch":{"task_infos":[{"name":"t","task_id":{"value":"t1"},"agent_id":{"value":"agent-1"},
                "command":{"value":"sleep 60"},"resources":[{"name":"cpus","type":"SCALAR","scalar":{"value":0.5}},{{{Volume}}}]}]}}
                """))).Status.ShouldBe(HttpStatusCode.Accepted);
        cluster.Facts.OfType<OperationRefused>().ShouldBeEmpty();
        cluster.Facts.OfType<TaskRefused>().ShouldBeEmpty();

        var volume = (await Ask("GET_AGENTS")).GetAgents.Agents.Single().AllocatedResources.Single(resource => resource.Disk?.Persistence is not null);
        (volume.Role, volume.Reservation.Principal, volume.Disk.Persistence.Id, volume.AllocationInfo.Role).ShouldBe(("web", "alice", "v1", "web"));

        var pending = (await Ask("GET_OPERATIONS")).GetOperations.Operations;
        pending.Select(operation => operation.LatestStatus.State).ShouldBe([V1.OperationState.OperationPending, V1.OperationState.OperationPending]);
        await AgentHasDone(3);
        var told = (await scheduler.NextNews()).UpdateOperationStatus.Status;
        (told.OperationId.Value, told.State, told.AgentId.Value, told.Uuid.Value.Length).ShouldBe(("r1", V1.OperationState.OperationFinished, "agent-1", 16));

        // Until it is acknowledged it is told again, and again.
        cluster.Clock.Advance(TimeSpan.FromSeconds(11));
        (await scheduler.NextNews()).UpdateOperationStatus.Status.Uuid.ShouldBe(told.Uuid);
        (await scheduler.Call("ACKNOWLEDGE_OPERATION_STATUS",
            $$""","acknowledge_operation_status":{"operation_id":{"value":"r1"},"uuid":"{{told.Uuid.Value.ToBase64()}}"}""")).Status.ShouldBe(HttpStatusCode.Accepted);
        (await Ask("GET_OPERATIONS")).GetOperations.Operations.ShouldBeEmpty();

        await scheduler.Call("RECONCILE_OPERATIONS", ""","reconcile_operations":{"operations":[{"operation_id":{"value":"r1"},"agent_id":{"value":"agent-1"}}]}""");
        (await scheduler.NextNews()).UpdateOperationStatus.Status.State.ShouldBe(V1.OperationState.OperationUnknown);
    }

    [Fact]
    public async Task A_framework_that_knows_one_reservation_only_gets_and_gives_it_in_the_older_form()
    {
        await using var scheduler = await TestScheduler.Subscribe(cluster);
        (await Accept(scheduler, (await Offer(scheduler)).Id.Value,
            """{"type":"RESERVE","reserve":{"resources":[{"name":"cpus","type":"SCALAR","scalar":{"value":2},"role":"web","reservation":{"principal":"alice"}}]}}"""))
            .Status.ShouldBe(HttpStatusCode.Accepted);
        var reserved = (await Offer(scheduler)).Resources.Single(resource => resource.HasRole && resource.Role == "web");
        (reserved.Scalar.Value, reserved.Reservation.Principal, reserved.Reservations.Count, reserved.AllocationInfo).ShouldBe((2, "alice", 0, null));
    }

    [Fact]
    public async Task An_operation_that_fails_is_told_when_it_has_an_id()
    {
        await using var scheduler = await TestScheduler.Subscribe(cluster);
        await Accept(scheduler, (await Offer(scheduler)).Id.Value,
            For("mallory", $$$"""{"type":"RESERVE","id":{"value":"r1"},"reserve":{"resources":[{{{Disk}}}]}}"""),
            """{"type":"UNKNOWN","id":{"value":"d1"}}""");
        var told = (await scheduler.NextNews()).UpdateOperationStatus.Status;
        (told.OperationId.Value, told.State, told.Uuid).ShouldBe(("r1", V1.OperationState.OperationError, null));
        told.Message.ShouldContain("mallory");
        (await scheduler.NextNews()).UpdateOperationStatus.Status.Message.ShouldContain("UNKNOWN is not supported");
    }

    private const string Raw = """
        "name":"disk","type":"SCALAR","scalar":{"value":100},"provider_id":{"value":"csi"}
        """;

    [Theory]
    [InlineData("create_disk", "\"disk\":{\"source\":{\"type\":\"RAW\"}}", "\"target_type\":\"MOUNT\"", "'target_profile' must be set when 'source' has no profile")]
    [InlineData("create_disk", "\"disk\":{\"source\":{\"type\":\"RAW\",\"profile\":\"fast\"}}", "\"target_type\":\"MOUNT\",\"target_profile\":\"fast\"", "'target_profile' must not be set when 'source' has a profile")]
    [InlineData("create_disk", "\"disk\":{\"source\":{\"type\":\"RAW\",\"profile\":\"fast\"}}", "\"target_type\":\"PATH\"", "'target_type' is neither MOUNT or BLOCK")]
    [InlineData("create_disk", "\"disk\":{\"source\":{\"type\":\"MOUNT\"}}", "\"target_type\":\"BLOCK\",\"target_profile\":\"fast\"", "'source' is not a RAW disk resource")]
    [InlineData("create_disk", "\"disk\":{\"source\":{\"type\":\"RAW\",\"profile\":\"fast\"}}", "\"target_type\":\"BLOCK\"", "Resource provider 'csi' is not known to the agent")]
    [InlineData("destroy_disk", "\"disk\":{\"source\":{\"type\":\"PATH\",\"id\":\"v\"}}", null, "'source' is neither a MOUNT, BLOCK or RAW disk resource")]
    [InlineData("destroy_disk", "\"disk\":{\"source\":{\"type\":\"BLOCK\"}}", null, "'source' is not backed by a CSI volume")]
    [InlineData("destroy_disk", "\"disk\":{\"source\":{\"type\":\"RAW\",\"id\":\"v\"}}", null, "Resource provider 'csi' is not known to the agent")]
    [InlineData("destroy_disk", "\"revocable\":{},\"disk\":{\"source\":{\"type\":\"MOUNT\",\"id\":\"v\",\"vendor\":\"x\"}}", null, "Invalid resource: disk.source.vendor")]
    public async Task A_disk_of_a_resource_provider_ends_in_ERROR_with_the_reason_and_what_follows_is_done(string operation, string disk, string? more, string why)
    {
        await using var scheduler = await TestScheduler.Subscribe(cluster);
        await Accept(scheduler, (await Offer(scheduler)).Id.Value,
            $$$"""{"type":"{{{operation.ToUpperInvariant()}}}","id":{"value":"d1"},"{{{operation}}}":{"source":{{{{Raw}}},{{{disk}}}}{{{(more is null ? "" : "," + more)}}}}}""",
            $$$"""{"type":"{{{operation.ToUpperInvariant()}}}","{{{operation}}}":{"source":{"name":"disk","type":"SCALAR","scalar":{"value":1}}{{{(more is null ? "" : "," + more)}}}}}""",
            For("alice", $$$"""{"type":"RESERVE","reserve":{"resources":[{{{Disk}}}]}}"""));
        var told = (await scheduler.NextNews()).UpdateOperationStatus.Status;
        (told.OperationId.Value, told.State, told.Uuid).ShouldBe(("d1", V1.OperationState.OperationError, null));
        told.Message.ShouldContain(why);
        var refused = cluster.Facts.OfType<OperationRefused>().ToList();
        refused.Select(fact => Sentences.Operation(fact.Type)).Distinct().ShouldBe([operation.ToUpperInvariant()]);
        refused[1].Message.ShouldBe("'source' is not managed by a resource provider");
        cluster.Facts.OfType<OperationApplied>().ShouldHaveSingleItem().Type.ShouldBe(OperationType.Reserve);
    }

    [Fact]
    public async Task An_operator_reserves_makes_resizes_and_takes_it_all_back()
    {
        (await Operator("RESERVE_RESOURCES", $"\"resources\":[{For("operator", Disk)}]")).ShouldBe(HttpStatusCode.Accepted);
        (await Operator("CREATE_VOLUMES", $"\"volumes\":[{For("operator", Volume)}]")).ShouldBe(HttpStatusCode.Accepted);
        (await Operator("RESERVE_RESOURCES", $"\"resources\":[{For("operator", Disk)}]")).ShouldBe(HttpStatusCode.Accepted);
        (await Operator("GROW_VOLUME", $"\"volume\":{For("operator", Volume)},\"addition\":{For("operator", Disk)}")).ShouldBe(HttpStatusCode.Accepted);
        var grown = For("operator", Volume).Replace("512", "1024", StringComparison.Ordinal);
        (await Operator("SHRINK_VOLUME", $"\"volume\":{grown},\"subtract\":{{\"value\":512}}")).ShouldBe(HttpStatusCode.Accepted);
        (await Total()).Where(resource => resource.Role == "web").Sum(resource => resource.Scalar.Value).ShouldBe(1024);
        (await Operator("UNRESERVE_RESOURCES", $"\"resources\":[{For("operator", Volume)}]")).ShouldBe(HttpStatusCode.BadRequest);
        (await Operator("DESTROY_VOLUMES", $"\"volumes\":[{For("operator", Volume)}]")).ShouldBe(HttpStatusCode.Accepted);
        (await Operator("UNRESERVE_RESOURCES", $"\"resources\":[{For("operator", Disk)}]")).ShouldBe(HttpStatusCode.Accepted);
        (await Operator("UNRESERVE_RESOURCES", $"\"resources\":[{For("operator", Disk)}]")).ShouldBe(HttpStatusCode.Accepted);
        (await Total()).Where(resource => resource.Name == "disk").Select(resource => resource.Scalar.Value).Order().ShouldBe([700, 2048]);
        cluster.Facts.OfType<OperationApplied>().Select(fact => fact.Principal).Distinct().ShouldBe(["operator"]);
    }

    [Fact]
    public async Task An_operator_is_told_what_stands_in_the_way()
    {
        (await Operator("RESERVE_RESOURCES", $"\"resources\":[{For("operator", Disk).Replace("512", "4096", StringComparison.Ordinal)}]")).ShouldBe(HttpStatusCode.Conflict);
        (await Operator("RESERVE_RESOURCES", $"\"resources\":[{For("alice", Disk)}]")).ShouldBe(HttpStatusCode.BadRequest);
        (await Operator("DESTROY_VOLUMES", $"\"volumes\":[{For("operator", Volume)}]")).ShouldBe(HttpStatusCode.BadRequest);
        (await Post("/api/v1", $$$"""{"type":"RESERVE_RESOURCES","reserve_resources":{"agent_id":{"value":"nobody"},"resources":[{{{For("operator", Disk)}}}]}}""")).Status
            .ShouldBe(HttpStatusCode.BadRequest);
        (await Post("/api/v1", $$$"""{"type":"RESERVE_RESOURCES","reserve_resources":{"agent_id":{"value":"agent-1"},"resources":[{{{For("operator", Disk)}}}]}}""", "alice")).Status
            .ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task An_offer_in_an_operators_way_is_rescinded()
    {
        await using var scheduler = await TestScheduler.Subscribe(cluster);
        var offer = await Offer(scheduler);
        (await Operator("RESERVE_RESOURCES", $"\"resources\":[{For("operator", Disk)}]")).ShouldBe(HttpStatusCode.Accepted);
        (await scheduler.NextNews()).Rescind.OfferId.ShouldBe(offer.Id);
    }

    [Fact]
    public async Task The_forms_from_before_v1_do_the_same()
    {
        static string Form(string field, string json) => $"slaveId=agent-1&{field}={Uri.EscapeDataString($"[{json}]")}";
        var (disk, volume) = (For("operator", Disk), For("operator", Volume));
        (await Post("/reserve", Form("resources", disk))).Status.ShouldBe(HttpStatusCode.Accepted);
        (await Post("/master/create-volumes", Form("volumes", volume))).Status.ShouldBe(HttpStatusCode.Accepted);
        (await Post("/destroy-volumes", Form("volumes", volume))).Status.ShouldBe(HttpStatusCode.Accepted);
        (await Post("/unreserve", Form("resources", disk))).Status.ShouldBe(HttpStatusCode.Accepted);
        (await Post("/unreserve", Form("resources", disk))).Status.ShouldBe(HttpStatusCode.Conflict);
        (await Post("/reserve", "slaveId=agent-1")).ShouldBe((HttpStatusCode.BadRequest, "Missing 'resources' query parameter in the request body"));
        (await Post("/reserve", "slaveId=agent-1&resources=[{]")).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await Post("/reserve", Form("resources", disk), "alice")).Status.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_framework_is_torn_down_by_the_form_from_before_v1()
    {
        await using var scheduler = await TestScheduler.Subscribe(cluster);
        (await Post("/teardown", $"frameworkId={scheduler.FrameworkId}")).Status.ShouldBe(HttpStatusCode.OK);
        (await scheduler.NextOrEnd()).ShouldBeNull();
        (await Post("/teardown", $"frameworkId={scheduler.FrameworkId}")).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await Post("/teardown", "")).Status.ShouldBe(HttpStatusCode.BadRequest);
    }
}
