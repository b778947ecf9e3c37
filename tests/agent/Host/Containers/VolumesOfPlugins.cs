using Bourse.Agent.Host.Settings;
using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Contracts.Messages;

namespace Bourse.Agent.Tests.Host.Containers;

/// <summary>Volumes of a CSI plugin, really mounted by a driver that the test starts, in real containers.</summary>
public sealed class VolumesOfPlugins
{
    private static readonly string[] Given = ["ControllerPublishVolume v1", "NodeStageVolume v1", "NodePublishVolume v1"];
    private static readonly string[] TakenBack = ["NodeUnpublishVolume v1", "NodeUnstageVolume v1", "ControllerUnpublishVolume v1"];

    [Fact]
    public async Task Are_given_before_the_task_and_taken_back_after_it()
    {
        Ground.NeedsContainers();
        await using var driver = new CsiDriver("v1");
        await using var machine = new Machine(With(driver));
        await machine.Bus.End(machine.Launch(Ground.Shell("t", "echo kept >data/file", Mounting("v1"))));
        driver.Calls.ShouldBe([.. Given, .. TakenBack]);
        File.ReadAllText(Path.Combine(driver.DirectoryOf("v1"), "file")).ShouldBe("kept\n");
        await machine.Bus.End(machine.Launch(Ground.Shell("u", "cat /elsewhere/file; echo more >/elsewhere/new", Mounting("v1", "/elsewhere", readOnly: true))));
        (machine.Output("u"), File.Exists(Path.Combine(driver.DirectoryOf("v1"), "new"))).ShouldBe(("kept\n", false));
        NothingIsLeft(machine, driver);
    }

    [Fact]
    public async Task Are_staged_once_for_all_who_share_them_and_until_the_last()
    {
        Ground.NeedsContainers();
        await using var driver = new CsiDriver("v1");
        await using var machine = new Machine(With(driver));
        var holder = machine.Launch(Ground.Shell("t", "while [ ! -e data/go ]; do sleep 0.05; done", Mounting("v1")));
        await machine.Bus.Report(holder, TaskState.Running);
        await machine.Bus.Report(machine.Launch(Ground.Shell("u", "echo seen >data/seen", Mounting("v1"))), TaskState.Finished);
        driver.Calls.Count(call => call == "NodeUnstageVolume v1").ShouldBe(0);
        await machine.Bus.Report(machine.Launch(Ground.Shell("v", "cat data/seen; touch data/go", Mounting("v1"))), TaskState.Finished);
        await machine.Bus.Report(holder, TaskState.Finished);
        machine.Output("v").ShouldBe("seen\n");
        driver.Calls.Count(call => call == "NodePublishVolume v1").ShouldBe(3);
        driver.Calls.Count(call => call == "NodeUnstageVolume v1").ShouldBe(1);
        NothingIsLeft(machine, driver);
    }

    [Fact]
    public async Task Get_their_secrets_and_say_what_is_wrong_with_them()
    {
        Ground.NeedsContainers();
        await using var driver = new CsiDriver("v1");
        await using var machine = new Machine(With(driver));
        var key = "wrong";
        machine.Bus.Secrets = question => new(question.AgentId, question.Request, question.Secrets.Select(name => new SealedSecret(name, 1, Sealing.Seal(
            machine.Bus.Agent!.SealingKey, System.Text.Encoding.UTF8.GetBytes(key), SealingContexts.Give(name, 1, question.AgentId)))).ToValueList());
        var mounting = new TaskContainer(Docker: false, Volumes:
        [
            new("data", ReadOnly: false, Csi: new("disks", "v1", "SINGLE_NODE_WRITER", Context: [new("locked", "yes")], StageSecrets: [new("key", "disk-key")])),
        ]);
        var refused = (await machine.Bus.Report(machine.Launch(Ground.Shell("t", "true", mounting)), TaskState.Failed)).Update;
        refused.Message.ShouldBe("Volume 'data': CSI plugin 'disks' says Unauthenticated: the key is wrong");
        NothingIsLeft(machine, driver);
        key = "open sesame";
        await machine.Bus.Report(machine.Launch(Ground.Shell("u", "echo x >data/x", mounting)), TaskState.Finished);
        NothingIsLeft(machine, driver);
        foreach (var file in Directory.EnumerateFiles(machine.Work, "*", SearchOption.AllDirectories).Where(file => !file.Contains("checkpoint", StringComparison.Ordinal)))
            File.ReadAllText(file).ShouldNotContain(key);
    }

