namespace Bourse.SystemTests;

/// <summary>The sample that shows how little a framework is: it is as small as said, and runs.</summary>
[Collection(OneCluster.Name)]
public sealed class TheSmallestFramework(Cluster cluster)
{
    private static readonly DirectoryInfo Here = new(AppContext.BaseDirectory); // tests/system/bin/CONFIGURATION/net10.0

    private static readonly string Sample = Path.Combine(Here.Parent!.Parent!.Parent!.Parent!.Parent!.FullName, "samples", "SmallestFramework");

    [Fact]
    public void Has_at_most_forty_lines() => File.ReadAllLines(Path.Combine(Sample, "Program.cs")).Length.ShouldBeLessThanOrEqualTo(40);

    [Fact]
    public async Task Runs_its_tasks_to_their_end()
    {
        var outcome = await CommandLine.Run(
            "dotnet", "/", TimeSpan.FromMinutes(1), "exec", Path.Combine(Sample, "bin", Here.Parent!.Name, Here.Name, "SmallestFramework.dll"),
            cluster.Master.ToString(), "echo hello", cluster.TokenOf("analytics"));
        outcome.ExitCode.ShouldBe(0, outcome.ToString());
        outcome.Output.Split('\n').Where(line => line.Contains("TASK_FINISHED", StringComparison.Ordinal)).Select(line => line.Split(' ')[0]).Distinct().Count()
            .ShouldBe(5, outcome.ToString());
        await cluster.Verify();
    }
}
