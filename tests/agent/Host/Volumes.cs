using Bourse.Agent.Host.Sandboxes;
using Bourse.Agent.Host.Settings;
using Bourse.Contracts;
using Bourse.Contracts.Messages;
using static Bourse.Agent.Tests.Example;

namespace Bourse.Agent.Tests.Host;

public sealed class Volumes : IDisposable
{
    private readonly string disks = Directory.CreateTempSubdirectory("bourse-disks-").FullName;

    public void Dispose() => Directory.Delete(disks, recursive: true);

    private static Resource Volume(string path = "data", Disk? disk = null) => Resource.Of("disk", 10) with
    {
        Reservations = [new("web/ui", true)],
        Disk = (disk ?? new Disk()) with { PersistenceId = "v1", ContainerPath = path },
    };

    private static void Keep(Machine machine, params Resource[] kept) => machine.Bus.Command(number => new KeepResources(number, Resources.Of(kept)));

    private static Task<TaskReported> Run(Machine machine, string id, string shell, Resource volume)
    {
        machine.Bus.Command(number =>
        {
            var launch = Machine.LaunchOf(number, id, new TaskCommand(Shell: true, shell), []);
            return launch with { Spec = launch.Spec with { Resources = Resources.Of(volume) } };
        });
        return machine.Bus.End(new(id));
    }

    [Fact]
    public async Task Outlive_their_tasks_and_the_agent_and_end_when_destroyed()
    {
        await using var machine = new Machine();
        Keep(machine, Volume("state/data"));
        (await Run(machine, "writes", "echo kept > state/data/file", Volume("state/data"))).Update.State.ShouldBe(TaskState.Finished);
        await machine.Stop();
        machine.Start();
        (await Run(machine, "reads", "cat state/data/file", Volume("state/data"))).Update.State.ShouldBe(TaskState.Finished);
        machine.Output("reads").ShouldBe("kept\n");

        Keep(machine);
        Keep(machine, Volume());
        await Run(machine, "looks", "ls data | wc -l", Volume());
        machine.Output("looks").Trim().ShouldBe("0");
    }

    [Fact]
    public async Task Lie_on_the_disk_they_were_made_of()
    {
        var (path, mount) = (Directory.CreateDirectory(Path.Combine(disks, "path")).FullName, Directory.CreateDirectory(Path.Combine(disks, "mount")).FullName);
        File.WriteAllText(Path.Combine(mount, "left"), "by somebody else");
        await using var machine = new Machine();
        var (onPath, onMount) = (Volume(disk: new(SourceType: "PATH", SourceRoot: path)), Volume(disk: new(SourceType: "MOUNT", SourceRoot: mount)));
        Keep(machine, onPath, onMount);
        await Run(machine, "one", "touch data/a; ls data", onPath);
        await Run(machine, "two", "touch data/b; ls data", onMount);
        (machine.Output("one"), machine.Output("two")).ShouldBe(("a\n", "b\n"));
        File.Exists(Path.Combine(path, "volumes/roles/web/ui/v-v1/a")).ShouldBeTrue();
        File.Exists(Path.Combine(mount, "b")).ShouldBeTrue();
    }

    [Theory]
    [InlineData("../up")]
    [InlineData("/etc")]
    [InlineData("")]
    public async Task Are_not_put_outside_of_the_sandbox(string path)
    {
        await using var machine = new Machine();
        var report = await Run(machine, "t", "true", Volume(path));
        (report.Update.State, report.Update.Reason).ShouldBe((TaskState.Failed, "REASON_CONTAINER_LAUNCH_FAILED"));
    }

    [Fact]
    public void Of_a_mount_leave_the_mount_itself()
    {
        var work = new WorkDirectory(Path.Combine(disks, "work"));
        var volumes = new VolumeDirectories(work);
        var mount = Directory.CreateDirectory(Path.Combine(disks, "m")).FullName;
        var volume = Resources.Of(Volume(disk: new(SourceType: "MOUNT", SourceRoot: mount)));
        volumes.Change(Resources.None, volume);
        File.WriteAllText(Path.Combine(mount, "data"), "secret");
        volumes.Change(volume, Resources.None);
        volumes.DeleteRemains();
        Directory.EnumerateFileSystemEntries(mount).ShouldBeEmpty();
    }

    [Fact]
    public void A_disk_of_its_own_is_configured_in_the_JSON_form() =>
        ResourcesText.Parse("""
            [{"name":"cpus","type":"SCALAR","scalar":{"value":2},"reservations":[{"type":"STATIC","role":"a"},{"type":"STATIC","role":"a/b"}]},
             {"name":"disk","type":"SCALAR","scalar":{"value":500},"disk":{"source":{"type":"MOUNT","mount":{"root":"/mnt/d"}}}},
             {"name":"ports","type":"RANGES","ranges":{"range":[{"begin":1,"end":2}]},"role":"*"}]
            """).ShouldBe(Resources.Of(
            Resource.Of("cpus", 2) with { Reservations = [new("a", false), new("a/b", false)] },
            Resource.Of("disk", 500) with { Disk = new Disk(SourceType: "MOUNT", SourceRoot: "/mnt/d") },
            Resource.Of("ports", new Interval(1, 2))));
}
