using System.Collections.Concurrent;
using System.Threading.Channels;
using Bourse.Agent.Host.Containers;

namespace Bourse.Agent.Host.Processes;

/// <summary>
/// Starts runs. What can begin at once does not wait behind what has to be fetched, images among it; and whoever is not wanted any more
/// stops waiting.
/// </summary>
internal sealed class Starts(Starter starter, Containment containers, Inbox inbox)
{
    private const int Starters = 2;
    private const int SlowStarters = 8;

    private readonly Channel<StartProcess> processes = Channel.CreateUnbounded<StartProcess>();
    private readonly Channel<StartProcess> slow = Channel.CreateUnbounded<StartProcess>();
    private readonly ConcurrentDictionary<long, CancellationTokenSource> waiting = new();

    public void Begin(StartProcess start)
    {
        // A start that has to fetch may take minutes and must not hold up those that need not.
        if (!containers.IsContainer(start.Task) && start.Task.Spec.Command.Uris.Count == 0)
        {
            processes.Writer.TryWrite(start);
            return;
        }
        waiting[start.Task.Run] = new();
        slow.Writer.TryWrite(start);
    }

    public void Cancel(long run)
    {
        if (waiting.TryGetValue(run, out var source))
            source.Cancel();
    }

    /// <summary>Ends with the agent.</summary>
    public Task Run(CancellationToken stopping) => Task.WhenAll(
        [
            .. Enumerable.Range(0, Starters).Select(_ => StartWhatWaits(processes, stopping)),
            .. Enumerable.Range(0, SlowStarters).Select(_ => StartWhatWaits(slow, stopping)),
        ]);

    private async Task StartWhatWaits(Channel<StartProcess> starts, CancellationToken stopping)
    {
        await foreach (var start in starts.Reader.ReadAllAsync(stopping))
        {
            waiting.TryGetValue(start.Task.Run, out var own);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(stopping, own?.Token ?? CancellationToken.None);
            await Start(start, both.Token, stopping);
            // Left to the collector: its Cancel may be under way at this moment.
            waiting.TryRemove(start.Task.Run, out _);
        }
    }

    private async Task Start(StartProcess start, CancellationToken cancelled, CancellationToken stopping)
    {
        var run = start.Task.Run;
        string why;
        try
        {
            var (supervisor, container) = await starter.Start(start.Task, start.Secrets, cancelled);
            // Null: a command shorter than a look at it. Its end tells of its start as well.
            if (supervisor is not null)
                inbox.Post((now, seed) => new SeeStarted(run, supervisor, now, seed, container));
            return;
        }
        catch (CannotStartException e)
        {
            why = e.Message;
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            why = "The task was killed before its process was started";
        }
        await containers.Settle(run, stopping);
        inbox.Post((now, seed) => new SeeStartFailed(run, why, now, seed));
    }
}
