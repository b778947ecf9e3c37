using System.CommandLine;
using System.Globalization;
using Bourse.Cli.Output;

namespace Bourse.Cli.Verbs;

/// <summary>Takes an agent out of use and puts it back: drain, deactivate, reactivate, gone.</summary>
internal static class AgentStandingVerbs
{
    private static readonly Argument<string> Agent = new("agent") { Description = "The agent", HelpName = "AGENT" };
    private static readonly Option<double?> Grace = new("--grace")
    {
        Description = "Most seconds between TERM and KILL; each task's own time when absent",
        HelpName = "SECONDS",
    };
    private static readonly Option<bool> MarkGone = new("--mark-gone") { Description = "When it is empty it is gone for ever" };

    static AgentStandingVerbs() => Grace.Validators.Add(result =>
    {
        if (result.Tokens is [var token] && double.TryParse(token.Value, CultureInfo.InvariantCulture, out var seconds) && seconds < 0)
        {
            result.AddError($"--grace must not be negative, and is {token.Value}");
        }
    });

    public static Command Drain()
    {
        var command = new Command("drain", "Offer nothing of an agent and end its tasks") { Agent, Grace, MarkGone };
        command.SetAction((arguments, ct) =>
        {
            var call = new Dictionary<string, object> { ["agent_id"] = Id(arguments) };
            if (arguments.GetValue(Grace) is { } seconds)
            {
                call["max_grace_period"] = new { seconds = (long)seconds, nanos = (int)((seconds - Math.Floor(seconds)) * 1e9) };
            }

            if (arguments.GetValue(MarkGone))
            {
                call["mark_gone"] = true;
            }

            return Do(arguments, "DRAIN_AGENT", call, "drains", ct);
        });
        return command;
    }

    public static Command Deactivate() => Simple("deactivate", "Offer nothing of an agent; its tasks go on", "DEACTIVATE_AGENT", "is deactivated");

    public static Command Reactivate() => Simple("reactivate", "Offer an agent again", "REACTIVATE_AGENT", "is in use again");

    public static Command Gone() => Simple("gone", "Give an agent up for ever; its tasks are over and its id is burnt", "MARK_AGENT_GONE", "is gone for ever");

    private static Command Simple(string name, string description, string call, string done)
    {
        var command = new Command(name, description) { Agent };
        command.SetAction((arguments, ct) => Do(arguments, call, new { agent_id = Id(arguments) }, done, ct));
        return command;
    }

    private static async Task<int> Do(ParseResult arguments, string type, object call, string done, CancellationToken cancellationToken)
    {
        using var master = arguments.Master();
        await master.OperatorDo(type, call, cancellationToken);
        var agent = arguments.GetRequiredValue(Agent);
        arguments.Screen().Result(new { agent, call = type, asked = true }, () => Screen.Line($"Agent {agent} {done}."));
        return 0;
    }

    private static object Id(ParseResult arguments) => new { value = arguments.GetRequiredValue(Agent) };
}
