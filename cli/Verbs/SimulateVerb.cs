using System.CommandLine;
using System.Globalization;
using Bourse.Cli.Output;
using Bourse.Simulation;

namespace Bourse.Cli.Verbs;

/// <summary>Tries a change before making it: runs a scenario file on the allocation engine in virtual time.</summary>
internal static class SimulateVerb
{
    private const int ExpectationFailed = 1, CannotRun = 2;

    private static readonly Argument<string> File = new("FILE") { Description = "The scenario, YAML; docs/simulate.md says how to write one" };

    private static readonly Option<long> Seed = new("--seed")
    {
        Description = "Of the choices the allocator makes at random",
        HelpName = "N",
        DefaultValueFactory = _ => 1,
    };

    public static Command Create()
    {
        var command = new Command("simulate", "Run a scenario of quotas, weights and frameworks without a cluster") { File, Seed };
        command.SetAction(Run);
        return command;
    }

    private static async Task<int> Run(ParseResult arguments, CancellationToken cancellationToken)
    {
        var screen = arguments.Screen();
        try
        {
            var report = Scenario.Run(await System.IO.File.ReadAllTextAsync(arguments.GetRequiredValue(File), cancellationToken), arguments.GetValue(Seed));
            screen.Result(report, () => Print(report));
            return report.Passed ? 0 : ExpectationFailed;
        }
        catch (Exception wrong) when (wrong is ScenarioException or IOException or UnauthorizedAccessException)
        {
            screen.Error(wrong.Message);
            return CannotRun;
        }
    }

    private static void Print(ScenarioReport report)
    {
        if (report.Name.Length > 0)
        {
            Screen.Line($"{report.Id} {report.Name}".TrimStart());
        }

        foreach (var step in report.Steps)
        {
            var mark = step.Failure is not null ? "FAIL" : step.IsCheck ? "ok" : "";
            Screen.Line($"{step.Number,4}  {Seconds(step.At),6}  {mark,-4}  {step.Step}: {step.Text}");
            foreach (var made in step.Allocations)
            {
                Screen.Line($"{"",20}-> {made.Framework} in {made.Role} on {made.Agent}: {made.Resources}{(made.At < step.At ? $"  (at {Seconds(made.At)})" : "")}");
            }

            foreach (var asked in step.InverseOffers)
            {
                Screen.Line($"{"",20}-> {asked.Framework} is asked to leave {asked.Agent}");
            }

            if (step.Failure is { } failure)
            {
                List("expected", failure.Expected);
                List("happened", failure.Happened);
            }
        }

        var failed = report.Steps.Count(step => step.Failure is not null);
        Screen.Line(failed == 0 ? $"Every expectation held: {Words.Count(report.Steps.Count(step => step.IsCheck), "check")}." : $"{Words.Count(failed, "expectation")} failed.");
    }

    private static void List(string heading, IReadOnlyList<string> lines)
    {
        Screen.Line($"{"",20}{heading}:{(lines.Count == 0 ? " nothing" : "")}");
        foreach (var line in lines)
        {
            Screen.Line($"{"",22}{line}");
        }
    }

    private static string Seconds(double at) => string.Create(CultureInfo.InvariantCulture, $"{at:0.###} s");
}
