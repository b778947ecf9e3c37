using System.Net;
using System.Text;
using Bourse.Allocator;
using Bourse.Contracts;
using Bourse.MesosV1.Master;
using Bourse.MesosV1.Wire;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using V1 = Bourse.MesosV1;

namespace Bourse.Conformance.Http;

/// <summary>The operator API beyond the plain reads of the cluster: the process itself, its files, writes, and the stream of changes.</summary>
public sealed class OperatorsAct : IAsyncLifetime
{
    private readonly TestCluster cluster = new();

    public ValueTask InitializeAsync() => cluster.InitializeAsync();

    public ValueTask DisposeAsync() => cluster.DisposeAsync();

    private async Task<(HttpStatusCode Status, byte[] Body)> Post(string body)
    {
        using var client = new HttpClient();
        using var response = await client.SendAsync(cluster.Request("/api/v1", body, "operator"), TestContext.Current.CancellationToken);
        var bytes = await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
        if (bytes.Length == 0)
            response.Content.Headers.ContentType.ShouldBeNull();
        return (response.StatusCode, bytes);
    }

    private async Task<string> Ask(string type, string members = "")
    {
        var (status, body) = await Post($$"""{"type":"{{type}}"{{members}}}""");
        status.ShouldBe(HttpStatusCode.OK);
        return Encoding.UTF8.GetString(body);
    }

    private async Task<Response> Read(string type, string members = "") => MesosJson.Parse<Response>(Encoding.UTF8.GetBytes(await Ask(type, members)));

    private Task<TestStream<Event>> Watch(string? accept = null) =>
        TestStream<Event>.Open(cluster.Request("/api/v1", """{"type":"SUBSCRIBE"}""", "operator"), accept);

    [Fact]
    public async Task On_nothing_where_there_is_nothing()
    {
        (await Ask("GET_EXECUTORS")).ShouldBe("""{"type":"GET_EXECUTORS","get_executors":{"executors":[],"orphan_executors":[]}}""");
        (await Ask("GET_OPERATIONS")).ShouldBe("""{"type":"GET_OPERATIONS","get_operations":{}}""");
        (await Ask("GET_WEIGHTS")).ShouldBe("""{"type":"GET_WEIGHTS","get_weights":{}}""");
        (await Ask("GET_QUOTA")).ShouldBe("""{"type":"GET_QUOTA","get_quota":{"status":{}}}""");
        (await Ask("GET_MAINTENANCE_STATUS")).ShouldBe("""{"type":"GET_MAINTENANCE_STATUS","get_maintenance_status":{"status":{}}}""");
        (await Ask("GET_MAINTENANCE_SCHEDULE")).ShouldBe("""{"type":"GET_MAINTENANCE_SCHEDULE","get_maintenance_schedule":{"schedule":{}}}""");
    }

    [Fact]
    public async Task On_what_the_master_says_of_itself()
    {
        var master = (await Read("GET_MASTER")).GetMaster;
        master.MasterInfo.Port.ShouldBe((uint)cluster.Address.Port);
        master.StartTime.ShouldBe(1767268800.0);
        master.ElectedTime.ShouldBe(1767268800.0);

        var flags = (await Read("GET_FLAGS")).GetFlags.Flags.ToDictionary(flag => flag.Name, flag => flag.Value);
        flags["authenticate_frameworks"].ShouldBe("true");
        flags["max_completed_frameworks"].ShouldBe("50");
        flags.Values.ShouldAllBe(value => !value.Contains("secret") && !value.Contains(Path.GetTempPath()));
    }

    [Fact]
    public async Task On_roles_and_metrics_of_what_runs()
    {
        await using var scheduler = await TestScheduler.Subscribe(cluster);
        await cluster.AgentJoins();
        await cluster.Allocates();
        var offer = (await scheduler.NextNews()).Offers.Offers_.Single();
        await scheduler.Launch(offer.Id.Value, "t1");
        await cluster.Reports(scheduler.FrameworkId, "t1", TaskState.Running, "AAAAAAAAAAAAAAAAAAAAAQ==");

        var roles = (await Read("GET_ROLES")).GetRoles.Roles;
        roles.Select(role => role.Name).ShouldBe(["*", "web"]);
        roles[1].Weight.ShouldBe(1);
        roles[1].Frameworks.ShouldHaveSingleItem().Value.ShouldBe(scheduler.FrameworkId);
        roles[1].Resources.ShouldHaveSingleItem().Scalar.Value.ShouldBe(0.5);

        var metrics = await Metrics();
        (metrics["master/cpus_total"], metrics["master/cpus_used"], metrics["master/cpus_percent"]).ShouldBe((4.0, 0.5, 0.125));
        (metrics["master/tasks_running"], metrics["master/tasks_finished"], metrics["master/slaves_active"]).ShouldBe((1, 0, 1));
        (metrics["master/frameworks_active"], metrics["master/elected"], metrics["allocator/mesos/allocation_runs"]).ShouldBe((1, 1, 1));
        metrics.Keys.ShouldBe(metrics.Keys.Order(StringComparer.Ordinal));

        cluster.Clock.Advance(TimeSpan.FromSeconds(90));
        await cluster.Reports(scheduler.FrameworkId, "t1", TaskState.Finished, "AAAAAAAAAAAAAAAAAAAAAg==");
        metrics = await Metrics();
        (metrics["master/tasks_running"], metrics["master/tasks_finished"], metrics["master/uptime_secs"]).ShouldBe((0, 1, 90));

        async Task<Dictionary<string, double>> Metrics() =>
            (await Read("GET_METRICS", ",\"get_metrics\":{\"timeout\":{\"nanoseconds\":5000000000}}")).GetMetrics.Metrics.ToDictionary(m => m.Name, m => m.Value);
    }

