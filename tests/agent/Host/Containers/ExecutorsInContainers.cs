using Bourse.Agent.Host.Containers;
using Bourse.Agent.Host.Settings;
using Bourse.Contracts;
using Bourse.Contracts.Messages;
using static Bourse.Agent.Tests.Example;

namespace Bourse.Agent.Tests.Host.Containers;

/// <summary>Executors in containers of this machine's kernel, with the tasks they are handed.</summary>
public sealed class ExecutorsInContainers
{
    private const string Command = $"cd $MESOS_SANDBOX; {TestExecutor.Command}";
    private const int Run = 1;

    public ExecutorsInContainers() => Ground.NeedsContainers();

    [Fact]
    public async Task May_use_what_they_and_their_live_tasks_hold()
    {
        await using var machine = new Machine(http: true, containers: new ContainerSettings());
        var spec = Spec();
        Launch(machine, spec);
        using var executor = await TestExecutor.Of(machine.Sandbox("e"));
        MemoryMb(machine).ShouldBe(40);
        await executor.Subscribe();

        LaunchTask(machine, spec, "t1", memMb: 24);
        await executor.Next("LAUNCH");
        MemoryMb(machine).ShouldBe(64);
        LaunchTask(machine, spec, "t2", memMb: 100);
        await executor.Next("LAUNCH");
        MemoryMb(machine).ShouldBe(164);

        // The tasks are in the container of their executor, and their updates say so.
        await executor.Update("t2", "TASK_RUNNING");
        (await machine.Bus.Report(new("t2"), TaskState.Running)).Update.Container.ShouldNotBeNull().Id.ShouldStartWith("bourse-");
        await executor.Update("t2", "TASK_FINISHED", "AQAAAAAAAAAAAAAAAAAAAA==");
        await machine.Bus.Report(new("t2"), TaskState.Finished);
        await RealTasks.Until(() => MemoryMb(machine) == 64);
    }

    [Fact]
    public async Task Outlive_their_agent_and_grow_after_it()
    {
        await using var machine = new Machine(http: true, containers: new ContainerSettings());
        var spec = Spec();
        Launch(machine, spec);
        using var executor = await TestExecutor.Of(machine.Sandbox("e"));
        LaunchTask(machine, spec, "t1", memMb: 24);
        await executor.Subscribe();
        await executor.Next("LAUNCH");
        await machine.Stop();
        machine.Start();
        (await executor.Subscribe("""
            "subscribe":{"unacknowledged_tasks":[{"name":"t1","task_id":{"value":"t1"},"agent_id":{"value":"agent-1"}}]}
            """))["type"]!.GetValue<string>().ShouldBe("SUBSCRIBED");
        MemoryMb(machine).ShouldBe(64);
        LaunchTask(machine, spec, "t2", memMb: 100);
        await executor.Next("LAUNCH");
        MemoryMb(machine).ShouldBe(164);
    }

    [Fact]
    public async Task Reach_their_agent()
    {
        await using var machine = new Machine(http: true, containers: new ContainerSettings());
        const string Knock = "bash -c 'exec 3<>/dev/tcp/${MESOS_AGENT_ENDPOINT/://}' && echo reached > knocked; ";
        Launch(machine, Spec(Knock + Command));
        using var executor = await TestExecutor.Of(machine.Sandbox("e"));
        machine.Output("e", "knocked").ShouldBe("reached\n");
        MemoryMb(machine).ShouldBe(40);
    }

    [Fact]
    public async Task Over_their_memory_take_their_tasks_with_them_for_that()
    {
        await using var machine = new Machine(http: true, containers: new ContainerSettings());
        var spec = Spec($"({TestExecutor.Command}) & while [ ! -e go ]; do sleep 0.05; done; x=$(head -c 300000000 /dev/zero | tr '\\0' x); exit 1");
        Launch(machine, spec);
        using var executor = await TestExecutor.Of(machine.Sandbox("e"));
        await executor.Subscribe();
        LaunchTask(machine, spec, "t1", memMb: 24);
        await executor.Next("LAUNCH");
        File.WriteAllText(Path.Combine(machine.Sandbox("e"), "go"), "");
        var update = (await machine.Bus.Report(new("t1"), TaskState.Failed)).Update;
        (update.Reason, update.Limitation?.Name).ShouldBe(("REASON_CONTAINER_LIMITATION_MEMORY", "mem"));
    }

    [Fact]
    public async Task In_an_image_find_their_sandbox_and_agent()
    {
        await using var registry = await Registry.Start();
        await registry.Push("executor:1", "greeting", "hello\n", ["--config.env", "FROM_IMAGE=yes", "--config.env", "PATH=/bin"]);
        await using var machine = new Machine(http: true, containers: new ContainerSettings());
        var spec = Spec(container: new TaskContainer(Docker: true, new ContainerImage($"{registry.Address}/executor:1")));
        Launch(machine, spec);
        LaunchTask(machine, spec, "t1", memMb: 24);
        using var executor = await TestExecutor.Of(machine.Sandbox("e"));
        (executor["MESOS_SANDBOX"], executor["FROM_IMAGE"]).ShouldBe(("/mnt/mesos/sandbox", "yes"));
        await executor.Subscribe();
        await executor.Next("LAUNCH");
        MemoryMb(machine).ShouldBe(64);
    }

    [Fact]
    public async Task That_cannot_be_made_end_their_tasks()
    {
        await using var machine = new Machine(http: true, containers: new ContainerSettings { Isolation = Isolation.Plain });
        var spec = Spec();
        // Together: by itself the task could come when the executor has ended already.
        machine.Bus.Commands([Launching(spec), Launching(spec, "t1", memMb: 24)]);
        var update = (await machine.Bus.Report(new("t1"), TaskState.Failed)).Update;
        update.Reason.ShouldBe("REASON_CONTAINER_LAUNCH_FAILED");
        update.Message.ShouldNotBeNull().ShouldStartWith("This agent runs no containers");
    }

    private static ExecutorSpec Spec(string command = Command, TaskContainer? container = null) => new(
        new("e"), ExecutorKind.Custom, "an executor", Resources.Of(Resource.Of("cpus", 0.1), Resource.Of("mem", 40)), new(Shell: true, command),
        Container: container ?? new TaskContainer(Docker: false));

    private static void Launch(Machine machine, ExecutorSpec spec) => machine.Bus.Command(Launching(spec));

    private static void LaunchTask(Machine machine, ExecutorSpec spec, string task, double memMb) => machine.Bus.Command(Launching(spec, task, memMb));

    private static Func<long, AgentCommand> Launching(ExecutorSpec spec) =>
        number => new LaunchExecutor(number, Web, spec, new("fw", "", ["*"], [], TimeSpan.Zero, "web"));

    private static Func<long, AgentCommand> Launching(ExecutorSpec spec, string task, double memMb) =>
        number => new LaunchTask(number, Web, new(task), new(
            new(task), task, Resources.Of(Resource.Of("cpus", 0.1), Resource.Of("mem", memMb)), new(Shell: false, null), [], TimeSpan.FromSeconds(3),
            Executor: spec.Id), "web", "");

    private static long? MemoryMb(Machine machine) =>
        new Cgroups(File.ReadLines("/proc/self/mountinfo")).Read(new RuncPlaces(machine.Work).Cgroup(Run))?.MemoryLimitBytes >> 20;
}
