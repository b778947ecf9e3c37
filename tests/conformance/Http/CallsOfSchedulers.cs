using System.Net;
using Bourse.Contracts;
using Bourse.MesosV1.Scheduler;
using Bourse.MesosV1.Wire;
using V1 = Bourse.MesosV1;

namespace Bourse.Conformance.Http;

/// <summary>Calls beside the life of a task: on the framework itself, on executors, on operations, and on what nobody ever sent.</summary>
public sealed class CallsOfSchedulers : IAsyncLifetime
{
    private const string Multi = "{\"type\":\"MULTI_ROLE\"}";

    private readonly TestCluster cluster = new();

    public ValueTask InitializeAsync() => cluster.InitializeAsync();

    public ValueTask DisposeAsync() => cluster.DisposeAsync();

    private static string Update(TestScheduler scheduler, string info, string more = "", string user = "root") =>
        $",\"update_framework\":{{\"framework_info\":{{\"user\":\"{user}\",\"name\":\"fw\",\"failover_timeout\":600,\"id\":{{\"value\":\"{scheduler.FrameworkId}\"}},{info}}}{more}}}";

    [Fact]
    public async Task Update_a_framework_in_place()
    {
        await using var scheduler = await TestScheduler.Subscribe(cluster);
        await cluster.AgentJoins();
        await cluster.Allocates();
        var first = (await scheduler.NextNews()).Offers.Offers_.Single();
        first.AllocationInfo.ShouldBeNull();

        (await scheduler.Call("UPDATE_FRAMEWORK", Update(scheduler, $"\"roles\":[\"db\",\"ops\"],\"capabilities\":[{Multi}]", ",\"suppressed_roles\":[\"ops\"]")))
            .ShouldBe((HttpStatusCode.Accepted, ""));
        (await scheduler.NextNews()).Rescind.OfferId.Value.ShouldBe(first.Id.Value);
        await cluster.Allocates();
        // From now on in the form that it asked for.
        (await scheduler.NextNews()).Offers.Offers_.ShouldHaveSingleItem().AllocationInfo.Role.ShouldBe("db");
        cluster.Facts.OfType<FrameworkSubscribed>().ShouldHaveSingleItem();
    }

    [Theory]
    [InlineData("\"role\":\"web\"", "", "nobody", "Updating 'FrameworkInfo.user' is unsupported")]
    [InlineData("\"role\":\"web\",\"checkpoint\":true", "", "root", "Updating 'FrameworkInfo.checkpoint' is unsupported")]
    [InlineData("\"role\":\"web\",\"principal\":\"bob\"", "", "root", "Updating 'FrameworkInfo.principal' is unsupported")]
    [InlineData("\"role\":\"a//b\"", "", "root", "role 'a//b' has an empty component")]
    [InlineData("\"roles\":[\"a\"]", "", "root", "framework_info.roles needs the capability MULTI_ROLE")]
    [InlineData("\"role\":\"web\"", ",\"suppressed_roles\":[\"db\"]", "root", "suppressed role 'db' is not one of the framework's roles")]
    public async Task Update_no_framework_to_what_it_cannot_be(string info, string more, string user, string text)
    {
        await using var scheduler = await TestScheduler.Subscribe(cluster);
        (await scheduler.Call("UPDATE_FRAMEWORK", Update(scheduler, info, more, user))).ShouldBe((HttpStatusCode.BadRequest, text));
        cluster.Facts.OfType<FrameworkUpdated>().ShouldBeEmpty();
    }

    [Fact]
    public async Task Update_no_framework_of_another_id()
    {
        await using var scheduler = await TestScheduler.Subscribe(cluster);
        (await scheduler.Call("UPDATE_FRAMEWORK", ",\"update_framework\":{\"framework_info\":{\"user\":\"root\",\"name\":\"fw\",\"id\":{\"value\":\"other\"}}}"))
            .ShouldBe((HttpStatusCode.BadRequest, "Failed to validate scheduler::Call: 'framework_id' differs from 'update_framework.framework_info.id'"));
    }