    [Fact]
    public async Task On_what_each_framework_called_was_told_and_came_to()
    {
        await cluster.AgentJoins();
        await using var scheduler = await TestScheduler.Subscribe(cluster);
        await cluster.Allocates();
        var offer = (await scheduler.NextNews()).Offers.Offers_.Single().Id.Value;
        await scheduler.Launch(offer, "t1");
        await cluster.Reports(scheduler.FrameworkId, "t1", TaskState.Running, "AAAAAAAAAAAAAAAAAAAAAQ==");
        (await scheduler.NextNews()).Update.Status.State.ShouldBe(V1.TaskState.TaskRunning);
        await scheduler.Call("REVIVE");
        await scheduler.Call("REVIVE");

        (await Mine()).ShouldBe(new Dictionary<string, double>
        {
            ["subscribed"] = 1, ["calls"] = 4, ["calls/subscribe"] = 1, ["calls/accept"] = 1, ["calls/revive"] = 2,
            ["events"] = 4, ["events/subscribed"] = 1, ["events/heartbeat"] = 1, ["events/offers"] = 1, ["events/update"] = 1,
            ["offers/sent"] = 1, ["offers/accepted"] = 1, ["tasks/active/task_running"] = 1,
        }, ignoreOrder: true);

        await cluster.Reports(scheduler.FrameworkId, "t1", TaskState.Failed, "AAAAAAAAAAAAAAAAAAAAAg==");
        var then = await Mine();
        then.ShouldContainKeyAndValue("tasks/terminal/task_failed", 1);
        then.ShouldNotContainKey("tasks/active/task_running");

        async Task<Dictionary<string, double>> Mine() => (await Read("GET_METRICS", ",\"get_metrics\":{}")).GetMetrics.Metrics
            .Where(m => m.Name.StartsWith($"master/frameworks/fw.{scheduler.FrameworkId}/", StringComparison.Ordinal))
            .ToDictionary(m => m.Name[(m.Name.LastIndexOf("-0000/", StringComparison.Ordinal) + 6)..], m => m.Value);
    }

    [Fact]
    public async Task On_the_level_of_logging_for_a_while()
    {
        var logger = cluster.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Bourse.Allocator.Host");
        (await Read("GET_LOGGING_LEVEL")).GetLoggingLevel.Level.ShouldBe(0u);
        logger.IsEnabled(LogLevel.Debug).ShouldBeFalse();

        (await Ask("SET_LOGGING_LEVEL", ",\"set_logging_level\":{\"level\":1,\"duration\":{\"nanoseconds\":60000000000}}")).ShouldBe("");
        (await Read("GET_LOGGING_LEVEL")).GetLoggingLevel.Level.ShouldBe(1u);
        logger.IsEnabled(LogLevel.Debug).ShouldBeTrue();
        logger.IsEnabled(LogLevel.Trace).ShouldBeFalse();

        cluster.Clock.Advance(TimeSpan.FromSeconds(61));
        (await Read("GET_LOGGING_LEVEL")).GetLoggingLevel.Level.ShouldBe(0u);
        logger.IsEnabled(LogLevel.Debug).ShouldBeFalse();
    }

    [Fact]
    public async Task On_the_log_and_on_no_other_file()
    {
        await File.WriteAllTextAsync(cluster.Log, "first line\nsecond line\n", TestContext.Current.CancellationToken);
        var file = (await Read("LIST_FILES", ",\"list_files\":{\"path\":\"/master/log\"}")).ListFiles.FileInfos.ShouldHaveSingleItem();
        (file.Path, file.Size, file.Mode & 0xF000).ShouldBe(("/master/log", 23UL, 0x8000u));

        var piece = (await Read("READ_FILE", ",\"read_file\":{\"path\":\"/master/log\",\"offset\":6,\"length\":4}")).ReadFile;
        (piece.Size, piece.Data.ToStringUtf8()).ShouldBe((23UL, "line"));
        (await Read("READ_FILE", ",\"read_file\":{\"path\":\"/master/log\",\"offset\":99}")).ReadFile.Data.Length.ShouldBe(0);
        (await Post($$"""{"type":"READ_FILE","read_file":{"offset":0,"path":"{{cluster.Log}}"} }""")).Status.ShouldBe(HttpStatusCode.NotFound);
    }

