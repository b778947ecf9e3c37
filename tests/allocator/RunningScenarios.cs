using Bourse.Simulation;

namespace Bourse.Allocator.Tests;

public sealed class RunningScenarios
{
    public static TheoryData<string> Files() => [.. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "scenarios"), "*.yaml").Select(path => Path.GetFileName(path)).Order()];

    /// <summary>Whatever the allocator chooses at random, the scenario must hold: hence several seeds.</summary>
    [Theory]
    [MemberData(nameof(Files))]
    public void Every_expectation_holds(string file)
    {
        var yaml = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "scenarios", file));
        for (var seed = 1; seed <= 20; seed++)
            Scenario.Run(yaml, seed).Steps.Where(step => step.Failure is not null).ShouldBeEmpty();
    }

    [Fact]
    public void A_failed_expectation_says_what_was_expected_and_what_happened()
    {
        var report = Scenario.Run("""
            steps:
              - add_framework: {id: f, roles: [r]}
              - add_agent: {id: a, total: "cpus:1;mem:64"}
              - expect: []
            """);
        report.Passed.ShouldBeFalse();
        report.Steps[2].Failure!.Expected.ShouldBeEmpty();
        report.Steps[2].Failure!.Happened.ShouldBe(["f@r on a: cpus:1;mem:64"]);
    }

    [Theory]
    [InlineData("steps:\n  - add_agent: {id: a, total: 'cpus:x'}", "step 1, add_agent, key 'total'")]
    [InlineData("steps:\n  - add_agent: {id: a, colour: blue}", "step 1, add_agent: unknown key 'colour'")]
    [InlineData("steps:\n  - trigger: {}\n  - fly: {}", "step 2, fly: unknown step 'fly'")]
    [InlineData("steps:\n  - recover: {fw: f, role: r, agent: b}", "step 1, recover, key 'agent': there is no agent 'b'")]
    [InlineData("steps: [", "not YAML")]
    [InlineData("kind: dance\nsteps: []", "key 'kind'")]
    public void A_malformed_file_is_refused_with_the_step_and_key(string yaml, string problem) =>
        Should.Throw<ScenarioException>(() => Scenario.Run(yaml)).Message.ShouldContain(problem);
}
