using System.Net;
using Bourse.Contracts;
using Bourse.Contracts.Messages;
using static Bourse.Agent.Tests.Example;

namespace Bourse.Agent.Tests.Host;

public sealed class RunningExecutors
{
    private static readonly FrameworkDescription Description = new("fw", "", ["*"], [], TimeSpan.Zero, "web");

    private static ExecutorSpec Spec(string command = TestExecutor.Command, double? graceSeconds = null) => new(
        new("e"), ExecutorKind.Custom, "an executor", Resources.Of(Resource.Of("cpus", 0.1)), new(Shell: true, command, Environment: [new("MINE", "1")]),
        graceSeconds is { } s ? TimeSpan.FromSeconds(s) : null);

    private static void Launch(Machine machine, ExecutorSpec spec, params string[] tasks)
    {
        machine.Bus.Command(number => new LaunchExecutor(number, Web, spec, Description));
        foreach (var task in tasks)
            LaunchTask(machine, spec, task);
    }

    private static void LaunchTask(Machine machine, ExecutorSpec spec, string task) =>
        machine.Bus.Command(number => new LaunchTask(number, Web, new(task), new(
            new(task), task, Resources.Of(Resource.Of("cpus", 0.1)), new(Shell: false, null), [], TimeSpan.FromSeconds(3), Data: "aGk=", Executor: spec.Id), "web", ""));

    private static ExecutorReported? End(Machine machine) => machine.Bus.Others.OfType<ExecutorReported>().FirstOrDefault();

    [Fact]
    public async Task An_executor_is_given_its_tasks_in_order_and_reports_for_them()
    {
        await using var machine = new Machine(http: true);
        Launch(machine, Spec(), "t1", "t2");
        using var executor = await TestExecutor.Of(machine.Sandbox("e"));

        var subscribed = (await executor.Subscribe())["subscribed"]!;
        subscribed["executor_info"]!["executor_id"]!.ToJsonString().ShouldBe("""{"value":"e"}""");
        subscribed["framework_info"]!["id"]!.ToJsonString().ShouldBe($$"""{"value":"{{Web}}"}""");
        subscribed["agent_info"]!["id"]!["value"]!.GetValue<string>().ShouldBe(A1.Value);
        foreach (var name in (string[])["t1", "t2"])
        {
            var task = (await executor.Next("LAUNCH"))["launch"]!["task"]!;
            task["task_id"]!["value"]!.GetValue<string>().ShouldBe(name);
            task["data"]!.GetValue<string>().ShouldBe("aGk=");
            task["executor"]!["executor_id"]!["value"]!.GetValue<string>().ShouldBe("e");
        }

        (await executor.Update("t1", "TASK_RUNNING")).Status.ShouldBe(HttpStatusCode.Accepted);
        (await executor.Next("ACKNOWLEDGED"))["acknowledged"]!["uuid"]!.GetValue<string>().ShouldBe("AAAAAAAAAAAAAAAAAAAAAA==");
        var update = (await machine.Bus.Report(new("t1"), TaskState.Running)).Update;
        (update.Source, update.Executor).ShouldBe(("SOURCE_EXECUTOR", new ExecutorId("e")));

        // A third goes to the same process.
        LaunchTask(machine, Spec(), "t3");
        (await executor.Next("LAUNCH"))["launch"]!["task"]!["task_id"]!["value"]!.GetValue<string>().ShouldBe("t3");
        await executor.Update("t3", "TASK_FINISHED", "AQAAAAAAAAAAAAAAAAAAAA==");
        await machine.Bus.Report(new("t3"), TaskState.Finished);
    }

    [Fact]
    public async Task An_executor_finds_all_it_needs_in_its_environment()
    {
        await using var machine = new Machine(http: true);
        Launch(machine, Spec(graceSeconds: 7), "t1");
        using var executor = await TestExecutor.Of(machine.Sandbox("e"));
        executor["MESOS_FRAMEWORK_ID"].ShouldBe(Web.Value);
        executor["MESOS_EXECUTOR_ID"].ShouldBe("e");
        executor["MESOS_AGENT_ENDPOINT"].ShouldBe($"127.0.0.1:{machine.Http.Port}");
        executor["MESOS_DIRECTORY"].ShouldBe(machine.Sandbox("e"));
        executor["MESOS_SANDBOX"].ShouldBe(machine.Sandbox("e"));
        executor["MESOS_SLAVE_ID"].ShouldBe(A1.Value);
        executor["MESOS_CHECKPOINT"].ShouldBe("1");
        executor["MESOS_RECOVERY_TIMEOUT"].ShouldBe("15mins");
        executor["MESOS_SUBSCRIPTION_BACKOFF_MAX"].ShouldBe("2secs");
        executor["MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD"].ShouldBe("7secs");
        executor["MESOS_EXECUTOR_AUTHENTICATION_TOKEN"].Split('.').Length.ShouldBe(3);
        executor["MINE"].ShouldBe("1");
    }

