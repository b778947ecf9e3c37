using System.Diagnostics;
using Bourse.Servers;

namespace Bourse.Cli.Cluster;

/// <summary>Keeps one unit running: starts it, watches it, starts it again with back-off when it dies.</summary>
internal sealed class Keeper(Unit unit, Action changed, Action<string> log)
{
    private const long LongestLog = 32 * 1024 * 1024;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan GoodRun = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(200);

    // Readiness is asked for often while starting and seldom after.
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(2);

    private readonly TaskCompletionSource firstReady = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ProcessStatus status = new(unit.Name, null, null, false, 0, unit.Address, unit.Log, "not started yet");

    public ProcessStatus Status => status;

    /// <summary>Completes when the unit did its work for the first time.</summary>
    public Task FirstReady => firstReady.Task;

    /// <summary>Watches until told to end; leaves the unit running.</summary>
    public async Task Keep(CancellationToken ending)
    {
        var pause = FirstPause;
        while (!ending.IsCancellationRequested)
        {
            var started = Stopwatch.GetTimestamp();
            try
            {
                await unit.Start(ending);
                Set(status with { Process = unit.Process, Since = DateTimeOffset.UtcNow, Trouble = "starting" });
                await Watch(ending);
                Set(status with { Process = null, Ready = false, Restarts = status.Restarts + 1, Trouble = $"died; see {unit.Log}" });
            }
            catch (Exception failure) when (failure is not OperationCanceledException)
            {
                // Whatever it is, it concerns this one process; the others are kept running.
                log($"{unit.Name}: {failure}");
                Set(status with { Process = null, Ready = false, Restarts = status.Restarts + 1, Trouble = failure.Message });
            }

            pause = Stopwatch.GetElapsedTime(started) > GoodRun ? FirstPause : pause;
            log($"{unit.Name}: {status.Trouble}; starting it again in {pause.TotalSeconds:0.0} s");
            // Back-off: what dies again at once must not take the machine with it.
            await Task.Delay(pause, ending);
            pause = TimeSpan.FromTicks(Math.Min(pause.Ticks * 2, LongestPause.Ticks));
        }
    }

    private async Task Watch(CancellationToken ending)
    {
        var asked = long.MinValue;
        while (unit.Process is not null)
        {
            if (!status.Ready || Stopwatch.GetElapsedTime(asked) > AskAgain)
            {
                asked = Stopwatch.GetTimestamp();
                BoundLog();
                var ready = await unit.IsReady(ending);
                if (ready != status.Ready)
                {
                    log($"{unit.Name}: {(ready ? "ready" : "not ready")}");
                    Set(status with { Ready = ready, Trouble = ready ? null : "not ready" });
                }

                if (ready)
                {
                    firstReady.TrySetResult();
                }
            }

            // A supervision that was started anew found some of them running: no children of its own, whose end nothing signals.
            await Task.Delay(Glance, ending);
        }
    }

    // The process appends to its log and never looks at it, so the file may be emptied under it; one older part is kept.
    private void BoundLog()
    {
        if (new FileInfo(unit.Log) is { Exists: true, Length: > LongestLog })
        {
            File.Copy(unit.Log, unit.Log + ".1", overwrite: true);
            using var file = new FileStream(unit.Log, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
            file.SetLength(0);
        }
    }

    private void Set(ProcessStatus next)
    {
        status = next;
        changed();
    }
}
