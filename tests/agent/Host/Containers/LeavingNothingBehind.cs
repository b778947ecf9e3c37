using Bourse.Agent.Host.Containers;
using Bourse.Agent.Host.Containers.Networks;
using Bourse.Agent.Host.Processes;
using Bourse.Contracts;
using Bourse.Contracts.Messages;

namespace Bourse.Agent.Tests.Host.Containers;

public sealed class LeavingNothingBehind
{
    private const int Many = 1000;
    private const int AtOnce = 20;

    [Fact]
    public async Task A_thousand_short_tasks_leave_no_process_group_mount_network_allocation_or_descriptor()
    {
        await using var networks = new Networks();
        await using var machine = new Machine(networks.Settings with { Isolation = Agent.Host.Settings.Isolation.Always });
        machine.Bus.Acknowledges = true;
        // The first ones make what is made once: chains, bridges, the agent's own group.
        await Run(machine, -AtOnce, 0);
        await Quiet(machine);
        var (before, pipes) = (Count(machine, networks), Pipes());
        await Run(machine, 0, Many);
        await Quiet(machine);
        var after = Count(machine, networks);
        after.ShouldBe(before);
        // Tests beside this one have some for a moment; a thousand tasks that left theirs would show.
        Pipes().ShouldBeLessThan(pipes + 50);
        after.ShouldStartWith("containers 0, groups 0, namespaces 0, addresses 0, supervisors 0");
    }

    [Fact]
    public async Task An_agent_that_comes_back_goes_on_with_its_containers_and_removes_those_of_no_task()
    {
        await using var networks = new Networks();
        await using var machine = new Machine(networks.Settings);
        var joined = new TaskContainer(Docker: false, Network: NetworkMode.Joined, Networks: [new("blue")]);
        var kept = machine.Launch(Ground.Shell("kept", "echo start; while [ ! -e go ]; do sleep 0.05; done; exit 7", joined));
        var state = (await machine.Bus.Report(kept, TaskState.Running)).Update.Container.ShouldNotBeNull();
        var orphan = machine.Launch(Ground.Shell("orphan", "sleep 4280", joined));
        var id = (await machine.Bus.Report(orphan, TaskState.Running)).Update.Container!.Id;
        networks.GivenOut.Count().ShouldBe(2);

        await machine.Stop();
        Forget(machine.Work, run: 2);
        machine.Start();
        await RealTasks.Until(() => machine.Bus.Hellos.Any(hello => hello.Incarnation == 2));
        CniNetworks.Named(id).ShouldBeEmpty();
        networks.GivenOut.Count().ShouldBe(1);
        Directory.Exists(Path.Combine(machine.Work, "containers", "2")).ShouldBeFalse();
        ProcessTable.All().ShouldNotContain(process => File.Exists($"/proc/{process.Identity.Pid}/cmdline") && Says(process.Identity.Pid, "sleep\u00004280"));

        File.WriteAllText(Path.Combine(machine.Sandbox("kept"), "go"), "");
        var end = (await machine.Bus.Report(kept, TaskState.Failed)).Update;
        (end.ExitCode, end.Container).ShouldBe((7, state));
        machine.Output("kept").ShouldBe("start\n");
    }

    [Fact]
    public async Task A_container_that_ran_out_of_memory_while_the_agent_was_away_is_reported_as_that()
    {
        Ground.NeedsContainers();
        await using var machine = new Machine(Ground.Always);
        var task = machine.Launch(Ground.Shell("t", "while [ ! -e go ]; do sleep 0.05; done; x=$(head -c 300000000 /dev/zero | tr '\\0' x); echo ${#x}", memMb: 48));
        await machine.Bus.Report(task, TaskState.Running);
        await machine.Stop();
        File.WriteAllText(Path.Combine(machine.Sandbox("t"), "go"), "");
        await RealTasks.Until(() => File.ReadAllText(Path.Combine(machine.Work, "runs", "1")).Contains("exit", StringComparison.Ordinal));
        machine.Start();
        (await machine.Bus.Report(task, TaskState.Failed)).Update.Reason.ShouldBe("REASON_CONTAINER_LIMITATION_MEMORY");
    }

    [Fact]
    public async Task Notes_that_a_loss_of_power_cut_short_are_no_reason_to_keep_a_container()
    {
        Ground.NeedsContainers();
        await using var machine = new Machine(Ground.Always);
        var task = machine.Launch(Ground.Shell("t", "sleep 4290"));
        var id = (await machine.Bus.Report(task, TaskState.Running)).Update.Container!.Id;
        var places = new RuncPlaces(machine.Work);
        await RealTasks.Until(() => places.HasState(id) && !places.HasUnreadableState(id));
        await machine.Stop();
        File.WriteAllText(Path.Combine(places.State, id, "state.json"), "");
        _ = Native.Kill(-RunFile.Read(Path.Combine(machine.Work, "runs", "1"))!.Supervisor!.Pid, Native.SigKill);
        machine.Start();
        (await machine.Bus.Report(task, TaskState.Failed)).Update.Reason.ShouldBe("REASON_EXECUTOR_TERMINATED");
        places.HasState(id).ShouldBeFalse();
        ProcessTable.All().ShouldNotContain(process => Says(process.Identity.Pid, "sleep\u00004290"));
    }

