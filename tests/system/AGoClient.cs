namespace Bourse.SystemTests;

/// <summary>
/// The program <c>msh</c> of mesos-go, written for Apache Mesos: a scheduler that speaks protobuf, with the capabilities MULTI_ROLE,
/// RESERVATION_REFINEMENT and REGION_AWARE. Built from its sources where Go finds them, which GOPATH may name.
/// </summary>
[Collection(OneCluster.Name)]
public sealed class AGoClient(Cluster cluster)
{
    [Fact]
    public async Task Runs_a_command_and_ends_with_its_exit_code()
    {
        if (Servers.Packages.OnPath("go") is null)
            Assert.Skip("Go is not installed");
        var folder = Directory.CreateTempSubdirectory("bourse-go-");
        var msh = Path.Combine(folder.FullName, "msh");
        // Outside of modules: what it needs is on GOPATH or is not there; nothing is fetched.
        var built = await CommandLine.Run(
            "env", folder.FullName, TimeSpan.FromMinutes(5), "GO111MODULE=off", "go", "build", "-o", msh, "github.com/mesos/mesos-go/api/v1/cmd/msh");
        if (built.ExitCode != 0 && built.Errors.Contains("cannot find package", StringComparison.Ordinal))
            Assert.Skip("mesos-go is not on GOPATH");
        built.ExitCode.ShouldBe(0, built.ToString());

        var good = await CommandLine.Run(msh, folder.FullName, TimeSpan.FromMinutes(1), "-master", cluster.Master.Authority, "--", "echo", "hello");
        good.ExitCode.ShouldBe(0, good.ToString());
        good.Errors.ShouldContain("TASK_FINISHED");
        var bad = await CommandLine.Run(msh, folder.FullName, TimeSpan.FromMinutes(1), "-master", cluster.Master.Authority, "--", "sh", "-c", "exit 3");
        bad.ExitCode.ShouldBe(3, bad.ToString());
        folder.Delete(recursive: true);
        await cluster.Verify();
    }
}
