using System.Threading.Channels;

namespace Bourse.Agent.Host.Processes;

/// <summary>
/// Sends signals to runs. Whatever waits is served by one look at the process table, so that ending two hundred tasks at once
/// costs about as much as ending one.
/// </summary>
internal sealed class Signaller
{
    private static readonly TimeSpan UntilForked = TimeSpan.FromMilliseconds(20);
    private const int Attempts = 250;

    private readonly Channel<(SignalRun Signal, int Attempt)> waiting = Channel.CreateUnbounded<(SignalRun, int)>();

    public void Send(SignalRun signal) => waiting.Writer.TryWrite((signal, 1));

    public async Task Run(CancellationToken stopping)
    {
        while (await waiting.Reader.WaitToReadAsync(stopping))
        {
            var batch = new List<(SignalRun Signal, int Attempt)>();
            while (waiting.Reader.TryRead(out var next))
                batch.Add(next);

            var early = Serve(batch).ToList();
            if (early.Count == 0)
                continue;
            // Their supervisors have not come to forking the command yet.
            await Task.Delay(UntilForked, stopping);
            foreach (var (signal, attempt) in early)
                waiting.Writer.TryWrite((signal, attempt + 1));
        }
    }

    /// <summary>Sends, and returns those to be sent again because the command was not there yet.</summary>
    private static IEnumerable<(SignalRun, int)> Serve(List<(SignalRun Signal, int Attempt)> batch)
    {
        var all = ProcessTable.All().ToList();
        var byPid = all.ToDictionary(entry => entry.Identity.Pid);
        var byParent = all.ToLookup(entry => entry.Parent);
        var bySession = all.ToLookup(entry => entry.Session);
        foreach (var (signal, attempt) in batch)
        {
            // A pid is given to nobody else while a session bears its number. So if another has it, nothing is left of the run;
            // and if nobody has it, whatever is in that session is the run's.
            var supervisor = byPid.GetValueOrDefault(signal.Supervisor.Pid);
            if (supervisor is not null && supervisor.Identity != signal.Supervisor)
                continue;

            // A container's runtime, init and client would pass TERM on to what gets it already; a command that stops at the second would
            // have no time to clean up.
            var processes = ProcessTable.OfRun(signal.Supervisor.Pid, byParent, bySession)
                .Where(process => signal.Kill || !Carries(process.Name)).ToList();
            foreach (var process in processes)
                // Those that ended meanwhile cannot be signalled, and need not be.
                _ = Native.Kill(process.Identity.Pid, signal.Kill ? Native.SigKill : Native.SigTerm);
            // A fork of the supervisor that has not become the command yet may still have had the supervisor's traps.
            if (supervisor is { Dead: false } && attempt < Attempts
                && (processes.Count == 0 || processes.Exists(process => CommandLine(process) == CommandLine(supervisor))))
                yield return (signal, attempt);
        }
    }

    // The runtime calls itself otherwise until it has become the command.
    private static bool Carries(string name) => name is "runc" or "bourse-init" or "bourse-docker" || name.StartsWith("runc:[", StringComparison.Ordinal);

    private static string CommandLine(ProcessTable.Entry process)
    {
        try
        {
            return File.ReadAllText($"/proc/{process.Identity.Pid}/cmdline");
        }
        catch (Exception e) when (ProcessTable.IsGone(e))
        {
            return $"ended: {process.Identity.Pid}";
        }
    }
}
