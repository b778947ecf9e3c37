using System.Globalization;
using Bourse.Agent.Host.Containers;
using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Contracts.Messages;

namespace Bourse.Agent.Tests.Host.Containers;

/// <summary>Containers of a real Docker engine, under an agent that is told to use it.</summary>
public sealed class TasksInTheDockerEngine
{
    [Fact]
    public async Task Run_what_the_image_says_as_it_says()
    {
        using var engine = Engine.Start();
        await using var machine = new Machine(Engine.Used);
        await machine.Bus.End(machine.Launch(engine.Task("t", new(Shell: false, null))));
        await machine.Bus.End(machine.Launch(engine.Task("u", new(Shell: false, "with", ["words", "of its own"]))));
        await machine.Bus.End(machine.Launch(engine.Shell("v", "id; pwd; echo $FROM_IMAGE $MESOS_SANDBOX; echo kept >$MESOS_SANDBOX/file; echo complaint >&2")));
        machine.Output("t").ShouldBe("entered by itself\n");
        machine.Output("u").ShouldBe("entered with words of its own\n");
        machine.Output("v").ShouldBe("uid=1234(runner) gid=1235(runner) groups=1235(runner),1300(extra)\n/srv\nyes /mnt/mesos/sandbox\n");
        (machine.Output("v", "file"), machine.Output("v", "stderr")).ShouldBe(("kept\n", "complaint\n"));
        Engine.ContainersOf(machine.Work).ShouldBeEmpty();
    }

    [Fact]
    public async Task Get_their_variables_secrets_user_and_volumes()
    {
        using var engine = Engine.Start();
        var shared = Directory.CreateTempSubdirectory("bourse,shared-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(shared, "file"), "of the machine\n");
            await using var machine = new Machine(Engine.Used with { HostPaths = [shared] });
            machine.Bus.Secrets = question => new(question.AgentId, question.Request, question.Secrets.Select(name => new SealedSecret(name, 1, Sealing.Seal(
                machine.Bus.Agent!.SealingKey, "hush"u8, SealingContexts.Give(name, 1, question.AgentId)))).ToValueList());
            var spec = engine.Shell(
                "t", "echo $OPEN $CLOSED; id -u; cat $MESOS_SANDBOX/key /shared/file; hostname; mount | grep -c 'on /shared .*ro'; echo x >/shared/new; ls $MESOS_SANDBOX/own",
                new(Docker: true, Hostname: "chosen", Network: NetworkMode.None, Volumes: [new("/shared", ReadOnly: true, HostPath: shared), new("/o", ReadOnly: false, SandboxPath: "own")]));
            await machine.Bus.End(machine.Launch(spec with
            {
                Command = spec.Command with { User = "root", Environment = [new("OPEN", "a b"), new("CLOSED", null, "pass")] },
                SecretFiles = [new("key", "pass")],
            }));
            machine.Output("t").ShouldBe("a b hush\n0\nhushof the machine\nchosen\n1\n");
            File.Exists(Path.Combine(shared, "new")).ShouldBeFalse();
            (await machine.Bus.Report(machine.Launch(engine.Shell("u", "true", new(Docker: true, Volumes: [new("/m", ReadOnly: true, HostPath: "/etc")]))), TaskState.Failed))
                .Update.Message.ShouldNotBeNull().ShouldContain("may not be mounted on this agent");
        }
        finally
        {
            Directory.Delete(shared, recursive: true);
        }
    }

    [Fact]
    public async Task Are_reached_at_their_own_address_and_at_ports_they_hold()
    {
        using var engine = Engine.Start();
        await using var machine = new Machine(Engine.Used);
        var port = FreePort();
        var ports = Resource.Of("ports", new Interval((ulong)port, (ulong)port));
        var bridge = new TaskContainer(Docker: true, Network: NetworkMode.Joined, Networks: [new("bridge", [new(port, 80, "tcp")])]);
        var task = machine.Launch(engine.Task("t", new(Shell: true, "echo here >/tmp/f; exec httpd -f -h /tmp", User: "root"), bridge, 64, ports));
        var container = (await machine.Bus.Report(task, TaskState.Running)).Update.Container.ShouldNotBeNull();
        var network = container.Networks.ShouldHaveSingleItem();
        (network.Network, network.Ports).ShouldBe(("bridge", (ValueList<MappedPort>)[new(port, 80, "tcp")]));
        await Answers($"http://{network.Addresses.ShouldHaveSingleItem()}/f");
        await Answers($"http://127.0.0.1:{port}/f");

        (await machine.Bus.Report(machine.Launch(engine.Shell("u", "true", bridge)), TaskState.Failed))
            .Update.Message.ShouldBe($"Host port {port} is not among the ports that the task holds");
        (await machine.Bus.Report(machine.Launch(engine.Shell("v", "true", bridge with { Networks = [new("nowhere")] })), TaskState.Failed))
            .Update.Message.ShouldNotBeNull().ShouldContain("network nowhere not found");
        machine.Bus.Command(number => new KillTask(number, Example.Web, task, TimeSpan.Zero));
        await machine.Bus.Report(task, TaskState.Killed);
        Engine.ContainersOf(machine.Work).ShouldBeEmpty();

        async Task Answers(string url)
        {
            using var http = new HttpClient();
            for (var attempt = 0; ; attempt++)
            {
                try
                {
                    (await http.GetStringAsync(url, TestContext.Current.CancellationToken)).ShouldBe("here\n");
                    return;
                }
                catch (HttpRequestException) when (attempt < 100)
                {
                    // The server begins to listen after the container has begun.
                    await Task.Delay(50, TestContext.Current.CancellationToken);
                }
            }
        }
    }

