using Bourse.Contracts;
using Bourse.Contracts.Messages;
using static Bourse.Agent.Tests.Example;

namespace Bourse.Agent.Tests.Host;

public sealed class SurvivingTheAgent
{
    private const string UntilAllowed = "echo start; while [ ! -e go ]; do sleep 0.05; done; exit 7";

    [Fact]
    public async Task A_task_runs_on_and_ends_with_its_true_exit_code()
    {
        await using var machine = new Machine();
        var task = machine.Launch("t", UntilAllowed);
        await machine.Bus.Report(task, TaskState.Running);
        await machine.Stop();
        machine.Start();
        await RealTasks.Until(() => machine.Bus.Hellos.Any(hello => hello.Incarnation == 2));
        File.WriteAllText(Path.Combine(machine.Sandbox("t"), "go"), "");
        (await machine.Bus.Report(task, TaskState.Failed)).Update.Message.ShouldBe("Command exited with status 7");
        machine.Output("t").ShouldBe("start\n");
    }

    [Fact]
    public async Task A_task_that_ended_meanwhile_is_reported_with_its_true_exit_code()
    {
        await using var machine = new Machine();
        var task = machine.Launch("t", UntilAllowed);
        await machine.Bus.Report(task, TaskState.Running);
        await machine.Stop();
        File.WriteAllText(Path.Combine(machine.Sandbox("t"), "go"), "");
        // A task runs once its supervisor does, which may not have come to its first line yet.
        var run = Path.Combine(machine.Work, "runs", "1");
        await RealTasks.Until(() => File.Exists(run) && File.ReadAllText(run).Contains("exit 7", StringComparison.Ordinal));
        machine.Start();
        (await machine.Bus.Report(task, TaskState.Failed)).Update.Message.ShouldBe("Command exited with status 7");
    }

    [Fact]
    public async Task A_task_can_be_killed_by_the_next_agent()
    {
        await using var machine = new Machine();
        var task = machine.Launch("t", "exec sleep 4245");
        await machine.Bus.Report(task, TaskState.Running);
        await machine.Stop();
        machine.Bus.Command(number => new KillTask(number, Web, task, null));
        machine.Start();
        (await machine.Bus.Report(task, TaskState.Killed)).Update.Message.ShouldBe("Command terminated with signal Terminated");
    }

    [Fact]
    public async Task An_unacknowledged_update_is_sent_again()
    {
        await using var machine = new Machine();
        var task = machine.Launch("t", "exit 3");
        var first = await machine.Bus.Report(task, TaskState.Failed);
        await machine.Stop();
        machine.Start();
        await RealTasks.Until(() => machine.Bus.Hellos.Any(hello => hello.Tasks is { Count: 1 } && hello.Incarnation == 2));
        machine.Bus.Acknowledges.ShouldBeFalse();
        machine.Bus.Command(number => new ForgetUpdate(number, Web, task, first.Update.Uuid!));
        machine.Bus.Command(number => new ForgetUpdate(number, Web, task, machine.Bus.Reports[0].Update.Uuid!));
        await RealTasks.Until(() => machine.Bus.LastConfirmed == 3);
    }

    [Fact]
    public async Task Two_agents_cannot_share_a_directory()
    {
        await using var machine = new Machine();
        Should.Throw<InvalidOperationException>(machine.Start).Message.ShouldContain("in use");
    }
}
