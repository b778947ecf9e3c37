using System.Diagnostics;
using Bourse.Agent.Host.Processes;
using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Contracts.Messages;
using static Bourse.Agent.Tests.Example;

namespace Bourse.Agent.Tests.Host;

public sealed class RealTasks
{
    [Fact]
    public async Task Run_finish_and_leave_their_output()
    {
        await using var machine = new Machine();
        var task = machine.Launch("t", "echo out; echo err >&2; pwd");
        (await machine.Bus.Report(task, TaskState.Running)).Update.Source.ShouldBe("SOURCE_EXECUTOR");
        (await machine.Bus.Report(task, TaskState.Finished)).Update.ExitCode.ShouldBe(0);
        machine.Output("t").ShouldBe($"out\n{machine.Sandbox("t")}\n");
        machine.Output("t", "stderr").ShouldBe("err\n");
    }

    [Theory]
    [InlineData("exit 3", 3, "Command exited with status 3")]
    [InlineData("exit 137", 137, "Command exited with status 137")]
    [InlineData("kill -KILL $$", null, "Command terminated with signal Killed")]
    [InlineData("kill -SEGV $$", null, "Command terminated with signal Segmentation fault")]
    [InlineData("/no/such/program", 127, "Command exited with status 127")]
    public async Task Fail_with_their_true_exit_status(string shell, int? code, string message)
    {
        await using var machine = new Machine();
        var update = (await machine.Bus.Report(machine.Launch("t", shell), TaskState.Failed)).Update;
        (update.ExitCode, update.Message).ShouldBe((code, message));
    }

    [Fact]
    public async Task Get_the_argv_they_name()
    {
        await using var machine = new Machine();
        await machine.Bus.End(machine.Launch("t", new TaskCommand(false, "/bin/sh", ["my name", "-c", "echo \"$0|$1\"; tr '\\0' '|' </proc/$$/cmdline", "a b", "c*"]), []));
        machine.Output("t").ShouldStartWith("a b|c*\nmy name|-c|");
    }