    [Fact]
    public async Task A_token_opens_the_door_for_its_own_executor_alone()
    {
        await using var machine = new Machine(http: true);
        Launch(machine, Spec(), "t1");
        using var executor = await TestExecutor.Of(machine.Sandbox("e"));
        var right = executor["MESOS_EXECUTOR_AUTHENTICATION_TOKEN"].Split('.');

        executor.Token = "";
        (await executor.Update("t1", "TASK_RUNNING")).Status.ShouldBe(HttpStatusCode.Unauthorized);
        executor.Token = $"{right[0]}.{right[1]}.{new string('A', right[2].Length)}";
        (await executor.Update("t1", "TASK_RUNNING")).Status.ShouldBe(HttpStatusCode.Forbidden);
        // "none" as the algorithm, and no signature.
        executor.Token = $"eyJhbGciOiJub25lIn0.{right[1]}.";
        (await executor.Update("t1", "TASK_RUNNING")).Status.ShouldBe(HttpStatusCode.Forbidden);

        // The token of an earlier run of the same executor.
        var old = machine.Runtime.Executors.All.Single();
        executor.Token = machine.Runtime.Tokens.Make(old with { Container = Guid.NewGuid().ToString() });
        (await executor.Update("t1", "TASK_RUNNING")).Status.ShouldBe(HttpStatusCode.Forbidden);
        machine.Bus.Reports.ShouldBeEmpty();
        executor.Token = machine.Runtime.Tokens.Make(old);
        (await executor.Subscribe())["type"]!.GetValue<string>().ShouldBe("SUBSCRIBED");
    }

    [Fact]
    public async Task A_task_is_killed_by_its_executor()
    {
        await using var machine = new Machine(http: true);
        Launch(machine, Spec(), "t1");
        using var executor = await TestExecutor.Of(machine.Sandbox("e"));
        await executor.Subscribe();
        await executor.Next("LAUNCH");
        machine.Bus.Command(number => new KillTask(number, Web, new("t1"), TimeSpan.FromSeconds(9)));
        var kill = (await executor.Next("KILL"))["kill"]!;
        kill["task_id"]!["value"]!.GetValue<string>().ShouldBe("t1");
        kill["kill_policy"]!["grace_period"]!["nanoseconds"]!.GetValue<long>().ShouldBe(9_000_000_000);
        await executor.Update("t1", "TASK_KILLED");
        await machine.Bus.Report(new("t1"), TaskState.Killed);
    }

    [Fact]
    public async Task Messages_go_both_ways()
    {
        await using var machine = new Machine(http: true);
        Launch(machine, Spec(), "t1");
        using var executor = await TestExecutor.Of(machine.Sandbox("e"));
        await executor.Subscribe();
        await executor.Next("LAUNCH");
        machine.Bus.Say(new MessageToExecutor(A1, Web, new("e"), "aGk="));
        (await executor.Next("MESSAGE"))["message"]!["data"]!.GetValue<string>().ShouldBe("aGk=");
        (await executor.Call("MESSAGE", "\"message\":{\"data\":\"eW8=\"}")).Status.ShouldBe(HttpStatusCode.Accepted);
        await RealTasks.Until(() => machine.Bus.Others.Contains(new MessageToFramework(A1, Web, new("e"), "eW8=")));
    }

    [Fact]
    public async Task An_executor_that_ends_takes_its_tasks_with_it()
    {
        await using var machine = new Machine(http: true);
        Launch(machine, Spec($"{TestExecutor.Command.Replace("while :;", "while [ ! -e go ];", StringComparison.Ordinal)}; exit 9"), "t1", "t2");
        using var executor = await TestExecutor.Of(machine.Sandbox("e"));
        await executor.Subscribe();
        File.WriteAllText(Path.Combine(machine.Sandbox("e"), "go"), "");
        foreach (var task in (string[])["t1", "t2"])
        {
            var update = (await machine.Bus.Report(new(task), TaskState.Failed)).Update;
            (update.Reason, update.Message, update.Source).ShouldBe(("REASON_EXECUTOR_TERMINATED", "Executor exited with status 9", "SOURCE_AGENT"));
        }
        await RealTasks.Until(() => End(machine) is not null);
        (End(machine)!.Status, End(machine)!.Run).ShouldBe((9 << 8, 1));

        machine.Bus.Command(number => new ForgetExecutor(number, Web, new("e"), 1));
        await RealTasks.Until(() => machine.Runtime.Executors.Find(new(Web, new("e"))) is null);
    }