    [Fact]
    public async Task What_a_network_plugin_fails_to_take_away_is_taken_away_later_and_the_end_told_at_once()
    {
        await using var networks = new Networks();
        var plugins = Directory.CreateTempSubdirectory("bourse-plugins-").FullName;
        foreach (var plugin in networks.Settings.NetworkPlugins.Where(Directory.Exists).SelectMany(Directory.EnumerateFiles))
            File.CreateSymbolicLink(Path.Combine(plugins, Path.GetFileName(plugin)), plugin);
        await using var machine = new Machine(networks.Settings with { NetworkPlugins = [plugins] });
        var joined = new TaskContainer(Docker: false, Network: NetworkMode.Joined, Networks: [new("blue")]);
        // More than there are settlers.
        var tasks = Enumerable.Range(0, 6).Select(n => machine.Launch(Ground.Shell($"t{n}", "while [ ! -e go ]; do sleep 0.05; done", joined))).ToList();
        foreach (var task in tasks)
            await machine.Bus.Report(task, TaskState.Running);
        var bridge = new FileInfo(Path.Combine(plugins, "bridge"));
        var real = bridge.LinkTarget!;
        bridge.Delete();
        File.WriteAllText(bridge.FullName, "#!/bin/sh\necho '{\"code\":11,\"msg\":\"not now\"}'; exit 1\n");
        File.SetUnixFileMode(bridge.FullName, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        for (var n = 0; n < tasks.Count; n++)
            File.WriteAllText(Path.Combine(machine.Sandbox($"t{n}"), "go"), "");
        foreach (var task in tasks)
            await machine.Bus.Report(task, TaskState.Finished);
        networks.GivenOut.Count().ShouldBe(tasks.Count);

        File.Delete(bridge.FullName);
        File.CreateSymbolicLink(bridge.FullName, real);
        await RealTasks.Until(() => !networks.GivenOut.Any() && !CniNetworks.Named(new RuncPlaces(machine.Work).Prefix).Any());
        Directory.Delete(plugins, recursive: true);
    }

    private static async Task Run(Machine machine, int from, int to)
    {
        var joined = new TaskContainer(Docker: false, Network: NetworkMode.Joined, Networks: [new("blue")]);
        for (var first = from; first < to; first += AtOnce)
        {
            var tasks = Enumerable.Range(first, AtOnce).Select(n => machine.Launch(Ground.Shell($"t{n}", "true", n % 10 == 0 ? joined : null))).ToList();
            foreach (var task in tasks)
                await machine.Bus.Report(task, TaskState.Finished);
        }
    }

    private static Task Quiet(Machine machine) => RealTasks.Until(() => Left(machine).Count == 0, () => string.Join("; ", Left(machine)));

    private static List<string> Left(Machine machine) =>
    [
        .. Directory.EnumerateFiles(Path.Combine(machine.Work, "runs")).Where(file => RunFile.Read(file)?.Status is null).Select(file => $"run {Path.GetFileName(file)}"),
        .. new RuncPlaces(machine.Work).Runs().Select(run => $"container of run {run}"),
        .. ProcessTable.All().Where(process => Says(process.Identity.Pid, machine.Work)).Select(process => $"process {process}"),
    ];

    private static string Count(Machine machine, Networks networks)
    {
        // Connections and files of the runtime itself come and go with its collector.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var places = new RuncPlaces(machine.Work);
        return $"containers {places.Runs().Count()}, "
            + $"groups {new Cgroups(File.ReadLines("/proc/self/mountinfo")).Below(places.CgroupOfAgent).Count()}, "
            + $"namespaces {CniNetworks.Named(places.Prefix).Count()}, addresses {networks.GivenOut.Count()}, "
            + $"supervisors {ProcessTable.All().Count(process => Says(process.Identity.Pid, machine.Work))}, "
            + $"mounts {File.ReadLines("/proc/self/mountinfo").Count(line => line.Contains(machine.Work, StringComparison.Ordinal) || line.Contains(places.Prefix, StringComparison.Ordinal))}, "
            + $"secrets {(Directory.Exists($"/dev/shm/{places.Prefix.TrimEnd('-')}") ? 1 : 0)}, "
            + $"descriptors of tasks {Directory.EnumerateFileSystemEntries("/proc/self/fd").Count(fd => new FileInfo(fd).LinkTarget?.Contains(machine.Work, StringComparison.Ordinal) == true)}";
    }

    private static int Pipes() =>
        Directory.EnumerateFileSystemEntries("/proc/self/fd").Count(fd => new FileInfo(fd).LinkTarget?.StartsWith("pipe:", StringComparison.Ordinal) == true);

    private static bool Says(int pid, string text)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline").Contains(text, StringComparison.Ordinal);
        }
        catch (Exception e) when (ProcessTable.IsGone(e))
        {
            return false;
        }
    }

    /// <summary>As if the task's record had been lost.</summary>
    private static void Forget(string work, long run)
    {
        using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={work}/checkpoint.db;Pooling=False");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = "delete from task where run = $run";
        command.Parameters.AddWithValue("$run", run);
        command.ExecuteNonQuery().ShouldBe(1);
    }
}
