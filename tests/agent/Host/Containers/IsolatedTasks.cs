using Bourse.Agent.Host.Processes;
using Bourse.Agent.Host.Settings;
using Bourse.Contracts;
using Bourse.Contracts.Messages;

namespace Bourse.Agent.Tests.Host.Containers;

/// <summary>Tasks in containers of this machine's kernel.</summary>
public sealed class IsolatedTasks
{
    public IsolatedTasks() => Ground.NeedsContainers();

    [Fact]
    public async Task Finish_and_leave_their_output_in_their_sandbox()
    {
        await using var machine = new Machine(Ground.Always);
        var task = machine.Launch(Ground.Shell("t", "echo out; echo err >&2; pwd; echo $MESOS_SANDBOX; echo kept > file"));
        var running = await machine.Bus.Report(task, TaskState.Running);
        running.Update.Container.ShouldNotBeNull().Id.ShouldStartWith("bourse-");
        (await machine.Bus.Report(task, TaskState.Finished)).Update.ExitCode.ShouldBe(0);
        machine.Output("t").ShouldBe($"out\n{machine.Sandbox("t")}\n{machine.Sandbox("t")}\n");
        machine.Output("t", "stderr").ShouldBe("err\n");
        machine.Output("t", "file").ShouldBe("kept\n");
    }

    [Theory]
    [InlineData("exit 3", 3)]
    [InlineData("exit 137", 137)]
    [InlineData("/no/such/program", 127)]
    public async Task Fail_with_their_true_exit_code(string line, int code)
    {
        await using var machine = new Machine(Ground.Always);
        var update = (await machine.Bus.Report(machine.Launch(Ground.Shell("t", line)), TaskState.Failed)).Update;
        (update.ExitCode, update.Reason, update.Message).ShouldBe((code, null, $"Command exited with status {code}"));
    }

    [Fact]
    public async Task That_name_no_program_fail_as_never_started()
    {
        await using var machine = new Machine(Ground.Always with { });
        var spec = Ground.Shell("t", "") with { Command = new(Shell: false, "/no/such/program", ["x"]) };
        var update = (await machine.Bus.Report(machine.Launch(spec), TaskState.Failed)).Update;
        // With an init it is the init that finds nothing to run.
        if (Programs.Find("tini-static") is null)
            update.Reason.ShouldBe("REASON_CONTAINER_LAUNCH_FAILED");
        else
            update.ExitCode.ShouldBe(127);
    }

    [Fact]
    public async Task Over_their_memory_fail_for_that_with_limit_and_use()
    {
        await using var machine = new Machine(Ground.Always);
        var task = machine.Launch(Ground.Shell("t", "x=$(head -c 300000000 /dev/zero | tr '\\0' x); echo ${#x}", memMb: 48));
        var update = (await machine.Bus.Report(task, TaskState.Failed)).Update;
        update.Reason.ShouldBe("REASON_CONTAINER_LIMITATION_MEMORY");
        update.Limitation!.Name.ShouldBe("mem");
        update.Message.ShouldNotBeNull().ShouldMatch("^Memory limit exceeded: limit 48 MB, used at most [0-9.]+ MB$");
        update.ExitCode.ShouldBeNull();
    }

    [Fact]
    public async Task May_go_beyond_what_they_hold_as_far_as_they_say()
    {
        await using var machine = new Machine(new ContainerSettings { CpuQuota = true });
        var spec = Ground.Shell("t", "x=$(head -c 100000000 /dev/zero | tr '\\0' x); echo ${#x}", cpus: 1, memMb: 48) with { Limits = [new("mem", Scalar.From(512))] };
        await machine.Bus.End(machine.Launch(spec));
        machine.Output("t").ShouldBe("100000000\n");

        var narrow = machine.Launch(spec with { Id = new("u"), Limits = [new("mem", Scalar.From(64))] });
        (await machine.Bus.Report(narrow, TaskState.Failed)).Update.Message.ShouldNotBeNull().ShouldStartWith("Memory limit exceeded: limit 64 MB");
    }

    [Fact]
    public async Task See_only_their_own_processes()
    {
        await using var machine = new Machine(Ground.Always);
        await machine.Bus.End(machine.Launch(Ground.Shell("t", "ls -d /proc/[0-9]* | wc -l; cat /proc/1/comm")));
        var lines = machine.Output("t").Split('\n');
        int.Parse(lines[0], System.Globalization.CultureInfo.InvariantCulture).ShouldBeLessThan(6);
    }

