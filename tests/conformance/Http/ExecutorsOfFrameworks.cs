using System.Net;
using Bourse.Allocator;
using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Contracts.Messages;
using Bourse.MesosV1.Scheduler;
using V1 = Bourse.MesosV1;

namespace Bourse.Conformance.Http;

/// <summary>Tasks under an executor that the framework brings.</summary>
public sealed class ExecutorsOfFrameworks : IAsyncLifetime
{
    private const string Executor =
        ",\"executor\":{\"executor_id\":{\"value\":\"e\"},\"name\":\"mine\",\"command\":{\"value\":\"./run\"},\"resources\":[{\"name\":\"cpus\",\"type\":\"SCALAR\",\"scalar\":{\"value\":0.25}}]}";

    private readonly TestCluster cluster = new();

    public ValueTask InitializeAsync() => cluster.InitializeAsync();

    public ValueTask DisposeAsync() => cluster.DisposeAsync();

    private async Task<TestScheduler> Launched(params string[] tasks)
    {
        var scheduler = await TestScheduler.Subscribe(cluster);
        await cluster.AgentJoins();
        foreach (var task in tasks)
        {
            await cluster.Allocates();
            await scheduler.Launch((await scheduler.NextNews()).Offers.Offers_.Single().Id.Value, task, more: Executor, command: "");
        }
        return scheduler;
    }

    private Task Ends(TestScheduler scheduler, int? status = 256) => cluster.Command(new ReportExecutor(
        new(TestCluster.A1, 1, new(scheduler.FrameworkId), new("e"), Run: 1, status, "Executor exited with status 1", LastCommand: 0), cluster.Clock.GetUtcNow()));

    [Fact]
    public async Task Are_launched_once_and_pay_for_themselves()
    {
        await using var scheduler = await Launched("t1", "t2");
        var launched = cluster.Facts.OfType<ExecutorLaunched>().ShouldHaveSingleItem();
        (launched.Command, launched.Spec.Kind, launched.Spec.Command!.Value).ShouldBe((1, ExecutorKind.Custom, "./run"));
        cluster.Facts.OfType<TaskLaunched>().Select(fact => (fact.Spec.Id.Value, fact.Spec.Executor, fact.Command))
            .ShouldBe([("t1", new ExecutorId("e"), 2L), ("t2", new ExecutorId("e"), 3L)]);
        (await Used()).ShouldBe(1.25);
        await Ends(scheduler);
        (await Used()).ShouldBe(1.0);
        (await cluster.Allocator.Read(state => state.Agents[TestCluster.A1].Pending.OfType<ForgetExecutor>().Single().Run, TestContext.Current.CancellationToken)).ShouldBe(1);
    }

    private const string Port = """{"name":"ports","type":"RANGES","ranges":{"range":[{"begin":31000,"end":31001}]}}""";

    public static TheoryData<string, string, string> Unusable => new()
    {
        { Port, "", "Task and executor both use ports:[31000-31001]" },
        { TestScheduler.Cpu, ",\"framework_id\":{\"value\":\"other\"}", "ExecutorInfo has an invalid FrameworkID (Actual: other vs Expected: " },
        { TestScheduler.Cpu.Replace(",\"role\":null,\"reservations\":[]}", ",\"shared\":{}}", StringComparison.Ordinal), "",
            "Executor uses shared resources, which only tasks may" },
        { TestScheduler.Cpu, ",\"shutdown_grace_period\":{\"nanoseconds\":-1}", "ExecutorInfo's 'shutdown_grace_period' must be non-negative" },
        { TestScheduler.Cpu, ",\"container\":{\"type\":\"DOCKER\"}", "DockerInfo 'docker' is not set for DOCKER typed ContainerInfo" },
        { TestScheduler.Cpu, ",\"container\":{\"type\":\"MESOS\",\"tty_info\":{}}", "Executor uses 'container.tty_info', which is not supported" },
        { TestScheduler.Cpu, ",\"container\":{\"type\":\"MESOS\",\"volumes\":[{\"container_path\":\"a\",\"mode\":\"RO\",\"source\":{\"type\":\"SECRET\",\"secret\":{\"type\":\"REFERENCE\",\"reference\":{\"name\":\"db\"}}}}]}",
            "Executor uses 'container.volumes.source.secret', which is not supported" },
    };

    [Theory]
    [MemberData(nameof(Unusable))]
    public async Task Are_refused_with_their_task_by_what_is_wrong(string resources, string more, string message)
    {
        await using var scheduler = await TestScheduler.Subscribe(cluster);
        await cluster.AgentJoins();
        await cluster.Allocates();
        await scheduler.Launch((await scheduler.NextNews()).Offers.Offers_.Single().Id.Value, "t1", resources: $"{Port},{TestScheduler.Cpu}", command: "",
            more: $$$""","executor":{"executor_id":{"value":"e"},"command":{"value":"./run"},"resources":[{{{resources}}}]{{{more}}}}""");
        var status = (await scheduler.NextNews()).Update.Status;
        (status.State, status.Reason).ShouldBe((V1.TaskState.TaskError, V1.TaskStatus.Types.Reason.TaskInvalid));
        status.Message.ShouldStartWith(message);
        cluster.Facts.ShouldNotContain(fact => fact is ExecutorLaunched || fact is TaskLaunched);
        // The loop is as well as before.
        await cluster.Allocates();
        (await scheduler.NextNews()).Offers.ShouldNotBeNull();
    }

