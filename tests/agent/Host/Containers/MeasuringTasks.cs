using System.Text.Json.Nodes;
using Bourse.Agent.Host.Settings;
using Bourse.Agent.Host.Usage;
using Bourse.Contracts;

namespace Bourse.Agent.Tests.Host.Containers;

public sealed class MeasuringTasks
{
    public static TheoryData<bool> InContainerOrNot => [false, true];

    [Theory]
    [MemberData(nameof(InContainerOrNot))]
    public async Task Shows_time_memory_and_disk_that_rise_with_a_busy_task(bool contained)
    {
        if (contained)
            Ground.NeedsContainers();
        await using var machine = new Machine(Ground.Always with { Isolation = contained ? Isolation.Always : Isolation.Plain });
        var task = machine.Launch(Ground.Shell("t", "head -c 3000000 /dev/zero > file; x=$(head -c 5000000 /dev/zero | tr '\\0' x); while :; do :; done", cpus: 0.5, diskMb: 10));
        await machine.Bus.Report(task, TaskState.Running);
        var first = 0d;
        await RealTasks.Until(() => Look(machine) is { } seen && seen["disk_used_bytes"] is { } disk && (long)disk >= 3_000_000
            && (long)seen["mem_total_bytes"]! > 5_000_000 && (first = Cpu(seen)) > 0.05);
        await RealTasks.Until(() => Cpu(Look(machine)!) > first + 0.2);
        var last = Look(machine)!;
        ((double)last["cpus_limit"]!).ShouldBe(0.5);
        ((long)last["mem_limit_bytes"]!).ShouldBe(64L << 20);
        ((long)last["disk_limit_bytes"]!).ShouldBe(10L << 20);
        // Those that filled its memory may take a moment to go.
        await RealTasks.Until(() => (long)Look(machine)!["processes"]! is >= 1 and <= 3);
    }

    [Fact]
    public async Task Counts_what_goes_over_a_network_of_their_own()
    {
        await using var networks = new Networks();
        await using var machine = new Machine(networks.Settings);
        var serve = "head -c 2000000 /dev/zero > file; exec busybox httpd -f -p 8080 -h .";
        var task = machine.Launch(Ground.Shell("t", serve, new(Docker: false, Network: NetworkMode.Joined, Networks: [new("blue")])));
        var address = (await machine.Bus.Report(task, TaskState.Running)).Update.Container!.Networks[0].Addresses[0];
        await RealTasks.Until(() => Look(machine)!["net_tx_bytes"] is not null);
        using var http = new HttpClient();
        var file = new Uri($"http://{address}:8080/file");
        await RealTasks.Until(() => Answers(http, file));

        var before = Look(machine)!;
        (await http.GetByteArrayAsync(file, TestContext.Current.CancellationToken)).Length.ShouldBe(2_000_000);
        var after = Look(machine)!;
        Grown("net_tx_bytes").ShouldBeInRange(2_000_000, 3_000_000);
        Grown("net_rx_bytes").ShouldBeInRange(1_000, 1_000_000);
        Grown("net_rx_packets").ShouldBeGreaterThan(5);
        ((long)after["net_rx_dropped"]!, (long)after["net_tx_errors"]!).ShouldBe((0, 0));

        // What goes over the machine's own network is counted for nobody.
        var plain = machine.Launch(Ground.Shell("u", "sleep 4281"));
        await machine.Bus.Report(plain, TaskState.Running);
        TaskUsage.OfAll(machine.Runtime, TimeProvider.System).Single(usage => usage.Task.Spec.Id == plain).Statistics().ContainsKey("net_tx_bytes").ShouldBeFalse();

        long Grown(string name) => (long)after[name]! - (long)before[name]!;
    }

    [Fact]
    public void Finds_the_gpus_of_the_machine()
    {
        var devices = Directory.CreateTempSubdirectory("bourse-dev-");
        foreach (var name in (string[])["nvidia0", "nvidia1", "nvidiactl", "nvidia-uvm", "null"])
            File.WriteAllText(Path.Combine(devices.FullName, name), "");
        Bourse.Agent.Host.Settings.Machine.Gpus(devices.FullName).ShouldBe(2);
        devices.Delete(recursive: true);
    }

    private static bool Answers(HttpClient http, Uri uri)
    {
        try
        {
            return http.GetAsync(uri).GetAwaiter().GetResult().IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static JsonObject? Look(Machine machine) => TaskUsage.OfAll(machine.Runtime, TimeProvider.System).SingleOrDefault()?.Statistics();

    private static double Cpu(JsonObject statistics) => (double)statistics["cpus_user_time_secs"]! + (double)statistics["cpus_system_time_secs"]!;
}
