using System.Text;
using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Contracts.Messages;

namespace Bourse.Agent.Tests.Host.Containers;

public sealed class TasksWithVolumes : IDisposable
{
    private readonly string directory = Directory.CreateTempSubdirectory("bourse-volume-").FullName;

    public TasksWithVolumes()
    {
        Ground.NeedsContainers();
        Directory.CreateDirectory(Path.Combine(directory, "allowed"));
        Directory.CreateDirectory(Path.Combine(directory, "forbidden"));
        File.WriteAllText(Path.Combine(directory, "allowed", "file"), "of the machine\n");
    }

    public void Dispose() => Directory.Delete(directory, recursive: true);

    [Fact]
    public async Task See_paths_of_the_machine_that_are_allowed_and_change_them_only_if_they_may()
    {
        await using var machine = new Machine(Ground.Always with { HostPaths = [Path.Combine(directory, "allowed")] });
        var container = new TaskContainer(Docker: false, Volumes: [new("own", ReadOnly: true, HostPath: Path.Combine(directory, "allowed")), new("/mnt", ReadOnly: false, HostPath: Path.Combine(directory, "allowed"))]);
        await machine.Bus.End(machine.Launch(Ground.Shell("t", "cat own/file; touch own/new; echo $?; touch /mnt/new; echo $?", container)));
        machine.Output("t").ShouldBe("of the machine\n1\n0\n");
        File.Exists(Path.Combine(directory, "allowed", "new")).ShouldBeTrue();
    }

    [Theory]
    [InlineData("forbidden")]
    [InlineData("allowed/link")]
    public async Task Are_refused_paths_that_are_not_allowed(string path)
    {
        Directory.CreateSymbolicLink(Path.Combine(directory, "allowed", "link"), Path.Combine(directory, "forbidden"));
        await using var machine = new Machine(Ground.Always with { HostPaths = [Path.Combine(directory, "allowed")] });
        var task = machine.Launch(Ground.Shell("t", "true", new(Docker: false, Volumes: [new("own", ReadOnly: false, HostPath: Path.Combine(directory, path))])));
        (await machine.Bus.Report(task, TaskState.Failed)).Update.Message.ShouldNotBeNull().ShouldContain("may not be mounted on this agent");
    }

    [Fact]
    public async Task Have_parts_of_their_sandbox_elsewhere()
    {
        await using var machine = new Machine(Ground.Always);
        await machine.Bus.End(machine.Launch(Ground.Shell("t", "echo x > /srv/file; cat data/file; id -un", new(Docker: false, Volumes: [new("/srv", ReadOnly: false, SandboxPath: "data")]), user: "nobody")));
        machine.Output("t").ShouldBe("x\nnobody\n");
    }

    [Fact]
    public async Task Have_their_secrets_in_memory_only_and_only_while_they_run()
    {
        await using var machine = new Machine(Ground.Always);
        const string value = "s3cret-of-the-test";
        machine.Bus.Secrets = question => new(question.AgentId, question.Request,
            question.Secrets.Select(name => new SealedSecret(name, 1, Sealing.Seal(machine.Bus.Agent!.SealingKey, Encoding.UTF8.GetBytes(value), SealingContexts.Give(name, 1, question.AgentId)))).ToValueList());
        var spec = Ground.Shell("t", "cat etc/cert /run/key; stat -f -c %T etc/cert; stat -c %a:%U etc/cert; while [ ! -e go ]; do sleep 0.05; done", user: "nobody")
            with { SecretFiles = [new("etc/cert", "cert"), new("/run/key", "key")] };
        var task = machine.Launch(spec);
        await machine.Bus.Report(task, TaskState.Running);
        await RealTasks.Until(() => File.Exists(Path.Combine(machine.Sandbox("t"), "stdout")) && machine.Output("t").EndsWith("nobody\n", StringComparison.Ordinal));
        machine.Output("t").ShouldBe($"{value}{value}tmpfs\n600:nobody\n");
        File.ReadAllText(Path.Combine(machine.Sandbox("t"), "etc/cert")).ShouldBeEmpty();
        File.WriteAllText(Path.Combine(machine.Sandbox("t"), "go"), "");
        await machine.Bus.Report(task, TaskState.Finished);
        var memory = $"/dev/shm/{new Agent.Host.Containers.RuncPlaces(machine.Work).Prefix.TrimEnd('-')}";
        Directory.EnumerateFileSystemEntries(memory).ShouldBeEmpty();
    }
}