    [Fact]
    public async Task Get_their_own_environment_and_nothing_of_the_agents()
    {
        Environment.SetEnvironmentVariable("BOURSE_TEST_OF_THE_AGENT", "must not be seen");
        await using var machine = new Machine();
        await machine.Bus.End(machine.Launch("a b%/ü".Replace("/", ""), "env | sort", new Variable("GREETING", "hello $X")));
        var lines = machine.Output("a%20b%25%C3%BC").Split('\n');
        lines.ShouldContain("GREETING=hello $X");
        lines.ShouldContain("BOURSE_TASK_ID=a b%ü");
        lines.ShouldContain("MESOS_TASK_ID=a b%ü");
        lines.ShouldContain("MESOS_FRAMEWORK_ID=web-0001");
        lines.ShouldContain($"MESOS_SANDBOX={machine.Sandbox("a%20b%25%C3%BC")}");
        lines.ShouldNotContain(line => line.StartsWith("BOURSE_TEST", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Are_killed_by_TERM_before_their_grace_period_ends()
    {
        await using var machine = new Machine();
        var task = machine.Launch("t", "trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.05; done");
        await Until(() => File.Exists(Path.Combine(machine.Sandbox("t"), "stdout")) && machine.Output("t").Length > 0);
        machine.Bus.Command(number => new KillTask(number, Web, task, null));
        (await machine.Bus.Report(task, TaskState.Killed)).Update.Message.ShouldBe("Command exited with status 0");
        machine.Output("t").ShouldBe("ready\nbye\n");
    }

    [Fact]
    public async Task Are_killed_by_KILL_when_they_ignore_TERM_with_everything_they_started()
    {
        await using var machine = new Machine();
        var task = machine.Launch("t", "trap '' TERM; setsid sleep 4242 & sleep 4242 & echo $$; wait; sleep 4242");
        await Until(() => File.Exists(Path.Combine(machine.Sandbox("t"), "stdout")) && machine.Output("t").Length > 0);
        var pid = int.Parse(machine.Output("t"), System.Globalization.CultureInfo.InvariantCulture);
        var session = ProcessTable.Look(pid)!.Session;
        machine.Bus.Command(number => new KillTask(number, Web, task, TimeSpan.FromMilliseconds(300)));
        (await machine.Bus.Report(task, TaskState.Killed)).Update.Message.ShouldBe("Command terminated with signal Killed");
        await Until(() => !ProcessTable.All().Any(entry => entry is { Dead: false } && entry.Session == session));
    }

    [Fact]
    public async Task Leave_nothing_running_behind_them()
    {
        await using var machine = new Machine();
        await machine.Bus.End(machine.Launch("t", "sleep 4243 & echo $!; exit 0"));
        var left = int.Parse(machine.Output("t"), System.Globalization.CultureInfo.InvariantCulture);
        await Until(() => ProcessTable.Look(left) is null or { Dead: true });
    }

    public static bool IsRoot => Environment.IsPrivilegedProcess;

    [Fact(SkipUnless = nameof(IsRoot), Skip = "only root can run tasks as another user")]
    public async Task Run_as_the_user_they_name()
    {
        await using var machine = new Machine();
        await machine.Bus.Report(machine.Launch("t", new TaskCommand(true, "id -un; echo mine > file", User: "nobody"), []), TaskState.Finished);
        machine.Output("t").ShouldBe("nobody\n");
        machine.Output("t", "file").ShouldBe("mine\n");
    }

    [Fact(SkipUnless = nameof(IsRoot), Skip = "only root can run tasks as another user")]
    public async Task Fail_when_that_user_does_not_exist()
    {
        await using var machine = new Machine();
        var task = machine.Launch("t", new TaskCommand(true, "true", User: "no-such-user"), []);
        (await machine.Bus.Report(task, TaskState.Failed)).Update.Message.ShouldBe("User 'no-such-user' does not exist on this agent");
    }

    [Fact]
    public async Task That_cannot_be_started_say_why()
    {
        await using var machine = new Machine();
        var task = machine.Launch("t", new TaskCommand(Shell: false, null), []);
        var update = (await machine.Bus.Report(task, TaskState.Failed)).Update;
        (update.Reason, update.Message).ShouldBe(("REASON_CONTAINER_LAUNCH_FAILED", "The command names nothing to run (command.value)"));
    }

    [Fact]
    public async Task Fail_when_their_supervisor_is_killed_and_take_their_processes_along()
    {
        await using var machine = new Machine();
        var task = machine.Launch("t", "echo $$; exec sleep 4244");
        await machine.Bus.Report(task, TaskState.Running);
        await Until(() => File.Exists(Path.Combine(machine.Sandbox("t"), "stdout")) && machine.Output("t").Length > 0);
        var pid = int.Parse(machine.Output("t"), System.Globalization.CultureInfo.InvariantCulture);
        Native.Kill(ProcessTable.Look(pid)!.Session, Native.SigKill).ShouldBe(0);
        (await machine.Bus.Report(task, TaskState.Failed)).Update.Reason.ShouldBe("REASON_EXECUTOR_TERMINATED");
        await Until(() => ProcessTable.Look(pid) is null or { Dead: true });
    }

    [Fact]
    public async Task Are_forgotten_when_all_is_acknowledged_and_their_commands_confirmed()
    {
        await using var machine = new Machine();
        machine.Bus.Acknowledges = true;
        await machine.Bus.End(machine.Launch("t", "true"));
        await Until(() => machine.Bus.LastConfirmed == 3);
        machine.Bus.Reconnect();
        await Until(() => machine.Bus.Hellos.Any(hello => hello.Tasks is { Count: 0 } && hello.LastCommand == 3));
        Directory.Exists(machine.Sandbox("t")).ShouldBeTrue();
    }

    /// <summary>Things the system does in its own time, such as reaping: looked at until they are so.</summary>
    internal static async Task Until(Func<bool> condition, Func<string>? instead = null)
    {
        var patience = Stopwatch.StartNew();
        while (!condition())
        {
            patience.Elapsed.ShouldBeLessThan(Patience.Of(15), instead?.Invoke());
            await Task.Delay(20);
        }
    }
}
