using Bourse.Agent.Host.Containers.Networks;
using Bourse.Contracts;
using Bourse.Contracts.Messages;

namespace Bourse.Agent.Tests.Host.Containers;

public sealed class TasksInNetworks
{
    private const int Port = 31877;

    private const string Serve = "echo hello > index.html; exec busybox httpd -f -p 8080 -h .";

    [Fact]
    public async Task Have_an_address_of_their_own_and_reach_each_other_and_are_reached_by_a_port_of_the_machine()
    {
        await using var networks = new Networks();
        await using var machine = new Machine(networks.Settings);
        var container = new TaskContainer(Docker: false, Hostname: "server", Network: NetworkMode.Joined, Networks: [new("blue", [new(Port, 8080, "tcp")])]);
        var server = machine.Launch(Ground.Shell("s", Serve, container) with { Resources = WithPort });
        var state = (await machine.Bus.Report(server, TaskState.Running)).Update.Container.ShouldNotBeNull();
        var address = state.Networks.ShouldHaveSingleItem().Addresses.ShouldHaveSingleItem();
        address.ShouldStartWith(networks.Subnet);
        state.Networks[0].Ports.ShouldBe([new(Port, 8080, "tcp")]);

        var look = $"hostname; grep -c {networks.Subnet} /etc/hosts; ls /sys/class/net; for i in $(seq 50); do busybox wget -q -O- http://{address}:8080/ && break; sleep 0.1; done";
        await machine.Bus.End(machine.Launch(Ground.Shell("c", look, new(Docker: false, Network: NetworkMode.Joined, Networks: [new("blue")]))));
        var lines = machine.Output("c").TrimEnd().Split('\n');
        lines[0].ShouldStartWith("bourse-");
        lines[1..].ShouldBe(["1", "eth0", "lo", "hello"]);

        using var http = new HttpClient();
        (await http.GetStringAsync(new Uri($"http://127.0.0.1:{Port}/"), TestContext.Current.CancellationToken)).ShouldBe("hello\n");

        machine.Bus.Command(number => new KillTask(number, Example.Web, server, TimeSpan.Zero));
        (await machine.Bus.Report(server, TaskState.Killed)).Update.Container.ShouldBe(state);
        networks.GivenOut.ShouldBeEmpty();
        CniNetworks.Named(state.Id).ShouldBeEmpty();
    }

    [Fact]
    public async Task Can_join_two_or_none()
    {
        await using var networks = new Networks();
        await using var machine = new Machine(networks.Settings);
        var both = machine.Launch(Ground.Shell("t", "ls /sys/class/net", new(Docker: false, Network: NetworkMode.Joined, Networks: [new("blue"), new("red")])));
        var state = (await machine.Bus.Report(both, TaskState.Finished)).Update.Container.ShouldNotBeNull();
        state.Networks.Select(network => network.Network).ShouldBe(["blue", "red"]);
        state.Networks[1].Addresses[0].ShouldStartWith(networks.SecondSubnet);
        machine.Output("t").ShouldBe("eth0\neth1\nlo\n");
        await machine.Bus.End(machine.Launch(Ground.Shell("u", "ls /sys/class/net", new(Docker: false, Network: NetworkMode.None))));
        machine.Output("u").ShouldBe("lo\n");
        networks.GivenOut.ShouldBeEmpty();
    }

    [Fact]
    public async Task Are_refused_what_is_not_configured()
    {
        await using var networks = new Networks();
        await using var machine = new Machine(networks.Settings);
        (await Why("t", new("green"))).ShouldBe("Network 'green' is not configured on this agent");
        (await Why("u", new("red", [new(Port, 1, "tcp")]))).ShouldBe("Network 'red' has no plugin that maps ports");
        (await Why("v", new("blue", [new(31999, 1, "tcp")]))).ShouldBe("Host port 31999 is not among the ports that the task holds");
        networks.GivenOut.ShouldBeEmpty();

        async Task<string?> Why(string id, JoinedNetwork network) => (await machine.Bus.Report(machine.Launch(Ground.Shell(
            id, "true", new(Docker: false, Network: NetworkMode.Joined, Networks: [network])) with { Resources = WithPort }), TaskState.Failed)).Update.Message;
    }

    [Fact]
    public async Task Are_checked_by_the_plugins()
    {
        await using var networks = new Networks();
        await using var machine = new Machine(networks.Settings);
        var task = machine.Launch(Ground.Shell("t", "sleep 4270", new(Docker: false, Network: NetworkMode.Joined, Networks: [new("blue")])));
        var id = (await machine.Bus.Report(task, TaskState.Running)).Update.Container!.Id;
        var notes = Path.Combine(machine.Work, "containers", "1", "networks");
        (await new CniNetworks(networks.Settings).Check(id, notes, TestContext.Current.CancellationToken)).ShouldBeNull();
        File.Delete(Directory.EnumerateFiles(networks.Addresses, "10.*", SearchOption.AllDirectories).Single());
        (await new CniNetworks(networks.Settings).Check(id, notes, TestContext.Current.CancellationToken)).ShouldNotBeNull();
        machine.Bus.Command(number => new KillTask(number, Example.Web, task, TimeSpan.Zero));
        await machine.Bus.Report(task, TaskState.Killed);
    }

    private static Resources WithPort => Resources.Of(Resource.Of("cpus", 0.1), Resource.Of("ports", new Interval(Port, Port)));
}