    [Fact]
    public async Task Fail_the_task_where_there_is_no_such_plugin_or_none_that_answers()
    {
        Ground.NeedsContainers();
        await using var driver = new CsiDriver("v1");
        await using var machine = new Machine(With(driver) with { Csi = new Dictionary<string, string> { ["disks"] = driver.Socket, ["away"] = "/nonexistent/csi.sock" } });
        (await Said("none", "v1")).ShouldBe("Volume 'data': this agent has no CSI plugin 'none' (Bourse__Agent__Csi__none)");
        (await Said("disks", "v2")).ShouldBe("Volume 'data': CSI plugin 'disks' says NotFound: no volume v2");
        (await Said("away", "v1")).ShouldNotBeNull().ShouldStartWith("Volume 'data': CSI plugin 'away' says Unavailable");
        NothingIsLeft(machine, driver);

        async Task<string?> Said(string plugin, string volume) => (await machine.Bus.Report(machine.Launch(Ground.Shell(
            plugin, "true", new(Docker: false, Volumes: [new("data", ReadOnly: false, Csi: new(plugin, volume, "SINGLE_NODE_WRITER"))]))), TaskState.Failed)).Update.Message;
    }

    [Fact]
    public async Task Outlast_the_agent_and_are_taken_back_by_the_next_one()
    {
        Ground.NeedsContainers();
        await using var driver = new CsiDriver("v1", "v2");
        await using var machine = new Machine(With(driver));
        var (over, going) = (
            machine.Launch(Ground.Shell("t", "while [ ! -e data/go ]; do sleep 0.05; done; echo over >data/over", Mounting("v1"))),
            machine.Launch(Ground.Shell("u", "while [ ! -e data/go ]; do sleep 0.05; done; echo over >data/over", Mounting("v2"))));
        await machine.Bus.Report(over, TaskState.Running);
        await machine.Bus.Report(going, TaskState.Running);
        await machine.Stop();
        File.WriteAllText(Path.Combine(driver.DirectoryOf("v1"), "go"), "");
        await RealTasks.Until(() => File.Exists(Path.Combine(driver.DirectoryOf("v1"), "over")));
        // The first attempt of the next agent fails; its notes make the one after that try again.
        driver.Faulty = call => call == "NodeUnstageVolume";
        machine.Start();
        await machine.Bus.Report(over, TaskState.Finished);
        (driver.InUse("v1"), driver.InUse("v2")).ShouldBe((true, true));
        driver.Faulty = _ => false;
        await machine.Stop();
        machine.Start();
        await RealTasks.Until(() => !driver.InUse("v1"));
        driver.InUse("v2").ShouldBeTrue();
        File.WriteAllText(Path.Combine(driver.DirectoryOf("v2"), "go"), "");
        await machine.Bus.Report(going, TaskState.Finished);
        driver.InUse("v2").ShouldBeFalse();
        NothingIsLeft(machine, driver);
    }

    [Fact]
    public async Task Are_for_containers_of_a_docker_engine_too()
    {
        using var engine = Engine.Start();
        await using var driver = new CsiDriver("v1");
        File.SetUnixFileMode(driver.DirectoryOf("v1"), (UnixFileMode)0b111_111_111);
        await using var machine = new Machine(Engine.Used with { Csi = With(driver).Csi });
        await machine.Bus.End(machine.Launch(engine.Shell("t", "echo kept >/data/file", Mounting("v1", "/data"))));
        File.ReadAllText(Path.Combine(driver.DirectoryOf("v1"), "file")).ShouldBe("kept\n");
        driver.Calls.ShouldBe([.. Given, .. TakenBack]);
        NothingIsLeft(machine, driver);
    }

    private static ContainerSettings With(CsiDriver driver) => new() { Csi = new Dictionary<string, string> { ["disks"] = driver.Socket } };

    private static TaskContainer Mounting(string volume, string path = "data", bool readOnly = false) =>
        new(Docker: false, Volumes: [new(path, readOnly, Csi: new("disks", volume, "SINGLE_NODE_WRITER"))]);

    private static void NothingIsLeft(Machine machine, CsiDriver driver)
    {
        driver.Violations.ShouldBeEmpty();
        driver.InUse("v1").ShouldBeFalse();
        File.ReadAllText("/proc/self/mountinfo").ShouldNotContain(machine.Work);
        var kept = Path.Combine(machine.Work, "csi");
        (Directory.Exists(kept) ? Directory.EnumerateFileSystemEntries(kept) : []).ShouldBeEmpty();
    }
}