    [Fact]
    public async Task Shut_down_the_executor_of_a_command()
    {
        await using var scheduler = await TestScheduler.Subscribe(cluster);
        await cluster.AgentJoins();
        await cluster.Allocates();
        await scheduler.Launch((await scheduler.NextNews()).Offers.Offers_.Single().Id.Value, "t1");
        (await Shutdown("t1", "agent-2")).Status.ShouldBe(HttpStatusCode.Accepted);
        (await Shutdown("t9", "agent-1")).Status.ShouldBe(HttpStatusCode.Accepted);
        cluster.Facts.OfType<TaskKillRequested>().ShouldBeEmpty();
        (await Shutdown("t1", "agent-1")).Status.ShouldBe(HttpStatusCode.Accepted);
        cluster.Facts.OfType<TaskKillRequested>().ShouldHaveSingleItem().TaskId.Value.ShouldBe("t1");

        Task<(HttpStatusCode Status, string Text)> Shutdown(string executor, string agent) =>
            scheduler.Call("SHUTDOWN", $$$$""","shutdown":{"executor_id":{"value":"{{{{executor}}}}"},"agent_id":{"value":"{{{{agent}}}}"}}""");
    }

    [Fact]
    public async Task Ask_after_operations()
    {
        await using var scheduler = await TestScheduler.Subscribe(cluster);
        await cluster.AgentJoins();
        await cluster.AgentIs(reachable: false);
        (await scheduler.NextNews()).Type.ShouldBe(Event.Types.Type.Failure);
        (await scheduler.Call("RECONCILE_OPERATIONS", ",\"reconcile_operations\":{\"operations\":[]}")).Status.ShouldBe(HttpStatusCode.Accepted);
        (await scheduler.Call("RECONCILE_OPERATIONS", """
            ,"reconcile_operations":{"operations":[{"operation_id":{"value":"op1"}},{"operation_id":{"value":"op2"},"agent_id":{"value":"agent-1"}},
            {"operation_id":{"value":"op3"},"agent_id":{"value":"nobody"}}]}
            """)).Status.ShouldBe(HttpStatusCode.Accepted);
        foreach (var (id, state) in ((string, V1.OperationState)[])
            [("op1", V1.OperationState.OperationUnknown), ("op2", V1.OperationState.OperationUnreachable), ("op3", V1.OperationState.OperationUnknown)])
        {
            var status = (await scheduler.NextNews()).UpdateOperationStatus.Status;
            (status.OperationId.Value, status.State, status.Uuid).ShouldBe((id, state, null));
        }
    }

    [Theory]
    [InlineData("MESSAGE", ",\"message\":{\"agent_id\":{\"value\":\"a\"},\"executor_id\":{\"value\":\"e\"},\"data\":\"aGk=\"}")]
    [InlineData("ACKNOWLEDGE_OPERATION_STATUS", ",\"acknowledge_operation_status\":{\"uuid\":\"AAAAAAAAAAAAAAAAAAAAAQ==\",\"operation_id\":{\"value\":\"op\"}}")]
    [InlineData("ACCEPT_INVERSE_OFFERS", ",\"accept_inverse_offers\":{\"inverse_offer_ids\":[{\"value\":\"o\"}]}")]
    [InlineData("DECLINE_INVERSE_OFFERS", ",\"decline_inverse_offers\":{\"inverse_offer_ids\":[{\"value\":\"o\"}],\"filters\":{\"refuse_seconds\":1}}")]
    [InlineData("REQUEST", ",\"request\":{\"requests\":[]}")]
    public async Task To_nobody_are_taken_and_change_nothing(string type, string member)
    {
        await using var scheduler = await TestScheduler.Subscribe(cluster);
        var before = cluster.Facts.Count;
        (await scheduler.Call(type, member)).ShouldBe((HttpStatusCode.Accepted, ""));
        cluster.Facts.Count.ShouldBe(before);
        (await scheduler.Call(type)).Status.ShouldBe(HttpStatusCode.BadRequest);
    }
}