    [Fact]
    public async Task An_executor_that_never_subscribes_is_given_up()
    {
        await using var machine = new Machine(http: true, new() { ExecutorRegistration = TimeSpan.FromSeconds(1) });
        Launch(machine, Spec("sleep 4246"), "t1");
        (await machine.Bus.Report(new("t1"), TaskState.Failed)).Update.Reason.ShouldBe("REASON_EXECUTOR_REGISTRATION_TIMEOUT");
        await RealTasks.Until(() => End(machine) is { Status: 9 });
    }

    [Fact]
    public async Task An_executor_that_ignores_SHUTDOWN_is_killed_after_its_grace_period()
    {
        await using var machine = new Machine(http: true);
        Launch(machine, Spec(graceSeconds: 1), "t1");
        using var executor = await TestExecutor.Of(machine.Sandbox("e"));
        await executor.Subscribe();
        await executor.Next("LAUNCH");
        machine.Bus.Command(number => new ShutdownExecutor(number, Web, new("e")));
        await executor.Next("SHUTDOWN");
        (await machine.Bus.Report(new("t1"), TaskState.Failed)).Update.Reason.ShouldBe("REASON_EXECUTOR_TERMINATED");
        (await executor.Next()).ShouldBeNull();
    }

    [Fact]
    public async Task An_executor_finds_its_secrets_in_its_environment()
    {
        await using var machine = new Machine(http: true);
        machine.Bus.Secrets = question => new(question.AgentId, question.Request,
            [new("db/password", 7, Bourse.Bus.Sealing.Seal(machine.Bus.Agent!.SealingKey, "s3cr3t"u8.ToArray(), "db/password|7|agent-1"))]);
        var spec = Spec();
        Launch(machine, spec with { Command = spec.Command! with { Environment = [new("TOKEN", null, "db/password")] } });
        using var executor = await TestExecutor.Of(machine.Sandbox("e"));
        executor["TOKEN"].ShouldBe("s3cr3t");
    }

    [Fact]
    public async Task An_executor_outlives_its_agent_and_hands_over_what_happened_meanwhile()
    {
        await using var machine = new Machine(http: true);
        Launch(machine, Spec(), "t1");
        using var executor = await TestExecutor.Of(machine.Sandbox("e"));
        await executor.Subscribe();
        await executor.Next("LAUNCH");
        await machine.Stop();
        (await executor.Next()).ShouldBeNull();
        machine.Start();
        var subscribed = await executor.Subscribe("""
            "subscribe":{"unacknowledged_tasks":[{"name":"t1","task_id":{"value":"t1"},"agent_id":{"value":"agent-1"}}],
            "unacknowledged_updates":[{"status":{"task_id":{"value":"t1"},"state":"TASK_RUNNING","source":"SOURCE_EXECUTOR","uuid":"AAAAAAAAAAAAAAAAAAAAAA=="}}]}
            """);
        subscribed["type"]!.GetValue<string>().ShouldBe("SUBSCRIBED");
        await executor.Next("ACKNOWLEDGED");
        await machine.Bus.Report(new("t1"), TaskState.Running);
        await executor.Update("t1", "TASK_FINISHED", "AQAAAAAAAAAAAAAAAAAAAA==");
        await machine.Bus.Report(new("t1"), TaskState.Finished);
    }

    [Fact]
    public async Task An_executor_that_does_not_come_back_to_its_agent_is_given_up()
    {
        await using var machine = new Machine(http: true, new() { ExecutorReregistration = TimeSpan.FromSeconds(1) });
        Launch(machine, Spec(), "t1");
        using var executor = await TestExecutor.Of(machine.Sandbox("e"));
        await executor.Subscribe();
        await executor.Next("LAUNCH");
        await machine.Stop();
        machine.Start();
        (await machine.Bus.Report(new("t1"), TaskState.Gone)).Update.Reason.ShouldBe("REASON_EXECUTOR_REREGISTRATION_TIMEOUT");
    }

    [Fact]
    public async Task Unusable_calls_are_refused()
    {
        await using var machine = new Machine(http: true);
        Launch(machine, Spec(), "t1");
        using var executor = await TestExecutor.Of(machine.Sandbox("e"));
        await executor.Subscribe();
        (await executor.Update("t1", "TASK_STAGING")).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await executor.Update("t1", "TASK_RUNNING", "AAAA")).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await executor.Call("UPDATE", "\"message\":{\"data\":\"\"}")).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await executor.Call("NONSENSE", "\"message\":{\"data\":\"\"}")).Status.ShouldBe(HttpStatusCode.BadRequest);
        (await executor.Call("HEARTBEAT", "\"message\":null")).Status.ShouldBe(HttpStatusCode.Accepted);
        machine.Bus.Reports.ShouldBeEmpty();
    }
}
