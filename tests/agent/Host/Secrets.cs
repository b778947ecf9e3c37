using System.Text;
using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Contracts.Messages;
using static Bourse.Agent.Tests.Example;

namespace Bourse.Agent.Tests.Host;

public sealed class Secrets
{
    private const string Value = "s3cr3t-of-the-test";

    private static Machine WithSecret(string context = "db/password|7|agent-1")
    {
        var machine = new Machine();
        machine.Bus.Secrets = question => new(question.AgentId, question.Request,
            [new("db/password", 7, Sealing.Seal(machine.Bus.Agent!.SealingKey, Encoding.UTF8.GetBytes(Value), context))]);
        return machine;
    }

    [Fact]
    public async Task Reach_a_task_by_variable_and_nothing_else_shows_them()
    {
        await using var machine = WithSecret();
        var task = machine.Launch("t", "echo \"$TOKEN\"; cat /proc/$PPID/cmdline; while [ ! -e go ]; do sleep 0.05; done", new Variable("TOKEN", null, "db/password"));
        await machine.Bus.Report(task, TaskState.Running);
        await RealTasks.Until(() => File.Exists(Path.Combine(machine.Sandbox("t"), "stdout")) && machine.Output("t").Contains("supervisor.sh", StringComparison.Ordinal));
        foreach (var directory in Directory.EnumerateDirectories("/proc").Where(path => int.TryParse(Path.GetFileName(path), out _)))
        {
            try
            {
                File.ReadAllText(Path.Combine(directory, "cmdline")).ShouldNotContain(Value);
            }
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException or IOException { HResult: 3 })
            {
                // It ended meanwhile.
            }
        }
        foreach (var file in Directory.EnumerateFiles(machine.Work, "*", SearchOption.AllDirectories).Where(path => Path.GetFileName(path) != "stdout"))
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            using var reader = new StreamReader(stream, Encoding.Latin1);
            reader.ReadToEnd().ShouldNotContain(Value, customMessage: file);
        }
        File.WriteAllText(Path.Combine(machine.Sandbox("t"), "go"), "");
        await machine.Bus.Report(task, TaskState.Finished);
        machine.Output("t").ShouldStartWith($"{Value}\n");
    }

    [Fact]
    public async Task Reach_a_task_by_a_file_only_it_can_read_which_goes_with_the_task()
    {
        await using var machine = WithSecret();
        var task = machine.Launch("t", new TaskCommand(true, "stat -c %a conf/token; cat conf/token"), [new("conf/token", "db/password")]);
        await machine.Bus.Report(task, TaskState.Finished);
        machine.Output("t").ShouldBe($"600\n{Value}");
        File.Exists(Path.Combine(machine.Sandbox("t"), "conf", "token")).ShouldBeFalse();
    }

    [Theory]
    [InlineData("../out")]
    [InlineData("/etc/out")]
    [InlineData("a/../../out")]
    [InlineData("stdout")]
    public async Task Never_leave_the_sandbox(string path)
    {
        await using var machine = WithSecret();
        var task = machine.Launch("t", new TaskCommand(true, "true"), [new(path, "db/password")]);
        (await machine.Bus.Report(task, TaskState.Failed)).Update.Message.ShouldStartWith($"'{path}' is not a path for a secret");
    }

    [Fact]
    public async Task Refused_fail_the_task_before_it_starts()
    {
        await using var machine = new Machine();
        machine.Bus.Secrets = question => new(question.AgentId, question.Request, [], Denied: "secret 'db/password' is not granted to 'web'");
        var task = machine.Launch("t", "echo ran", new Variable("TOKEN", null, "db/password"));
        var update = (await machine.Bus.Report(task, TaskState.Failed)).Update;
        update.Message.ShouldBe("Principal 'web' was refused a secret of the task: secret 'db/password' is not granted to 'web'");
        Directory.Exists(machine.Sandbox("t")).ShouldBeFalse();
    }

    [Fact]
    public async Task Sealed_for_something_else_fail_the_task()
    {
        await using var machine = WithSecret(context: "db/password|6|agent-1");
        var task = machine.Launch("t", "true", new Variable("TOKEN", null, "db/password"));
        (await machine.Bus.Report(task, TaskState.Failed)).Update.Message
            .ShouldBe("The value of secret 'db/password' could not be opened with this agent's key");
    }

    [Fact]
    public async Task Are_asked_for_again_until_the_service_knows_the_task()
    {
        await using var machine = WithSecret();
        var (answer, asked) = (machine.Bus.Secrets!, 0);
        machine.Bus.Secrets = question => ++asked < 3 ? new(question.AgentId, question.Request, [], TryLater: true) : answer(question);
        await machine.Bus.Report(machine.Launch("t", "true", new Variable("TOKEN", null, "db/password")), TaskState.Finished);
        asked.ShouldBe(3);
    }

    [Fact]
    public async Task Are_sealed_to_a_key_that_outlives_the_agent_and_only_its_user_can_read()
    {
        await using var machine = WithSecret();
        await machine.Bus.End(machine.Launch("t", "true"));
        var first = machine.Bus.Agent!.SealingKey;
        File.GetUnixFileMode(Path.Combine(machine.Work, "key.pem")).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await machine.Stop();
        machine.Start();
        await RealTasks.Until(() => machine.Bus.Hellos.Any(hello => hello.Incarnation == 2));
        machine.Bus.Agent!.SealingKey.ShouldBe(first);
    }
}