    [Fact]
    public async Task Have_a_tmp_and_shared_memory_of_their_own()
    {
        await using var machine = new Machine(Ground.Always);
        var first = machine.Launch(Ground.Shell("a", "echo mine > /tmp/x; echo mine > /dev/shm/x; while [ ! -e go ]; do sleep 0.05; done"));
        await RealTasks.Until(() => Directory.Exists(machine.Sandbox("a")));
        await machine.Bus.Report(first, TaskState.Running);
        await machine.Bus.End(machine.Launch(Ground.Shell("b", "ls /tmp /dev/shm | grep -c '^x$'; true")));
        machine.Output("b").ShouldBe("0\n");
        File.Exists("/tmp/x").ShouldBeFalse();
        File.WriteAllText(Path.Combine(machine.Sandbox("a"), "go"), "");
        await machine.Bus.Report(first, TaskState.Finished);
    }

    [Fact]
    public async Task Cannot_fork_beyond_their_number_of_processes()
    {
        await using var machine = new Machine(Ground.Always with { Pids = 20 });
        await machine.Bus.End(machine.Launch(Ground.Shell("t", "for i in $(seq 40); do sleep 5 & done; kill $(jobs -p) 2>/dev/null; true")));
        machine.Output("t", "stderr").ShouldContain("fork", Case.Insensitive);
    }

    [Fact]
    public async Task Get_no_more_than_their_share_when_that_is_the_choice()
    {
        await using var machine = new Machine(Ground.Always with { CpuQuota = true });
        var task = machine.Launch(Ground.Shell("t", "end=$(($(date +%s) + 3)); while [ $(date +%s) -lt $end ]; do :; done; cat /proc/uptime; times", cpus: 0.3));
        await machine.Bus.Report(task, TaskState.Running);
        await machine.Bus.Report(task, TaskState.Finished);
        // "times": user and system time of the shell, then of its children, as 0m0.50s.
        var used = System.Text.RegularExpressions.Regex.Matches(machine.Output("t"), @"(\d+)m([\d.]+)s")
            .Sum(time => (60 * double.Parse(time.Groups[1].Value, null)) + double.Parse(time.Groups[2].Value, System.Globalization.CultureInfo.InvariantCulture));
        used.ShouldBeLessThan(0.3 * 4 * 1.2);
    }

    [Fact]
    public async Task May_not_do_what_their_capabilities_leave_out()
    {
        await using var machine = new Machine(Ground.Always);
        await machine.Bus.End(machine.Launch(Ground.Shell("t", "grep CapEff /proc/self/status", new(Docker: false, Linux: new(Effective: ["NET_RAW"])))));
        machine.Output("t").ShouldBe("CapEff:\t0000000000002000\n");
        var beyond = machine.Launch(Ground.Shell("u", "true", new(Docker: false, Linux: new(Effective: ["SYS_ADMIN"]))));
        (await machine.Bus.Report(beyond, TaskState.Failed)).Update.Message.ShouldNotBeNull().ShouldStartWith("Capability SYS_ADMIN is not among");
    }

    [Fact]
    public async Task Gain_nothing_from_programs_of_other_users()
    {
        await using var machine = new Machine(Ground.Always);
        await machine.Bus.End(machine.Launch(Ground.Shell("t", "grep NoNewPrivs /proc/self/status; id -un; echo mine > file", user: "nobody")));
        machine.Output("t").ShouldBe("NoNewPrivs:\t1\nnobody\n");
        machine.Output("t", "file").ShouldBe("mine\n");
    }

    [Fact]
    public async Task Are_held_to_their_rlimits()
    {
        await using var machine = new Machine(Ground.Always);
        await machine.Bus.End(machine.Launch(Ground.Shell("t", "ulimit -n; ulimit -Hn", new(Docker: false, Rlimits: [new("RLMT_NOFILE", 64, 65)]))));
        machine.Output("t").ShouldBe("64\n65\n");
    }

    [Fact]
    public async Task Are_denied_the_calls_of_their_seccomp_profile()
    {
        var profiles = Directory.CreateTempSubdirectory("bourse-seccomp-");
        File.WriteAllText(Path.Combine(profiles.FullName, "no-mkdir.json"), """
            {"defaultAction":"SCMP_ACT_ALLOW","archMap":[{"architecture":"SCMP_ARCH_X86_64","subArchitectures":["SCMP_ARCH_X86"]},{"architecture":"SCMP_ARCH_AARCH64"}],
             "syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO","args":[],"includes":{},"excludes":{"caps":["CAP_SYS_ADMIN"]}}]}
            """);
        await using var machine = new Machine(Ground.Always with { SeccompDirectory = profiles.FullName });
        await machine.Bus.End(machine.Launch(Ground.Shell("t", "mkdir d; echo $?", new(Docker: false, Linux: new(Seccomp: "no-mkdir.json")))));
        machine.Output("t").ShouldBe("1\n");
        await machine.Bus.End(machine.Launch(Ground.Shell("u", "mkdir d; echo $?")));
        machine.Output("u").ShouldBe("0\n");
        profiles.Delete(recursive: true);
    }