    [Fact]
    public async Task May_have_a_container_and_secrets()
    {
        await using var scheduler = await TestScheduler.Subscribe(cluster);
        await cluster.AgentJoins();
        await cluster.Allocates();
        const string Command = """{"value":"./run","environment":{"variables":[{"name":"TOKEN","type":"SECRET","secret":{"type":"REFERENCE","reference":{"name":"db"}}}]},"uris":[{"value":"http://example.org/run"}]}""";
        const string Container = """{"type":"DOCKER","docker":{"image":"app:1","network":"BRIDGE","parameters":[{"key":"env","value":"MORE=1"}]}}""";
        await scheduler.Launch((await scheduler.NextNews()).Offers.Offers_.Single().Id.Value, "t1", command: "",
            more: $$$""","executor":{"executor_id":{"value":"e"},"command":{{{Command}}},"container":{{{Container}}}}""");
        var spec = cluster.Facts.OfType<ExecutorLaunched>().ShouldHaveSingleItem().Spec;
        spec.Container.ShouldBe(new TaskContainer(Docker: true, new ContainerImage("app:1", Cached: true), Network: NetworkMode.Joined, Networks: [new("bridge", [])]));
        spec.Command!.Environment.ShouldBe([new("TOKEN", null, "db"), new("MORE", "1")]);
        spec.Command.Uris.ShouldHaveSingleItem().Value.ShouldBe("http://example.org/run");
        spec.Secrets().ShouldBe(["db"]);
        // A secrets service that was away learns of it from all that lives.
        (await cluster.Allocator.Read(state => new AllocatorCore().Picture(state).OfType<ExecutorLaunched>().Single().Spec.Id, TestContext.Current.CancellationToken))
            .ShouldBe(new ExecutorId("e"));
    }

    [Fact]
    public async Task Are_announced_with_FAILURE_when_they_end()
    {
        await using var scheduler = await Launched("t1");
        await Ends(scheduler, status: 9);
        var failure = (await scheduler.NextNews()).Failure;
        (failure.AgentId.Value, failure.ExecutorId.Value, failure.Status).ShouldBe(("agent-1", "e", 9));
        // Repeated, it is told again to nobody.
        var before = cluster.Facts.Count;
        await Ends(scheduler, status: 9);
        cluster.Facts.Count.ShouldBe(before);
    }

    [Fact]
    public async Task Must_be_described_alike_by_all_their_tasks()
    {
        await using var scheduler = await Launched("t1");
        await cluster.Allocates();
        await scheduler.Launch((await scheduler.NextNews()).Offers.Offers_.Single().Id.Value, "t2", more: Executor.Replace("./run", "./other"), command: "");
        var status = (await scheduler.NextNews()).Update.Status;
        (status.State, status.Message).ShouldBe(
            (V1.TaskState.TaskError, "Task has invalid ExecutorInfo (existing ExecutorInfo with same ExecutorID is not compatible)"));
    }

    [Fact]
    public async Task Are_shut_down_on_request()
    {
        await using var scheduler = await Launched("t1");
        (await scheduler.Call("SHUTDOWN", ",\"shutdown\":{\"executor_id\":{\"value\":\"e\"},\"agent_id\":{\"value\":\"agent-1\"}}")).Status.ShouldBe(HttpStatusCode.Accepted);
        cluster.Facts.OfType<ExecutorShutdownRequested>().ShouldHaveSingleItem().ExecutorId.Value.ShouldBe("e");
        cluster.Facts.OfType<TaskKillRequested>().ShouldBeEmpty();
    }

    [Fact]
    public async Task Are_shut_down_with_their_framework()
    {
        await using var scheduler = await Launched("t1");
        await scheduler.Call("TEARDOWN");
        cluster.Facts.OfType<ExecutorShutdownRequested>().ShouldHaveSingleItem().ExecutorId.Value.ShouldBe("e");
    }

    [Fact]
    public async Task Get_the_messages_of_their_framework()
    {
        await using var scheduler = await Launched("t1");
        var got = new TaskCompletionSource<Delivery>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        _ = cluster.Bus.Listen(new(Topology.AgentQueue(TestCluster.A1), [Destination.Agent(TestCluster.A1)]), (delivery, _) =>
        {
            got.TrySetResult(delivery);
            return Task.FromResult<object?>(null);
        }, stop.Token);
        (await scheduler.Call("MESSAGE", ",\"message\":{\"agent_id\":{\"value\":\"agent-1\"},\"executor_id\":{\"value\":\"e\"},\"data\":\"aGk=\"}")).Status.ShouldBe(HttpStatusCode.Accepted);
        (await got.Task.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken)).Message
            .ShouldBe(new MessageToExecutor(TestCluster.A1, new(scheduler.FrameworkId), new("e"), "aGk="));
        await stop.CancelAsync();
    }

    [Fact]
    public async Task Are_listed_for_operators()
    {
        await using var scheduler = await Launched("t1");
        using var client = new HttpClient();
        var answer = await client.SendAsync(cluster.Request("/api/v1", "{\"type\":\"GET_EXECUTORS\"}", "operator"), TestContext.Current.CancellationToken);
        (await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)).ShouldContain("\"executor_id\":{\"value\":\"e\"}");
    }

    private async Task<double> Used() => await cluster.Allocator.Read(
        state => state.Agents[TestCluster.A1].Used.Total("cpus").ToDouble(), TestContext.Current.CancellationToken);
}
