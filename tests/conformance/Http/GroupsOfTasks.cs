using Bourse.Contracts;
using V1 = Bourse.MesosV1;

namespace Bourse.Conformance.Http;

/// <summary>LAUNCH_GROUP: all tasks or none, under one executor.</summary>
public sealed class GroupsOfTasks : IAsyncLifetime
{
    private const string Resources = """{"name":"cpus","type":"SCALAR","scalar":{"value":0.5}},{"name":"mem","type":"SCALAR","scalar":{"value":32}}""";

    private readonly TestCluster cluster = new();

    public ValueTask InitializeAsync() => cluster.InitializeAsync();

    public ValueTask DisposeAsync() => cluster.DisposeAsync();

    private static string Executor(string type = ",\"type\":\"DEFAULT\"", string resources = Resources, string more = "") =>
        $$$"""{"executor_id":{"value":"pod"}{{{type}}},"resources":[{{{resources}}}]{{{more}}}}""";

    private static string Task(string id, string cpus = "0.5", string command = ",\"command\":{\"value\":\"sleep 60\"}") =>
        $$$"""{"name":"t","task_id":{"value":"{{{id}}}"},"agent_id":{"value":"agent-1"},"resources":[{"name":"cpus","type":"SCALAR","scalar":{"value":{{{cpus}}}}}]{{{command}}}}""";

    private async Task<TestScheduler> Launch(string executor, params string[] tasks)
    {
        var scheduler = await TestScheduler.Subscribe(cluster);
        await cluster.AgentJoins();
        await cluster.Allocates();
        var offer = (await scheduler.NextNews()).Offers.Offers_.Single().Id.Value;
        await scheduler.Call("ACCEPT", $$$$$""","accept":{"offer_ids":[{"value":"{{{{{offer}}}}}"}],"operations":[{"type":"LAUNCH_GROUP","launch_group":{"executor":{{{{{executor}}}}},"task_group":{"tasks":[{{{{{string.Join(',', tasks)}}}}}]}}}]}""");
        return scheduler;
    }

    [Fact]
    public async Task Are_launched_together_under_one_executor()
    {
        await using var scheduler = await Launch(Executor(), Task("a"), Task("b"));
        var executor = cluster.Facts.OfType<ExecutorLaunched>().ShouldHaveSingleItem();
        (executor.Command, executor.Spec.Kind).ShouldBe((1, ExecutorKind.Default));
        var tasks = cluster.Facts.OfType<TaskLaunched>().ToList();
        tasks.Select(task => (task.Spec.Id.Value, task.Spec.Executor, task.Spec.Group!.Size, task.Command))
            .ShouldBe([("a", new ExecutorId("pod"), 2, 2L), ("b", new ExecutorId("pod"), 2, 3L)]);
        tasks.Select(task => task.Spec.Group!.Id).Distinct().ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Are_refused_together_when_one_does_not_fit()
    {
        await using var scheduler = await Launch(Executor(), Task("a"), Task("b", cpus: "100"));
        cluster.Facts.ShouldNotContain(fact => fact is TaskLaunched || fact is ExecutorLaunched);
        for (var n = 0; n < 2; n++)
        {
            var status = (await scheduler.NextNews()).Update.Status;
            (status.State, status.Reason).ShouldBe((V1.TaskState.TaskError, V1.TaskStatus.Types.Reason.TaskGroupInvalid));
        }
        (await cluster.Allocator.Read(state => state.Agents[TestCluster.A1].LastCommand, TestContext.Current.CancellationToken)).ShouldBe(0);
    }

    public static TheoryData<string, string, string> Unusable => new()
    {
        { Executor(type: ""), Task("a"), "'ExecutorInfo.type' must be set for the executor of a task group" },
        { Executor(more: ",\"command\":{\"value\":\"x\"}"), Task("a"), "'ExecutorInfo.command' must not be set for 'DEFAULT' executor" },
        { Executor(resources: ""), Task("a"), "Executor 'pod' uses less CPUs than the minimum required (0.01)" },
        { Executor(), Task("a", command: ""), "Task 'a' of a group under the default executor must have a 'command'" },
        { Executor(), Task("a", command: ",\"command\":{\"value\":\"x\"},\"executor\":{\"executor_id\":{\"value\":\"other\"}}"),
            "The 'TaskInfo.executor' of task 'a' differs from the executor of its group" },
    };

    [Theory]
    [MemberData(nameof(Unusable))]
    public async Task Are_refused_by_what_is_wrong_with_them(string executor, string task, string message)
    {
        await using var scheduler = await Launch(executor, task);
        var status = (await scheduler.NextNews()).Update.Status;
        (status.Reason, status.Message).ShouldBe((V1.TaskStatus.Types.Reason.TaskGroupInvalid, message));
    }
}