    [Fact]
    public async Task Are_held_to_their_memory_and_say_so()
    {
        using var engine = Engine.Start();
        await using var machine = new Machine(Engine.Used);
        var update = (await machine.Bus.Report(machine.Launch(engine.Shell("t", "x=a; while true; do x=$x$x; done", memMb: 40)), TaskState.Failed)).Update;
        update.Reason.ShouldBe("REASON_CONTAINER_LIMITATION_MEMORY");
        update.Message.ShouldNotBeNull().ShouldStartWith("Memory limit exceeded: limit 40 MB, used at most ");
    }

    [Fact]
    public async Task End_with_the_status_they_end_with_or_say_why_they_never_began()
    {
        using var engine = Engine.Start();
        await using var machine = new Machine(Engine.Used with { DockerTrusted = true });
        var update = (await machine.Bus.Report(machine.Launch(engine.Shell("t", "exit 7")), TaskState.Failed)).Update;
        (update.Message, update.ExitCode).ShouldBe(("Command exited with status 7", 7));
        var absent = (await machine.Bus.Report(machine.Launch(engine.Shell("u", "true") with { Container = new(Docker: true, new("127.0.0.1:1/none/such:1")) }), TaskState.Failed)).Update;
        (absent.Reason, absent.Message!.StartsWith("Image '127.0.0.1:1/none/such:1' could not be pulled: ", StringComparison.Ordinal)).ShouldBe(("REASON_CONTAINER_LAUNCH_FAILED", true));
        var never = (await machine.Bus.Report(machine.Launch(engine.Task("v", new(Shell: false, null), new(Docker: true, Parameters: [new("entrypoint", "/none/such")]))), TaskState.Failed)).Update;
        (never.Reason, never.Message!.StartsWith("The container could not be started: ", StringComparison.Ordinal)).ShouldBe(("REASON_CONTAINER_LAUNCH_FAILED", true), never.Message);
        // Asked for anew even though it is there, from a registry that is not.
        var forced = (await machine.Bus.Report(machine.Launch(engine.Shell("w", "true") with { Container = new(Docker: true, new(engine.Image, Cached: false)) }), TaskState.Failed)).Update;
        forced.Message.ShouldNotBeNull().ShouldStartWith($"Image '{engine.Image}' could not be pulled: ");
        Engine.ContainersOf(machine.Work).ShouldBeEmpty();
    }

    [Fact]
    public async Task Are_asked_to_end_once_and_made_to_end_when_they_do_not()
    {
        using var engine = Engine.Start();
        await using var machine = new Machine(Engine.Used);
        var polite = machine.Launch(engine.Shell("t", "n=0; trap 'n=$((n+1))' TERM; echo ready; while [ $n = 0 ]; do sleep 0.1; done; sleep 1; echo asked $n"));
        var deaf = machine.Launch(engine.Shell("u", "trap '' TERM; echo ready; while true; do sleep 1; done"));
        foreach (var task in (TaskId[])[polite, deaf])
        {
            await machine.Bus.Report(task, TaskState.Running);
            await RealTasks.Until(() => machine.Output(task.Value) == "ready\n");
            machine.Bus.Command(number => new KillTask(number, Example.Web, task, TimeSpan.FromSeconds(task == deaf ? 1 : 30)));
        }
        await machine.Bus.Report(polite, TaskState.Killed);
        machine.Output("t").ShouldBe("ready\nasked 1\n");
        await machine.Bus.Report(deaf, TaskState.Killed);
        Engine.ContainersOf(machine.Work).ShouldBeEmpty();
    }

