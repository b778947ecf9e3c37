using System.CommandLine;
using System.Text.Json.Nodes;
using Bourse.Cli.Output;

namespace Bourse.Cli.Verbs;

/// <summary>Folds the journal again and checks that the guarantees hold.</summary>
internal static class ReplayVerb
{
    public const string Path = "/bourse/v1/verify";

    public static Command Create()
    {
        var verify = new Command("verify", "Fold the journal, compare with the live state, check every guarantee; exit code 1 when one is broken");
        verify.SetAction(Run);
        return new Command("replay", "Work with the recorded past") { verify };
    }

    /// <summary>What was checked.</summary>
    public static Verdict Judge(JsonObject answer)
    {
        var services = (answer["services"] as JsonArray ?? []).OfType<JsonObject>().ToList();
        var checks = services.SelectMany(service => (service["checks"] as JsonArray ?? []).OfType<JsonObject>()).ToList();
        return new Verdict(
            services.Sum(service => service["events"]?.GetValue<long>() ?? 0),
            checks.Count,
            checks.Sum(check => (check["violations"] as JsonArray)?.Count ?? 0));
    }

    public static void Print(JsonObject answer)
    {
        foreach (var service in (answer["services"] as JsonArray ?? []).OfType<JsonObject>())
        {
            Screen.Line($"{Words.Text(service["service"])}: {Words.Count(service["events"]?.GetValue<long>() ?? 0, "event")}");
            foreach (var check in (service["checks"] as JsonArray ?? []).OfType<JsonObject>())
            {
                var violations = check["violations"] as JsonArray ?? [];
                Screen.Line(
                    $"  {(violations.Count == 0 ? "holds " : "BROKEN")}  {Words.Text(check["guarantee"]),-4} {Words.Text(check["what"])} (over {check["over"]?.GetValue<long>() ?? 0})");
                foreach (var violation in violations.Take(10))
                {
                    Screen.Line($"            {Words.Text(violation)}");
                }
            }
        }

        Screen.Line();
        Screen.Line(Judge(answer).ToString());
    }

    private static async Task<int> Run(ParseResult arguments, CancellationToken cancellationToken)
    {
        using var master = arguments.Master();
        var answer = await master.Post(Path, cancellationToken);
        arguments.Screen().Result(answer, () => Print(answer));
        return Judge(answer).Holds ? 0 : 1;
    }

    /// <summary>The outcome in figures.</summary>
    public sealed record Verdict(long Events, int Checks, int Violations)
    {
        public bool Holds => Checks > 0 && Violations == 0;

        public override string ToString() => Holds
            ? $"Every guarantee checked holds: {Words.Count(Checks, "check")} over {Words.Count(Events, "event")}."
            : Checks == 0 ? "Nothing was checked." : $"{Words.Count(Violations, "violation")} in {Words.Count(Checks, "check")} over {Words.Count(Events, "event")}.";
    }
}
