using Bourse.Contracts;
using Bourse.Journal;

namespace Bourse.Allocator.Host.Loop;

/// <summary>
/// Runs allocation cycles: soon after something that may let one succeed (collecting what comes at once), and every second,
/// because filters lapse with time. Frameworks that stay away too long are removed by the same clock, and the first thing a new
/// leader does is to take over.
/// </summary>
internal sealed class Allocating(
    IInbox<AllocatorState, AllocatorCommand> inbox, Occasions occasions, TimeProvider clock, ILogger<Allocating> log) : BackgroundService
{
    private static readonly Origin Own = new(Services.Allocator, Services.Allocator);
    private static readonly TimeSpan Collect = TimeSpan.FromMilliseconds(20), Interval = TimeSpan.FromSeconds(1);

    private long lastTick = clock.GetTimestamp();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var early = await occasions.Wait(Interval, stoppingToken);
            if (early)
                await Task.Delay(Collect, clock, stoppingToken);
            try
            {
                await Cycle(early, stoppingToken);
            }
            catch (JournalUnavailableException unavailable)
            {
                log.LogDebug("No allocation now: {Reason}", unavailable.Message);
            }
        }
    }

    private async Task Cycle(bool early, CancellationToken ct)
    {
        if (occasions.LeadingSince is { } takeOver)
        {
            await inbox.Send(takeOver, Own, ct);
            occasions.TookOver(takeOver);
        }
        // Where something happens all the time no wait ever runs out, and yet time passes.
        if (!early || clock.GetElapsedTime(lastTick) >= Interval)
        {
            await inbox.Send(new Tick(clock.GetUtcNow()), Own, ct);
            lastTick = clock.GetTimestamp();
        }
        await inbox.Send(new Allocate(clock.GetUtcNow()), Own, ct);
    }
}
