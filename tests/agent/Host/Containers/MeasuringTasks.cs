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
        ((long)last["processes"]!).ShouldBeInRange(1, 3);
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

    private static JsonObject? Look(Machine machine) => TaskUsage.OfAll(machine.Runtime, TimeProvider.System).SingleOrDefault()?.Statistics();

    private static double Cpu(JsonObject statistics) => (double)statistics["cpus_user_time_secs"]! + (double)statistics["cpus_system_time_secs"]!;
}
