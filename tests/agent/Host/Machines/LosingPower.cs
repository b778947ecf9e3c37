using Bourse.Agent.Tests.Host.Containers;
using Bourse.Contracts;
using Bourse.Contracts.Messages;
using static Bourse.Agent.Tests.Example;

namespace Bourse.Agent.Tests.Host.Machines;

/// <summary>The agent's own program on a machine with control groups of version 2, which loses its power and comes back.</summary>
public sealed class LosingPower
{
    // As a service manager would start it. All that it keeps is on the disk.
    private const string Prepare = """
        mkdir -p /var/bourse /etc/cni/net.d; echo '{"tokens":[]}' > /run/tokens
        echo '{"cniVersion":"0.4.0","name":"blue","plugins":[{"type":"bridge","bridge":"b0","isGateway":true,"ipam":{"type":"host-local","dataDir":"/var/cni","ranges":[[{"subnet":"10.9.0.0/24"}]]}},{"type":"firewall","backend":"iptables"}]}' > /etc/cni/net.d/1.conflist
        export Bourse__Agent__Id=agent-1 Bourse__Agent__Work=/var/bourse 'Bourse__Agent__Resources=cpus:4;mem:1024' Bourse__Tokens=/run/tokens Bourse__Listen=http://127.0.0.1:5051
        """;

    [Fact]
    public async Task Tells_what_became_of_every_task_and_leaves_nothing_of_those_that_ended_with_it()
    {
        await using var machine = await VirtualMachine.Make();
        await using var broker = await Broker.Start();
        var cluster = new FakeBus { Acknowledges = true, Waits = VirtualMachine.Patience };
        await broker.Join(cluster);
        // As seen from there, this machine is that.
        var address = new UriBuilder(broker.Uri) { Host = "10.0.2.2" };
        var agent = $"{Prepare}\nexport Bourse__RabbitMq={address}\nexec dotnet bourse-agent.dll";
        var joined = new TaskContainer(Docker: false, Network: NetworkMode.Joined, Networks: [new("blue")]);
        var isolated = new TaskContainer(Docker: false);

        await using (var boot = machine.Start(agent))
        {
            Launch(Ground.Shell("over", "x=$(head -c 300000000 /dev/zero | tr '\\0' x); echo ${#x}", isolated, memMb: 48));
            Launch(Ground.Shell("done", "exit 3", isolated));
            Launch(Ground.Shell("plain", "sleep 100000"));
            Launch(Ground.Shell("contained", "sleep 100000", isolated));
            Launch(Ground.Shell("joined", "sleep 100000", joined));
            var over = await Told(boot, "over", TaskState.Failed);
            (over.Reason, over.ExitCode).ShouldBe(("REASON_CONTAINER_LIMITATION_MEMORY", null));
            over.Message.ShouldNotBeNull().ShouldStartWith("Memory limit exceeded: limit 48 MB");
            (await Told(boot, "done", TaskState.Failed)).ExitCode.ShouldBe(3);
            foreach (var running in (string[])["plain", "contained", "joined"])
                await Told(boot, running, TaskState.Running);
            cluster.Agent!.Attributes.ShouldContain(new AgentAttribute("cgroups", Scalar: Scalar.From(2)));
            await boot.Cut();
        }

        await using (var boot = machine.Start(agent))
        {
            foreach (var lost in (string[])["plain", "contained", "joined"])
            {
                var end = await Told(boot, lost, TaskState.Failed);
                (end.Reason, end.Source, end.Message, end.ExitCode)
                    .ShouldBe(("REASON_EXECUTOR_TERMINATED", "SOURCE_AGENT", "The machine stopped, and the task with it", null));
            }
            cluster.Hellos.Last().Incarnation.ShouldBe(2);
            // As told before, and not again.
            cluster.Reports.Count(report => report.TaskId == new TaskId("done")).ShouldBe(2);

            // Addresses, groups, mounts and files of containers: all given back.
            Launch(Ground.Shell("look", """
                left() { find /var/cni/blue -name '10.*'; find /sys/fs/cgroup/bourse -mindepth 2 -type d; ls -d /var/bourse/containers/[0-9]*; ls /run/netns; grep /var/bourse /proc/mounts; }
                for i in $(seq 600); do [ -z "$(left 2>/dev/null)" ] && exit 0; sleep 0.1; done; { echo "left behind:"; left 2>&1; } >/dev/console; exit 1
                """));
            (await Told(boot, "look", TaskState.Finished)).ExitCode.ShouldBe(0);
            // And there is as much as before for new ones.
            Launch(Ground.Shell("next", "ls /sys/class/net | grep -q eth0", joined));
            await Told(boot, "next", TaskState.Finished);
        }

        void Launch(TaskSpec spec) => cluster.Command(number => new LaunchTask(number, Web, spec.Id, spec, "web", ""));

        async Task<TaskUpdate> Told(VirtualMachine.Boot boot, string task, TaskState state)
        {
            try
            {
                return (await cluster.Report(new(task), state)).Update;
            }
            catch (ShouldAssertException e)
            {
                throw new ShouldAssertException($"{e.Message}\n{boot.Output}");
            }
        }
    }
}
