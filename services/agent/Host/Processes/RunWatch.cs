using System.Globalization;
using Bourse.Agent.Host.Sandboxes;

namespace Bourse.Agent.Host.Processes;

/// <summary>
/// Learns how runs end, whoever started their supervisors: a supervisor's run file is closed when it ends, in whatever way.
/// </summary>
internal sealed class RunWatch : IDisposable
{
    private readonly WorkDirectory work;
    private readonly Inbox inbox;
    private readonly IDisposable watch;

    public RunWatch(WorkDirectory work, Inbox inbox, Inotify inotify)
    {
        (this.work, this.inbox) = (work, inbox);
        watch = inotify.Watch(work.Runs, Native.ClosedAfterWriting, Closed);
    }

    /// <summary>After a restart: what became of a run meanwhile.</summary>
    /// <param name="run">The run.</param>
    /// <param name="sameBoot">Whether the machine has not been started anew; otherwise nothing of before lives.</param>
    public void Recover(long run, bool sameBoot)
    {
        var path = work.RunFile(run);
        switch (RunFile.Read(path))
        {
            case null:
                inbox.Post((now, seed) => new SeeNeverStarted(run, now, seed));
                break;
            case { Supervisor: { } supervisor, Status: null } when sameBoot && ProcessTable.Lives(supervisor):
                inbox.Post((now, seed) => new SeeStarted(run, supervisor, now, seed));
                break;
            default:
                // It may have ended between the two looks.
                End(run);
                break;
        }
    }

    /// <summary>For events that were lost, and supervisors that died before they had a run file.</summary>
    public void LookAgain(long run, ProcessIdentity supervisor)
    {
        if (!ProcessTable.Lives(supervisor))
            End(run);
    }

    public void Dispose() => watch.Dispose();

    private void Closed(string name)
    {
        // An empty name: events were lost. Every running task is looked at again before long.
        if (long.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out var run))
            End(run);
    }

    private void End(long run)
    {
        if (RunFile.Read(work.RunFile(run))?.Status is { } status)
            inbox.Post((now, seed) => new SeeExited(run, status, now, seed));
        else
            inbox.Post((now, seed) => new SeeVanished(run, now, seed));
    }
}
