namespace Bourse.SystemTests;

[Collection(OneCluster.Name)]
public sealed class UsingASecret(Cluster cluster)
{
    private const string Value = "correct horse battery staple";

    [Fact]
    public async Task Reaches_a_task_of_a_granted_principal_as_variable_and_as_file_and_no_other()
    {
        (await cluster.Cli("secrets", "put", "system/password", Value)).ExitCode.ShouldBe(0);
        (await cluster.Cli("secrets", "grant", "system/password", "analytics")).ExitCode.ShouldBe(0);

        var variable = await cluster.Cli(
            "run", "--principal", "analytics", "--secret", "system/password=PASSWORD", "--", "sh", "-c", "printf %s \"$PASSWORD\"");
        variable.ExitCode.ShouldBe(0, variable.ToString());
        variable.Output.ShouldBe(Value);

        var file = await cluster.Cli(
            "run", "--principal", "analytics", "--secret-file", "system/password=password", "--", "cat", "password");
        file.ExitCode.ShouldBe(0, file.ToString());
        file.Output.ShouldBe(Value);

        var refused = await cluster.Cli(
            "run", "--principal", "web", "--secret", "system/password=PASSWORD", "--", "sh", "-c", "echo started");
        refused.ExitCode.ShouldNotBe(0, refused.ToString());
        refused.Output.ShouldNotContain("started");
        refused.Errors.ShouldContain("system/password");
        (await cluster.Events("--type", "secret.denied", "--stream", "secret-system/password")).ShouldNotBeEmpty();

        (await cluster.Cli("secrets", "revoke", "system/password", "analytics")).ExitCode.ShouldBe(0);
        var revoked = await cluster.Cli("run", "--principal", "analytics", "--secret", "system/password=PASSWORD", "--", "true");
        revoked.ExitCode.ShouldNotBe(0, revoked.ToString());
    }

    [Fact]
    public async Task Leaves_its_value_nowhere_in_clear()
    {
        const string Marker = "f3a9-marker-that-occurs-nowhere-else";
        (await cluster.Cli("secrets", "put", "system/marker", Marker)).ExitCode.ShouldBe(0);
        (await cluster.Cli("secrets", "grant", "system/marker", "analytics")).ExitCode.ShouldBe(0);
        var run = await cluster.Cli("run", "--principal", "analytics", "--secret", "system/marker=IT", "--", "sh", "-c", "test -n \"$IT\"");
        run.ExitCode.ShouldBe(0, run.ToString());

        (await cluster.Events()).ShouldAllBe(@event => !@event.ToJsonString().Contains(Marker));

        // Journal, broker, logs and checkpoints: all of it is files below the home.
        var found = await CommandLine.Run("grep", "/", TimeSpan.FromMinutes(1), "-rlaF", Marker, cluster.Home);
        found.Output.ShouldBe("");
    }
}