    [Fact]
    public async Task On_a_framework_by_tearing_it_down()
    {
        await using var scheduler = await TestScheduler.Subscribe(cluster);
        var teardown = $$$$"""{"type":"TEARDOWN","teardown":{"framework_id":{"value":"{{{{scheduler.FrameworkId}}}}"}}}""";
        (await Post(teardown)).ShouldSatisfyAllConditions(a => a.Status.ShouldBe(HttpStatusCode.OK), a => a.Body.ShouldBeEmpty());
        (await scheduler.NextOrEnd()).ShouldBeNull();
        (await Post(teardown)).Status.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Theory]
    [InlineData("application/json")]
    [InlineData("application/x-protobuf")]
    public async Task On_a_stream_that_begins_with_everything_and_goes_on_with_every_change(string format)
    {
        await cluster.AgentJoins();
        await using var watch = await Watch(format);
        watch.Response.Content.Headers.ContentType!.ToString().ShouldBe(format);
        var begin = await watch.Next();
        begin.Type.ShouldBe(Event.Types.Type.Subscribed);
        begin.Subscribed.HeartbeatIntervalSeconds.ShouldBe(15);
        begin.Subscribed.GetState.GetAgents.Agents.ShouldHaveSingleItem().AgentInfo.Id.Value.ShouldBe("agent-1");
        (await watch.Next()).Type.ShouldBe(Event.Types.Type.Heartbeat);

        await using var scheduler = await TestScheduler.Subscribe(cluster);
        (await watch.Next()).FrameworkAdded.Framework.FrameworkInfo.Id.Value.ShouldBe(scheduler.FrameworkId);
        await cluster.Allocates();
        await scheduler.Launch((await scheduler.NextNews()).Offers.Offers_.Single().Id.Value, "t1");
        var added = (await watch.Next()).TaskAdded.Task;
        (added.TaskId.Value, added.State).ShouldBe(("t1", V1.TaskState.TaskStaging));

        await cluster.Reports(scheduler.FrameworkId, "t1", TaskState.Running, "AAAAAAAAAAAAAAAAAAAAAQ==");
        var running = (await watch.Next()).TaskUpdated;
        (running.State, running.Status.State, running.FrameworkId.Value).ShouldBe((V1.TaskState.TaskRunning, V1.TaskState.TaskRunning, scheduler.FrameworkId));
        await cluster.Reports(scheduler.FrameworkId, "t1", TaskState.Finished, "AAAAAAAAAAAAAAAAAAAAAg==");
        var finished = (await watch.Next()).TaskUpdated;
        (finished.State, finished.Status.State).ShouldBe((V1.TaskState.TaskFinished, V1.TaskState.TaskRunning));

        // Mesos would say nothing of an agent that is unreachable.
        await cluster.AgentIs(reachable: false);
        (await watch.Next()).AgentRemoved.AgentId.Value.ShouldBe("agent-1");
        await cluster.AgentIs(reachable: true);
        (await watch.Next()).AgentAdded.Agent.Active.ShouldBeTrue();

        await using var again = await TestScheduler.Subscribe(cluster, scheduler.FrameworkId);
        (await watch.Next()).FrameworkUpdated.Framework.Connected.ShouldBeTrue();
        await again.Call("TEARDOWN");
        (await watch.Next()).FrameworkRemoved.FrameworkInfo.Name.ShouldBe("fw");

        cluster.Clock.Advance(TimeSpan.FromSeconds(15));
        (await watch.Next()).Type.ShouldBe(Event.Types.Type.Heartbeat);
    }

    [Theory]
    [InlineData(true), InlineData(false)]
    public async Task On_a_stream_that_tells_of_agents_that_are_out(bool gone)
    {
        await cluster.AgentJoins();
        await using var watch = await Watch();
        await watch.Next();
        await watch.Next();
        await cluster.Command(new LearnFromRegistry([new AgentOut(TestCluster.A1, 1, gone, cluster.Clock.GetUtcNow())], cluster.Clock.GetUtcNow()));
        (await watch.Next()).AgentRemoved.AgentId.Value.ShouldBe("agent-1");
    }

    [Fact]
    public async Task On_a_stream_that_ends_rather_than_hold_others_up()
    {
        await using var stalled = await TestStream<Event>.Open(
            cluster.Request("/api/v1", """{"type":"SUBSCRIBE"}""", "operator"), receiveBuffer: 4096);
        await stalled.Next();
        await using var reading = await Watch();
        await cluster.AgentJoins();
        // Far beyond what the stream's buffer and the sockets hold, some 600 bytes each.
        for (var i = 0; i < Flood; i++)
        {
            await cluster.AgentIs(reachable: false);
            await cluster.AgentIs(reachable: true);
            while ((await reading.Next()).Type != Event.Types.Type.AgentAdded)
            {
            }
        }
        var seen = 0;
        await Should.ThrowAsync<IOException>(async () =>
        {
            while (await stalled.NextOrEnd() is not null)
                seen++;
        });
        seen.ShouldBeLessThan(Flood);
    }

    private const int Flood = 20_000;
}
