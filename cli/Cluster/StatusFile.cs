using System.Text.Json;
using Bourse.Servers;

namespace Bourse.Cli.Cluster;

/// <summary>One supervised process as last seen.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Process">The process; null while there is none.</param>
/// <param name="Since">When it was started.</param>
/// <param name="Ready">It does its work.</param>
/// <param name="Restarts">How often it died and was started again since <c>up</c>.</param>
/// <param name="Address">Where it listens.</param>
/// <param name="Log">The file it prints to.</param>
/// <param name="Trouble">Why it is not running; null when it is.</param>
internal sealed record ProcessStatus(
    string Name, ProcessIdentity? Process, DateTimeOffset? Since, bool Ready, int Restarts, string Address, string Log, string? Trouble);

/// <summary>What the supervision last saw of a cluster.</summary>
internal sealed record ClusterStatus(IReadOnlyList<ProcessStatus> Processes, DateTimeOffset At, string? Trouble)
{
    public bool Ready => Trouble is null && Processes.All(process => process.Ready);

    public static ClusterStatus? Load(Home home) => HomeFile.Read<ClusterStatus>(home.Status);

    public void Save(Home home) => HomeFile.WritePublic(home.Status, JsonSerializer.Serialize(this, HomeFile.Form));
}
