using System.Diagnostics;
using Bourse.Agent.Host.Processes;

namespace Bourse.Agent.Tests.Host;

public sealed class ReadingRunFiles
{
    private const int Claimant = 12;

    [Theory]
    [InlineData("supervisor 12\nexit 3\n", 3, null)]
    [InlineData("supervisor 12\nexit 137\n", 137, null)]
    [InlineData("supervisor 12\nKilled\nexit 137\n", null, 9)]
    [InlineData("supervisor 12\nsh: 1: cannot create x\nexit 2\n", 2, null)]
    public void Tells_codes_from_signals(string text, int? code, int? signal) =>
        RunFile.Parse(text).ShouldBe(new RunFile(Claimant, new ExitStatus(code, signal)));

    [Theory]
    [InlineData("supervisor 12\n")]
    [InlineData("supervisor 12\nexit 1")]
    [InlineData("supervisor 12\nKilled\n")]
    public void Takes_nothing_that_is_not_complete(string text) => RunFile.Parse(text).ShouldBe(new RunFile(Claimant, null));

    [Fact]
    public void Reads_what_earlier_supervisors_wrote() => RunFile.Parse("supervisor 12 345\nexit 3\n").ShouldBe(new RunFile(Claimant, ExitStatus.OfCode(3)));

    [Fact]
    public async Task Tells_a_supervisor_from_another_process_of_its_pid()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory().FullName, "7");
        using var holder = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"exec 3>{path}; echo \"supervisor $$\" >&3; read wait"]) { RedirectStandardInput = true })!;
        await RealTasks.Until(() => RunFile.Read(path) is { Claimant: not null });
        RunFile.Read(path)!.Supervisor.ShouldBe(ProcessTable.Look(holder.Id)!.Identity);

        using var other = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", $"exec 3>{path}.other; read wait"]) { RedirectStandardInput = true })!;
        await File.WriteAllTextAsync(path, $"supervisor {other.Id}\n", TestContext.Current.CancellationToken);
        RunFile.Read(path)!.Supervisor.ShouldBeNull();
        foreach (var process in new[] { holder, other })
        {
            process.StandardInput.Close();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
        RunFile.Read(path)!.Supervisor.ShouldBeNull();
    }

    [Theory]
    [InlineData("")]
    [InlineData("supervisor 12")]
    public void Knows_nobody_before_the_claim(string text) => RunFile.Parse(text).ShouldBe(new RunFile(null, null));
}
