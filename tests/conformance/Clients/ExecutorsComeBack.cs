using Bourse.Client;
using Bourse.MesosV1;
using Bourse.MesosV1.Executor;
using AgentStub = Bourse.Conformance.Clients.Stub<Bourse.MesosV1.Executor.Call, Bourse.MesosV1.Executor.Event>;
using Task = System.Threading.Tasks.Task;
using TaskStatus = Bourse.MesosV1.TaskStatus;

namespace Bourse.Conformance.Clients;

/// <summary>The client library's executor, against an agent that a test plays.</summary>
public sealed class ExecutorsComeBack
{
    private static readonly ConnectionOptions Fast = new() { FirstPause = TimeSpan.FromMilliseconds(1) };

    [Theory]
    [InlineData(WireEncoding.Json)]
    [InlineData(WireEncoding.Protobuf)]
    public async Task With_what_was_not_acknowledged_and_without_what_was(WireEncoding encoding)
    {
        await using var agent = await AgentStub.Start(call => call.Type == Call.Types.Type.Subscribe);
        var acknowledge = new TaskCompletionSource<Call.Types.Update>();
        agent.Subscribed.Enqueue(async c =>
        {
            await c.Tell(Subscribed, Launch("t1"), Launch("t2"));
            var update = await acknowledge.Task;
            await c.Tell(new Event { Type = Event.Types.Type.Acknowledged, Acknowledged = new() { TaskId = update.Status.TaskId, Uuid = update.Status.Uuid } });
        });
        agent.Subscribed.Enqueue(async c =>
        {
            await c.Tell(Subscribed, new Event { Type = Event.Types.Type.Shutdown });
            await c.Hold();
        });
        using var executor = new ExecutorClient(Environment(agent.Address, checkpoint: true), Fast with { Encoding = encoding });
        var events = executor.Events(TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        async Task<Event> Next() => await events.MoveNextAsync() ? events.Current : throw new InvalidOperationException("the events have ended");

        (await Next()).Type.ShouldBe(Event.Types.Type.Subscribed);
        (await agent.Next()).Authorization.ShouldBe("Bearer jwt");
        (await Next()).Launch.Task.TaskId.Value.ShouldBe("t1");
        (await Next()).Launch.Task.TaskId.Value.ShouldBe("t2");
        await executor.Update(Id("t1"), TaskState.TaskRunning, cancellationToken: TestContext.Current.CancellationToken);
        var first = (await agent.Next()).Call;
        (first.FrameworkId.Value, first.ExecutorId.Value, first.Update.Status.Source, first.Update.Status.Uuid.Length, first.Update.Status.HasTimestamp)
            .ShouldBe(("F", "E", TaskStatus.Types.Source.Executor, 16, true));
        await executor.Update(Id("t1"), TaskState.TaskFinished, "done", TestContext.Current.CancellationToken);
        var second = (await agent.Next()).Call;
        acknowledge.SetResult(first.Update);
        (await Next()).Acknowledged.Uuid.ShouldBe(first.Update.Status.Uuid);

        (await Next()).Type.ShouldBe(Event.Types.Type.Subscribed);
        var again = (await agent.Next()).Call;
        again.Subscribe.UnacknowledgedTasks.ShouldHaveSingleItem().TaskId.Value.ShouldBe("t2");
        again.Subscribe.UnacknowledgedUpdates.ShouldHaveSingleItem().ShouldBe(second.Update);

        (await Next()).Type.ShouldBe(Event.Types.Type.Shutdown);
        await executor.Update(Id("t2"), TaskState.TaskKilled, cancellationToken: TestContext.Current.CancellationToken);
        (await agent.Next()).Call.Update.Status.State.ShouldBe(TaskState.TaskKilled);
        (await events.MoveNextAsync()).ShouldBeFalse();
    }

    [Fact]
    public async Task Not_without_checkpointing()
    {
        await using var agent = await AgentStub.Start(call => call.Type == Call.Types.Type.Subscribe);
        agent.Subscribed.Enqueue(c => c.Tell(Subscribed));
        using var executor = new ExecutorClient(Environment(agent.Address, checkpoint: false), Fast);
        var events = executor.Events(TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        (await events.MoveNextAsync()).ShouldBeTrue();
        (await events.MoveNextAsync()).ShouldBeFalse();
    }

    [Fact]
    public async Task With_an_update_that_was_made_while_the_agent_was_away()
    {
        await using var agent = await AgentStub.Start(call => call.Type == Call.Types.Type.Subscribe);
        agent.Subscribed.Enqueue(async c =>
        {
            await c.Tell(Subscribed);
            await c.Hold();
        });
        using var executor = new ExecutorClient(Environment(agent.Address, checkpoint: true), Fast);
        await executor.Update(Id("t1"), TaskState.TaskRunning, cancellationToken: TestContext.Current.CancellationToken);
        var events = executor.Events(TestContext.Current.CancellationToken).GetAsyncEnumerator(TestContext.Current.CancellationToken);
        (await events.MoveNextAsync()).ShouldBeTrue();
        (await agent.Next()).Call.Subscribe.UnacknowledgedUpdates.ShouldHaveSingleItem().Status.TaskId.Value.ShouldBe("t1");
    }

    [Fact]
    public void As_their_agent_told_them_by_variables()
    {
        var read = ExecutorEnvironment.Read(new Dictionary<string, string?>
        {
            ["MESOS_FRAMEWORK_ID"] = "F", ["MESOS_EXECUTOR_ID"] = "E", ["MESOS_AGENT_ENDPOINT"] = "10.0.0.7:5051", ["MESOS_DIRECTORY"] = "/host/sandbox",
            ["MESOS_SANDBOX"] = "/sandbox", ["MESOS_CHECKPOINT"] = "1", ["MESOS_RECOVERY_TIMEOUT"] = "2.5mins", ["MESOS_SUBSCRIPTION_BACKOFF_MAX"] = "500ms",
            ["MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD"] = "3secs",
        });
        read.ShouldBe(new ExecutorEnvironment("F", "E", new Uri("http://10.0.0.7:5051"))
        {
            Sandbox = "/sandbox", Checkpoint = true, RecoveryTimeout = TimeSpan.FromSeconds(150), LongestPause = TimeSpan.FromMilliseconds(500),
            ShutdownGrace = TimeSpan.FromSeconds(3),
        });
        Should.Throw<InvalidOperationException>(() => ExecutorEnvironment.Read(new Dictionary<string, string?>())).Message.ShouldContain("MESOS_FRAMEWORK_ID");
    }

    private static TaskID Id(string task) => new() { Value = task };

    private static ExecutorEnvironment Environment(Uri agent, bool checkpoint) => new("F", "E", agent)
    {
        Checkpoint = checkpoint, Credential = ClientCredential.Bearer("jwt"), LongestPause = TimeSpan.FromMilliseconds(5), RecoveryTimeout = TimeSpan.FromSeconds(15),
    };

    private static Event Subscribed => new()
    {
        Type = Event.Types.Type.Subscribed,
        Subscribed = new()
        {
            ExecutorInfo = new() { ExecutorId = new() { Value = "E" } },
            FrameworkInfo = new() { User = "u", Name = "n" },
            AgentInfo = new() { Hostname = "a" },
        },
    };

    private static Event Launch(string task) => new()
    {
        Type = Event.Types.Type.Launch,
        Launch = new() { Task = new() { Name = task, TaskId = Id(task), AgentId = new() { Value = "a" } } },
    };
}