    [Fact]
    public async Task Read_nothing_of_the_kernels_and_no_devices()
    {
        await using var machine = new Machine(Ground.Always);
        await machine.Bus.End(machine.Launch(Ground.Shell("t", "head -c1 /proc/kcore | wc -c; head -c1 /dev/zero | wc -c; mknod d b 7 0 && head -c1 d; echo $?")));
        machine.Output("t").ShouldBe("0\n1\n1\n");
        machine.Output("t", "stderr").ShouldContain("Operation not permitted");
    }

    [Fact]
    public async Task Over_their_disk_fail_for_that_with_limit_and_use()
    {
        await using var machine = new Machine(Ground.Always);
        var task = machine.Launch(Ground.Shell("t", "head -c 8000000 /dev/zero > big; sleep 4250", diskMb: 4));
        var update = (await machine.Bus.Report(task, TaskState.Failed)).Update;
        update.Reason.ShouldBe("REASON_CONTAINER_LIMITATION_DISK");
        update.Limitation!.Name.ShouldBe("disk");
        // All of it, or what there was of it when it was looked at.
        update.Message.ShouldNotBeNull().ShouldMatch(@"^Disk limit exceeded: limit 4 MB, used ([4-6]\.\d+|7(\.[0-6]\d*)?) MB$");
    }

    [Fact]
    public async Task Get_TERM_once_and_end_with_everything_they_started()
    {
        await using var machine = new Machine(Ground.Always);
        var task = machine.Launch(Ground.Shell("t", "trap 'echo bye; sleep 0.3; exit 0' TERM; setsid sleep 4251 & echo ready; while :; do sleep 0.05; done"));
        await RealTasks.Until(() => File.Exists(Path.Combine(machine.Sandbox("t"), "stdout")) && machine.Output("t").Length > 0);
        machine.Bus.Command(number => new KillTask(number, Example.Web, task, null));
        (await machine.Bus.Report(task, TaskState.Killed)).Update.Message.ShouldBe("Command exited with status 0");
        machine.Output("t").ShouldBe("ready\nbye\n");
    }

    [Fact]
    public async Task Without_a_handler_end_by_TERM_all_the_same()
    {
        if (Programs.Find("tini-static") is null)
            Assert.Skip("tini-static is not on this machine");
        await using var machine = new Machine(Ground.Always);
        var task = machine.Launch(Ground.Shell("t", "exec sleep 4252"));
        await machine.Bus.Report(task, TaskState.Running);
        machine.Bus.Command(number => new KillTask(number, Example.Web, task, TimeSpan.FromMinutes(5)));
        await machine.Bus.Report(task, TaskState.Killed);
    }

    [Fact]
    public async Task Are_looked_into_from_inside()
    {
        await using var machine = new Machine(Ground.Always);
        var task = machine.Launch(Ground.Shell("t", "echo mine > /tmp/only-here; sleep 4255", user: "nobody"));
        await machine.Bus.Report(task, TaskState.Running);
        await RealTasks.Until(() => File.Exists(Path.Combine(machine.Work, "containers", "1", "tmp", "only-here")));
        var start = machine.Runtime.Containers.Inside(1, new(Shell: true, "cat /tmp/only-here; id -un; pwd; echo $MESOS_TASK_ID$EXTRA", Environment: [new("EXTRA", "!")])).ShouldNotBeNull();
        start.RedirectStandardOutput = true;
        using var process = System.Diagnostics.Process.Start(start)!;
        (await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken)).ShouldBe($"mine\nnobody\n{machine.Sandbox("t")}\nt!\n");
    }

    [Fact]
    public async Task Describe_a_container_where_there_can_be_none_and_are_refused()
    {
        await using var machine = new Machine(new ContainerSettings { Isolation = Isolation.Plain });
        var task = machine.Launch(Ground.Shell("t", "true", new(Docker: false, Image: new("alpine"))));
        var update = (await machine.Bus.Report(task, TaskState.Failed)).Update;
        (update.Reason, update.Message).ShouldBe(("REASON_CONTAINER_LAUNCH_FAILED", "This agent runs no containers: its configuration says so (Bourse__Agent__Containers__Isolation)"));
        await RealTasks.Until(() => machine.Bus.Agent is not null);
        machine.Bus.Agent!.Attributes.ShouldContain(each => each.Name == "unenforced" && each.Text!.Contains("memory"));
    }
}
