namespace Bourse.Architecture.Tests;

public sealed class DependingOnLess
{
    [Fact]
    public void Contracts_reference_nothing()
    {
        var (packages, projects) = Repository.References("contracts/Bourse.Contracts.csproj");
        packages.ShouldBeEmpty();
        projects.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("allocator")]
    [InlineData("registry")]
    [InlineData("secrets")]
    [InlineData("agent")]
    public void A_core_references_deciding_only_and_is_pure(string service)
    {
        var project = Repository.Files("*.csproj", $"services/{service}/Core").ShouldHaveSingleItem();
        var (packages, projects) = Repository.References(project);
        packages.ShouldBeEmpty();
        projects.ShouldBe(["Bourse.Deciding"]);
        File.ReadAllText(Path.Combine(Repository.Root, project)).ShouldContain("<PureCore>true</PureCore>");
    }

    [Fact]
    public void The_journal_knows_nothing_of_agents_or_tasks() =>
        Repository.Files("*.cs", "libs/Journal")
            .Where(file => File.ReadLines(Path.Combine(Repository.Root, file)).Any(line =>
                line.Contains("TaskLaunched", StringComparison.Ordinal) || line.Contains("AgentRegistered", StringComparison.Ordinal)
                || line.Contains("FrameworkId", StringComparison.Ordinal) || line.Contains("OfferId", StringComparison.Ordinal)))
            .ShouldBeEmpty();

    [Theory]
    [InlineData("allocator")]
    [InlineData("registry")]
    [InlineData("secrets")]
    [InlineData("agent")]
    public void A_service_references_no_other_service(string service)
    {
        var others = new[] { "Allocator", "Registry", "Secrets", "Agent" }.Where(other => !other.Equals(service, StringComparison.OrdinalIgnoreCase));
        foreach (var project in Repository.Files("*.csproj", $"services/{service}"))
            Repository.References(project).Projects.ShouldNotContain(name => others.Any(other => name.StartsWith($"Bourse.{other}", StringComparison.Ordinal)));
    }

    [Fact]
    public void MassTransit_is_used_in_one_project() =>
        Repository.Files("*.cs", "contracts", "libs", "services", "cli", "bench")
            .Where(file => !file.StartsWith("libs/Bus/", StringComparison.Ordinal)
                && File.ReadAllText(Path.Combine(Repository.Root, file)).Contains("using MassTransit", StringComparison.Ordinal))
            .ShouldBeEmpty();
}
