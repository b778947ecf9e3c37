using System.CommandLine;
using Bourse.Cli.Cluster;
using Bourse.Cli.Output;

namespace Bourse.Cli.Verbs;

/// <summary>Takes a local cluster down; what it remembers stays for the next start.</summary>
internal static class DownVerb
{
    public static Command Create()
    {
        var command = new Command("down", "Stop the local cluster and its tasks; its journal stays for the next `up`");
        command.SetAction(Run);
        return command;
    }

    private static async Task<int> Run(ParseResult arguments, CancellationToken cancellationToken)
    {
        var (screen, home) = (arguments.Screen(), arguments.HomeOf());
        IReadOnlyList<string> done = [];
        await screen.Progress("stopping", async say => done = await LocalCluster.Down(home, say, cancellationToken));
        screen.Result(
            new { stopped = done.Count > 0, home = home.Directory, steps = done },
            () => Screen.Line(done.Count > 0 ? "The cluster is down." : $"No cluster is up in {home.Directory}."));
        return 0;
    }
}
