using System.CommandLine;
using Bourse.Cli.Cluster;

namespace Bourse.Cli.Verbs;

/// <summary>The background process that `up` starts. Not for people.</summary>
internal static class SuperviseVerb
{
    public static Command Create()
    {
        var command = new Command("supervise", "Keep the processes of a local cluster running (started by `up`)") { Hidden = true };
        command.SetAction(async (arguments, cancellationToken) =>
        {
            var home = arguments.HomeOf();
            var settings = Settings.Load(home) ?? throw new CliException($"{home.Settings} is missing; `bourse up` writes it");
            await new Supervisor(home, settings, Console.Out).Run(cancellationToken);
            return 0;
        });
        return command;
    }
}
