namespace Bourse.SystemTests;

[Collection(OneCluster.Name)]
public sealed class BringingAClusterUp(Cluster cluster)
{
    [Fact]
    public async Task Again_changes_nothing()
    {
        var before = (await cluster.Process("allocator"))["pid"]!.GetValue<int>();
        var again = await cluster.Cli("up", "--agents", "3", "--open");
        again.ExitCode.ShouldBe(0, again.ToString());
        again.Output.ShouldContain("up already");
        (await cluster.Process("allocator"))["pid"]!.GetValue<int>().ShouldBe(before);
    }

    [Fact]
    public async Task Works_beside_another_and_keeps_the_journal_over_down_and_up()
    {
        var directory = Directory.CreateTempSubdirectory("bourse-second-");
        File.SetUnixFileMode(directory.FullName, File.GetUnixFileMode(directory.FullName) | UnixFileMode.OtherExecute | UnixFileMode.GroupExecute);
        var port = Cluster.FreeRow(2);
        Task<Outcome> Second(params string[] arguments) =>
            CommandLine.Bourse(directory.FullName, [arguments[0], "--home", "second", "--port", $"{port}", .. arguments.Skip(1)]);
        try
        {
            var up = await Second("up", "--agents", "1");
            up.ExitCode.ShouldBe(0, up.ToString());
            var run = await Second("run", "--", "echo", "second");
            run.Output.ShouldBe("second\n", run.ToString());
            var long_running = Second("run", "--", "sleep", "600");
            await Cluster.Until("the long task runs", async () => (await Second("tasks", "--active")).Output.Contains("running", StringComparison.Ordinal));

            var down = await Second("down", "--output", "json");
            down.ExitCode.ShouldBe(0, down.ToString());
            down.Output.ShouldContain("ended 1 task");
            (await Second("status")).ExitCode.ShouldBe(1);
            (await cluster.Cli("status")).ExitCode.ShouldBe(0);

            (await Second("up", "--agents", "1")).ExitCode.ShouldBe(0);
            (await Second("events", "--type", "task.launched")).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length.ShouldBe(2);
            (await long_running).ExitCode.ShouldNotBe(0);
            (await Second("replay", "verify")).ExitCode.ShouldBe(0);
        }
        finally
        {
            (await Second("down")).ExitCode.ShouldBe(0);
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Names_the_port_that_is_taken()
    {
        var outcome = await CommandLine.Bourse(Path.GetTempPath(), "up", "--home", Path.Combine(cluster.Home, "..", "third"), "--port", $"{cluster.Port}");
        outcome.ExitCode.ShouldBe(1);
        outcome.Errors.ShouldContain($"port {cluster.Port} is taken");
    }
}
