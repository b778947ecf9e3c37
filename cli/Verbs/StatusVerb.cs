using System.CommandLine;
using Bourse.Cli.Cluster;
using Bourse.Cli.Output;

namespace Bourse.Cli.Verbs;

/// <summary>How the processes of a local cluster are.</summary>
internal static class StatusVerb
{
    public static Command Create()
    {
        var command = new Command("status", "Show the processes of the local cluster; exit code 1 unless all are ready");
        command.SetAction(Run);
        return command;
    }

    /// <summary>A process as programs get it.</summary>
    public static object Shown(ProcessStatus process) => new
    {
        process.Name,
        pid = process.Process?.Pid,
        state = StateOf(process),
        process.Since,
        process.Restarts,
        process.Address,
        process.Log,
    };

    public static void Print(ClusterStatus status) => Screen.Table(
        ["PROCESS", "STATE", "PID", "UP", "RESTARTS", "ADDRESS"],
        [.. status.Processes.Select(process => (string[])
        [
            process.Name,
            StateOf(process),
            process.Process?.Pid.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "-",
            process.Process is null ? "-" : Words.Ago(process.Since),
            process.Restarts.ToString(System.Globalization.CultureInfo.InvariantCulture),
            process.Address,
        ])]);

    private static Task<int> Run(ParseResult arguments, CancellationToken cancellationToken)
    {
        var (screen, home) = (arguments.Screen(), arguments.HomeOf());
        if (!LocalCluster.IsUp(home) || ClusterStatus.Load(home) is not { } status)
        {
            throw new CliException($"no cluster is up in {home.Directory}; `bourse up` starts one");
        }

        screen.Result(
            new { ready = status.Ready, master = Settings.Load(home)!.Master, home = home.Directory, processes = status.Processes.Select(Shown) },
            () => Print(status));
        return Task.FromResult(status.Ready ? 0 : 1);
    }

    // What was written may be a moment old; whether the process runs is looked up now.
    private static string StateOf(ProcessStatus process) => (process.Process?.IsRunning, process.Ready) switch
    {
        (true, true) => "ready",
        (true, false) => process.Trouble ?? "starting",
        _ => process.Trouble is { Length: > 0 } trouble ? trouble : "down",
    };
}
