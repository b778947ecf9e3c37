using System.Text.RegularExpressions;
using Bourse.Agent.Host.Containers;
using Bourse.Agent.Tests.Host.Containers;

namespace Bourse.Agent.Tests.Host.Machines;

/// <summary>Whatever is promised about containers holds by control groups of version 2 as well.</summary>
public sealed partial class ControlGroupsOfVersionTwo
{
    // Limits really hit; those of memory, processor, processes and disk are in the first.
    private static readonly Type[] Promises = [typeof(IsolatedTasks), typeof(MeasuringTasks), typeof(TasksInNetworks)];

    [Fact]
    public async Task Isolate_and_measure_as_those_of_version_1()
    {
        if (new Cgroups(File.ReadLines("/proc/self/mountinfo")).Version == 2)
            Assert.Skip("this machine has version 2 itself: all tests of containers run with it");
        await using var machine = await VirtualMachine.Make();
        await using var boot = machine.Start(
            "cat /sys/fs/cgroup/cgroup.controllers; BOURSE_TEST_PATIENCE=8 dotnet Bourse.Agent.Tests.dll -noColor -parallelMode none "
            + string.Join(' ', Promises.Select(promise => $"-class {promise.FullName}")));
        var status = await boot.End(TestContext.Current.CancellationToken);
        TestContext.Current.SendDiagnosticMessage(boot.Output);
        status.ShouldBe(0, boot.Output);
        boot.Output.ShouldContain("memory");
        // Not because there was nothing to be tried.
        var summary = Summary().Match(boot.Output);
        (int.Parse(summary.Groups["total"].Value, null) - int.Parse(summary.Groups["skipped"].Value, null)).ShouldBeGreaterThan(25, boot.Output);
    }

    [GeneratedRegex(@"Total: (?<total>\d+), .*Skipped: (?<skipped>\d+)")]
    private static partial Regex Summary();
}
