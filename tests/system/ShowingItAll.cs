namespace Bourse.SystemTests;

[Collection(OneCluster.Name)] // beside the others it would only take longer
public sealed class ShowingItAll
{
    [Fact]
    public async Task Ends_well_and_leaves_nothing_behind()
    {
        var directory = Directory.CreateTempSubdirectory("bourse-demo-");
        File.SetUnixFileMode(directory.FullName, File.GetUnixFileMode(directory.FullName) | UnixFileMode.OtherExecute | UnixFileMode.GroupExecute);
        var outcome = await CommandLine.Bourse(directory.FullName, "demo", "--output", "json");
        outcome.ExitCode.ShouldBe(0, outcome.ToString());
        outcome.Json["ok"]!.GetValue<bool>().ShouldBeTrue(outcome.ToString());
        outcome.Json["tasksFinished"]!.GetValue<int>().ShouldBe(99);
        outcome.Json["tasksRefusedTheSecret"]!.GetValue<int>().ShouldBe(1);
        directory.EnumerateFileSystemInfos().ShouldBeEmpty();
        directory.Delete();
    }
}
