using Bourse.Contracts;
using Bourse.Journal;

namespace Bourse.Allocator.Host.Loop;

/// <summary>
/// When to run allocation cycles: soon after something that may let one succeed (collecting what comes at once), and every second,
/// because filters lapse with time. Frameworks that stay away too long are removed by the same clock.
/// </summary>
internal sealed class Allocating(IInbox<AllocatorState, AllocatorCommand> inbox, TimeProvider clock, ILogger<Allocating> log)
    : BackgroundService, ICommitListener<AllocatorState>
{
    private static readonly Origin Own = new(Services.Allocator, Services.Allocator);
    private static readonly TimeSpan Collect = TimeSpan.FromMilliseconds(20), Interval = TimeSpan.FromSeconds(1);

    private readonly SemaphoreSlim wanted = new(0, 1);

    public void Leading(AllocatorState state, long epoch) => Want();

    public void Committed(AllocatorState state, IReadOnlyList<Recorded> events)
    {
        foreach (var recorded in events)
            if (MayAllowOffers(recorded.Fact))
            {
                Want();
                return;
            }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            var early = await wanted.WaitAsync(Interval, stoppingToken);
            if (early)
                await Task.Delay(Collect, clock, stoppingToken);
            try
            {
                if (!early)
                    await inbox.Send(new Tick(clock.GetUtcNow()), Own, stoppingToken);
                await inbox.Send(new Allocate(clock.GetUtcNow()), Own, stoppingToken);
            }
            catch (JournalUnavailableException unavailable)
            {
                log.LogDebug("No allocation now: {Reason}", unavailable.Message);
            }
        }
    }

    private static bool MayAllowOffers(IFact fact) => fact switch
    {
        TaskStatusChanged f => f.Update.State.IsTerminal(),
        FrameworkSubscribed or FrameworkRevived or FrameworkDisconnected or FrameworkRemoved => true,
        CapacityAdded or CapacityResumed => true,
        OffersAccepted or OffersDeclined or OffersRescinded => true,
        _ => false,
    };

    // Only the journal's loop calls this, so nobody releases in between.
    private void Want()
    {
        if (wanted.CurrentCount == 0)
            wanted.Release();
    }
}