    [Fact]
    public async Task Go_on_without_their_agent_and_are_found_again()
    {
        using var engine = Engine.Start();
        await using var machine = new Machine(Engine.Used);
        var bridge = new TaskContainer(Docker: true, Network: NetworkMode.Joined, Networks: [new("bridge")]);
        var (first, second) = (
            machine.Launch(engine.Shell("t", "while [ ! -e $MESOS_SANDBOX/go ]; do sleep 0.1; done; echo over; exit 3", bridge)),
            machine.Launch(engine.Shell("u", "while [ ! -e $MESOS_SANDBOX/go ]; do sleep 0.1; done; echo over", bridge)));
        await machine.Bus.Report(first, TaskState.Running);
        var address = (await machine.Bus.Report(second, TaskState.Running)).Update.Container!.Networks;
        await machine.Stop();
        File.WriteAllText(Path.Combine(machine.Sandbox("t"), "go"), "");
        await RealTasks.Until(() => machine.Output("t") == "over\n");
        // As an earlier agent left it whose notes are lost.
        var prefix = new RuncPlaces(machine.Work).Prefix;
        Engine.Docker("run", "--detach", "--name", $"{prefix}4711", "--label", $"bourse.agent={prefix}", "--entrypoint", "sleep", engine.Image, "4264").Code.ShouldBe(0);
        machine.Start();
        (await machine.Bus.Report(first, TaskState.Failed)).Update.ExitCode.ShouldBe(3);
        await RealTasks.Until(() => Engine.ContainersOf(machine.Work).Length == 1);
        File.WriteAllText(Path.Combine(machine.Sandbox("u"), "go"), "");
        (await machine.Bus.Report(second, TaskState.Finished)).Update.Container!.Networks.ShouldBe(address);
        await RealTasks.Until(() => Engine.ContainersOf(machine.Work).Length == 0);
        Directory.EnumerateDirectories("/sys/fs/cgroup").Select(tree => tree + new RuncPlaces(machine.Work).CgroupOfAgent).Where(Directory.Exists)
            .SelectMany(Directory.EnumerateDirectories).ShouldBeEmpty();
    }

    [Fact]
    public async Task Get_the_machine_only_where_they_are_trusted_with_it()
    {
        using var engine = Engine.Start();
        var wish = new TaskContainer(Docker: true, Privileged: true);
        var parameter = new TaskContainer(Docker: true, Parameters: [new("volume", "/:/machine")]);
        await using (var machine = new Machine(Engine.Used))
        {
            (await machine.Bus.Report(machine.Launch(engine.Shell("t", "true", wish)), TaskState.Failed)).Update.Message
                .ShouldBe("'privileged' of a Docker container is given only where Bourse__Agent__DockerTrusted is true");
            (await machine.Bus.Report(machine.Launch(engine.Shell("u", "true", parameter)), TaskState.Failed)).Update.Message
                .ShouldBe("'volume' of a Docker container is given only where Bourse__Agent__DockerTrusted is true");
            await machine.Bus.End(machine.Launch(engine.Shell("v", "mount | grep -c 'tmpfs on /scratch'", new(Docker: true, Parameters: [new("tmpfs", "/scratch")]))));
            machine.Output("v").ShouldBe("1\n");
        }
        await using (var machine = new Machine(Engine.Used with { DockerTrusted = true }))
        {
            await machine.Bus.End(machine.Launch(engine.Shell("u", "ls -d /machine/etc", parameter)));
            machine.Output("u").ShouldBe("/machine/etc\n");
        }
        await using (var machine = new Machine(Ground.Always))
            (await machine.Bus.Report(machine.Launch(engine.Shell("t", "true", wish)), TaskState.Failed)).Update.Message
                .ShouldBe("'privileged' is for a Docker engine, and this agent has none (Bourse__Agent__Docker)");
    }

    [Fact]
    public async Task Are_privileged_where_they_are_trusted_with_it()
    {
        using var engine = Engine.Start();
        var last = int.Parse(await File.ReadAllTextAsync("/proc/sys/kernel/cap_last_cap", TestContext.Current.CancellationToken), CultureInfo.InvariantCulture);
        var own = File.ReadLines("/proc/self/status").First(line => line.StartsWith("CapBnd:", StringComparison.Ordinal)).Split('\t')[1];
        Assert.SkipUnless(Convert.ToUInt64(own, 16) == (2UL << last) - 1, $"this machine withholds capabilities ({own}): nothing can be privileged on it");
        await using var machine = new Machine(Engine.Used with { DockerTrusted = true });
        await machine.Bus.End(machine.Launch(
            engine.Task("t", new(Shell: true, "grep CapEff /proc/self/status", User: "root"), new TaskContainer(Docker: true, Privileged: true))));
        Convert.ToUInt64(machine.Output("t").Split('\t')[1].Trim(), 16).ShouldBeGreaterThan(0xa80425fbUL);
    }

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Any, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }
}
