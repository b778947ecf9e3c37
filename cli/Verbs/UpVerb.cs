using System.CommandLine;
using Bourse.Cli.Cluster;
using Bourse.Cli.Output;

namespace Bourse.Cli.Verbs;

/// <summary>Brings a local cluster up, or says that it is.</summary>
internal static class UpVerb
{
    private static readonly Option<int> Agents = new("--agents")
    {
        Description = "How many agents",
        HelpName = "N",
        DefaultValueFactory = _ => 3,
    };

    private static readonly Option<bool> Open = new("--open")
    {
        Description = "Let anonymous callers in on loopback, as Mesos clients without credentials need it",
    };

    private static readonly Option<string[]> Principals = new("--principal")
    {
        Description = "Make a token for a framework principal; may be repeated (there is always one for `default`)",
        HelpName = "NAME",
    };

    static UpVerb() => Agents.Validators.Add(result =>
    {
        if (result.Tokens is [var token] && int.TryParse(token.Value, out var count) && count is < 1 or > 50)
        {
            result.AddError($"--agents must be between 1 and 50, not {token.Value}");
        }
    });

    public static Command Create()
    {
        var command = new Command("up", "Start a local cluster of real processes and keep it running") { Agents, Open, Principals };
        command.SetAction(Run);
        return command;
    }

    private static async Task<int> Run(ParseResult arguments, CancellationToken cancellationToken)
    {
        var (screen, home) = (arguments.Screen(), arguments.HomeOf());
        var wish = new Wish(
            arguments.GetValue(Common.Port), arguments.GetValue(Agents), arguments.GetValue(Open), arguments.GetValue(Principals) ?? []);
        var started = false;
        await screen.Progress("starting", async say => started = await LocalCluster.Up(home, wish, say, cancellationToken));

        var settings = Settings.Load(home)!;
        var status = ClusterStatus.Load(home)!;
        screen.Result(
            new
            {
                started,
                master = settings.Master,
                home = home.Directory,
                open = settings.Open,
                principals = Tokens.Load(home)!.List.Where(token => token.Kind == Tokens.Framework).Select(token => token.Principal),
                processes = status.Processes.Select(StatusVerb.Shown),
            },
            () =>
            {
                Screen.Line(started ? "The cluster is up." : "The cluster was up already.");
                Screen.Line();
                StatusVerb.Print(status);
                Screen.Line();
                Screen.Line($"master   {settings.Master}");
                Screen.Line($"home     {home.Directory} (tokens: tokens.json, logs: log/)");
                Screen.Line($"callers  {(settings.Open ? "anyone on this machine" : "those with a token")}");
                Screen.Line();
                Screen.Line("Next: bourse run -- echo hello · bourse status · bourse down");
            });
        return 0;
    }
}
