using System.Net;
using System.Text;
using Bourse.Allocator;
using Bourse.Contracts;
using Bourse.MesosV1.Master;
using Bourse.MesosV1.Wire;
using Event = Bourse.MesosV1.Scheduler.Event;
using V1 = Bourse.MesosV1;

namespace Bourse.Conformance.Http;

/// <summary>Draining, deactivating and giving up agents, and the maintenance of machines, as operators and frameworks see it.</summary>
public sealed class OperatorsEmptyMachines : IAsyncLifetime
{
    private const string Schedule = """{"windows":[{"machine_ids":[{"hostname":"A1.example","ip":"10.0.0.7"}],"unavailability":{"start":{"nanoseconds":1767272400000000000},"duration":{"nanoseconds":3600000000000}}}]}""";
    private const string Machine = """{"hostname":"a1.example","ip":"10.0.0.7"}""";
    private const string Id = "\"agent_id\":{\"value\":\"agent-1\"}";

    private readonly TestCluster cluster = new();

    public async ValueTask InitializeAsync()
    {
        await cluster.InitializeAsync();
        await cluster.AgentJoins();
    }

    public ValueTask DisposeAsync() => cluster.DisposeAsync();

    private async Task<(HttpStatusCode Status, string Text)> Send(string path, string? body, string method = "POST", string principal = "operator")
    {
        using var client = new HttpClient();
        using var response = await client.SendAsync(cluster.Request(path, body, principal, method: method), TestContext.Current.CancellationToken);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    private async Task<HttpStatusCode> Operator(string type, string members) =>
        (await Send("/api/v1", $$$"""{"type":"{{{type}}}","{{{type.ToLowerInvariant()}}}":{{{{members}}}}}""")).Status;

    private async Task<Response> Ask(string type) =>
        MesosJson.Parse<Response>(Encoding.UTF8.GetBytes((await Send("/api/v1", $$"""{"type":"{{type}}"}""")).Text));

    private async Task<Response.Types.GetAgents.Types.Agent> Agent() => (await Ask("GET_AGENTS")).GetAgents.Agents.Single();

    private async Task<TestScheduler> Running(string capabilities = """{"type":"PARTITION_AWARE"}""")
    {
        var scheduler = await TestScheduler.Subscribe(cluster, capabilities: capabilities);
        await cluster.Allocates();
        await scheduler.Launch((await scheduler.NextNews()).Offers.Offers_.Single().Id.Value, "t1");
        return scheduler;
    }

    private Task Ticks() => cluster.Command(new Tick(cluster.Clock.GetUtcNow()));

    [Fact]
    public async Task A_deactivated_agent_is_not_offered_until_it_is_reactivated()
    {
        await using var scheduler = await TestScheduler.Subscribe(cluster);
        await cluster.Allocates();
        var offer = (await scheduler.NextNews()).Offers.Offers_.Single();
        (await Operator("DEACTIVATE_AGENT", Id)).ShouldBe(HttpStatusCode.OK);
        (await scheduler.NextNews()).Rescind.OfferId.ShouldBe(offer.Id);
        ((await Agent()).Active, (await Agent()).Deactivated).ShouldBe((false, true));
        (await Send("/state", null, "GET")).Text.ShouldContain("\"deactivated_slaves\":1.0");
        (await Operator("REACTIVATE_AGENT", Id)).ShouldBe(HttpStatusCode.OK);
        (await Operator("REACTIVATE_AGENT", Id)).ShouldBe(HttpStatusCode.BadRequest);
        await cluster.Allocates();
        (await scheduler.NextNews()).Offers.Offers_.Single().AgentId.Value.ShouldBe("agent-1");
    }

    [Fact]
    public async Task A_draining_agent_ends_its_tasks_and_is_drained_when_their_ends_are_acknowledged()
    {
        await using var scheduler = await Running();
        (await Operator("DRAIN_AGENT", Id + ",\"max_grace_period\":{\"seconds\":1}")).ShouldBe(HttpStatusCode.OK);
        cluster.Facts.OfType<TaskKillRequested>().Single().Grace.ShouldBe(TimeSpan.FromSeconds(1));
        var drain = (await Agent()).DrainInfo;
        (drain.State, drain.Config.MaxGracePeriod.Nanoseconds, drain.Config.MarkGone).ShouldBe((V1.DrainState.Draining, 1_000_000_000, false));
        (await Operator("REACTIVATE_AGENT", Id)).ShouldBe(HttpStatusCode.BadRequest);

        await cluster.Reports(scheduler.FrameworkId, "t1", TaskState.Killed, "AAAAAAAAAAAAAAAAAAAAAQ==");
        var status = (await scheduler.NextNews()).Update.Status;
        (status.State, status.Reason).ShouldBe((V1.TaskState.TaskKilled, V1.TaskStatus.Types.Reason.AgentDraining));
        await Ticks();
        (await Agent()).DrainInfo.State.ShouldBe(V1.DrainState.Draining);
        await scheduler.Call("ACKNOWLEDGE", ",\"acknowledge\":{" + Id + ",\"task_id\":{\"value\":\"t1\"},\"uuid\":\"AAAAAAAAAAAAAAAAAAAAAQ==\"}");
        await Ticks();
        (await Agent()).DrainInfo.State.ShouldBe(V1.DrainState.Drained);
    }

    [Theory]
    [InlineData("""{"type":"PARTITION_AWARE"}""", V1.TaskState.TaskGoneByOperator)]
    [InlineData("", V1.TaskState.TaskLost)]
    public async Task The_tasks_of_an_agent_marked_gone_are_gone(string capabilities, V1.TaskState state)
    {
        await using var scheduler = await Running(capabilities);
        (await Operator("MARK_AGENT_GONE", Id)).ShouldBe(HttpStatusCode.OK);
        var status = (await scheduler.NextNews()).Update.Status;
        (status.State, status.Reason).ShouldBe((state, V1.TaskStatus.Types.Reason.AgentRemovedByOperator));
        (await scheduler.NextNews()).Failure.AgentId.Value.ShouldBe("agent-1");
        (await Ask("GET_AGENTS")).GetAgents.Agents.ShouldBeEmpty();
        (await Operator("MARK_AGENT_GONE", Id)).ShouldBe(HttpStatusCode.OK);
        (await Operator("DRAIN_AGENT", Id)).ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task An_agent_nobody_knows_is_named()
    {
        const string nobody = "\"agent_id\":{\"value\":\"nobody\"}";
        (await Operator("MARK_AGENT_GONE", nobody)).ShouldBe(HttpStatusCode.NotFound);
        (await Operator("DRAIN_AGENT", nobody)).ShouldBe(HttpStatusCode.BadRequest);
        (await Operator("DEACTIVATE_AGENT", nobody)).ShouldBe(HttpStatusCode.BadRequest);
        (await Send("/api/v1", $$$"""{"type":"DEACTIVATE_AGENT","deactivate_agent":{{{{nobody}}}}}""", principal: "alice")).Status.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_planned_maintenance_shows_in_offers_and_asks_who_is_there_to_leave()
    {
        await using var scheduler = await Running();
        (await Operator("UPDATE_MAINTENANCE_SCHEDULE", "\"schedule\":" + Schedule)).ShouldBe(HttpStatusCode.OK);
        (await Ask("GET_MAINTENANCE_SCHEDULE")).GetMaintenanceSchedule.Schedule.Windows.Single().MachineIds.Single().Hostname.ShouldBe("a1.example");
        await cluster.Allocates();
        var offer = (await scheduler.NextNews()).Offers.Offers_.Single();
        (offer.Unavailability.Start.Nanoseconds, offer.Unavailability.Duration.Nanoseconds).ShouldBe((1767272400000000000, 3600000000000));

        await Ticks();
        var asked = (await scheduler.NextNews()).InverseOffers.InverseOffers_.Single();
        (asked.AgentId.Value, asked.FrameworkId.Value, asked.Resources.Count, asked.Unavailability.Start.Nanoseconds)
            .ShouldBe(("agent-1", scheduler.FrameworkId, 0, 1767272400000000000));
        (await scheduler.Call("ACCEPT_INVERSE_OFFERS", $$$""","accept_inverse_offers":{"inverse_offer_ids":[{"value":"{{{asked.Id.Value}}}"}]}"""))
            .Status.ShouldBe(HttpStatusCode.Accepted);
        var draining = (await Ask("GET_MAINTENANCE_STATUS")).GetMaintenanceStatus.Status.DrainingMachines.Single();
        (draining.Id.Ip, draining.Statuses.Single().Status, draining.Statuses.Single().FrameworkId.Value)
            .ShouldBe(("10.0.0.7", V1.Allocator.InverseOfferStatus.Types.Status.Accept, scheduler.FrameworkId));

        cluster.Clock.Advance(TimeSpan.FromSeconds(6));
        await Ticks();
        Event next;
        do
            next = await scheduler.NextNews();
        while (next.Type != Event.Types.Type.InverseOffers);
        (await scheduler.Call("DECLINE_INVERSE_OFFERS",
            $$$""","decline_inverse_offers":{"inverse_offer_ids":[{"value":"{{{next.InverseOffers.InverseOffers_.Single().Id.Value}}}"}],"filters":{"refuse_seconds":0}}""")).Status.ShouldBe(HttpStatusCode.Accepted);
        (await Ask("GET_MAINTENANCE_STATUS")).GetMaintenanceStatus.Status.DrainingMachines.Single().Statuses.Single().Status
            .ShouldBe(V1.Allocator.InverseOfferStatus.Types.Status.Decline);
        await Ticks();
        asked = (await scheduler.NextNews()).InverseOffers.InverseOffers_.Single();
        (await Operator("UPDATE_MAINTENANCE_SCHEDULE", "\"schedule\":{\"windows\":[]}")).ShouldBe(HttpStatusCode.OK);
        (await scheduler.NextNews()).RescindInverseOffer.InverseOfferId.ShouldBe(asked.Id);
    }

    [Fact]
    public async Task A_machine_that_goes_down_loses_its_tasks_even_for_those_who_know_better_words()
    {
        await using var scheduler = await Running();
        (await Operator("START_MAINTENANCE", $"\"machines\":[{Machine}]")).ShouldBe(HttpStatusCode.BadRequest);
        (await Operator("UPDATE_MAINTENANCE_SCHEDULE", "\"schedule\":" + Schedule)).ShouldBe(HttpStatusCode.OK);
        (await Operator("DRAIN_AGENT", Id)).ShouldBe(HttpStatusCode.BadRequest);
        (await Operator("START_MAINTENANCE", $"\"machines\":[{Machine}]")).ShouldBe(HttpStatusCode.OK);
        var status = (await scheduler.NextNews()).Update.Status;
        (status.State, status.Reason).ShouldBe((V1.TaskState.TaskLost, V1.TaskStatus.Types.Reason.AgentRemoved));
        (await Ask("GET_MAINTENANCE_STATUS")).GetMaintenanceStatus.Status.DownMachines.Single().Hostname.ShouldBe("a1.example");
        (await Operator("UPDATE_MAINTENANCE_SCHEDULE", "\"schedule\":{\"windows\":[]}")).ShouldBe(HttpStatusCode.BadRequest);
        (await Operator("STOP_MAINTENANCE", $"\"machines\":[{Machine}]")).ShouldBe(HttpStatusCode.OK);
        (await Ask("GET_MAINTENANCE_SCHEDULE")).GetMaintenanceSchedule.Schedule.Windows.ShouldBeEmpty();
        (await Operator("STOP_MAINTENANCE", $"\"machines\":[{Machine}]")).ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task The_endpoints_from_before_v1_do_the_same()
    {
        (await Send("/maintenance/schedule", Schedule)).Status.ShouldBe(HttpStatusCode.OK);
        (await Send("/maintenance/schedule", null, "GET")).Text.ShouldBe(Schedule.Replace("A1", "a1", StringComparison.Ordinal));
        (await Send("/master/machine/down", $"[{Machine}]")).Status.ShouldBe(HttpStatusCode.OK);
        (await Send("/maintenance/status", null, "GET")).Text.ShouldBe($$"""{"down_machines":[{{Machine}}]}""");
        (await Send("/machine/up", $"[{Machine}]")).Status.ShouldBe(HttpStatusCode.OK);
        (await Send("/machine/up", $"[{Machine}]")).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await Send("/maintenance/schedule", "{\"windows\":1}")).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await Send("/maintenance/schedule", Schedule, principal: "alice")).Status.ShouldBe(HttpStatusCode.Forbidden);
    }
}
