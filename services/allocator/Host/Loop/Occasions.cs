using Bourse.Contracts;
using Bourse.Journal;

namespace Bourse.Allocator.Host.Loop;

/// <summary>Notices on the loop what may let an allocation cycle succeed.</summary>
internal sealed class Occasions(TimeProvider clock) : ICommitListener<AllocatorState>, IDisposable
{
    private readonly SemaphoreSlim wanted = new(0, 1);
    private TakeOver? leadingSince;

    /// <summary>Waits for an occasion; false when none came in time.</summary>
    public Task<bool> Wait(TimeSpan atMost, CancellationToken cancellationToken) => wanted.WaitAsync(atMost, cancellationToken);

    /// <summary>The take-over that is still to be recorded.</summary>
    public TakeOver? LeadingSince => Volatile.Read(ref leadingSince);

    /// <summary>The take-over is recorded.</summary>
    public void TookOver(TakeOver done) => Interlocked.CompareExchange(ref leadingSince, null, done);

    public void Leading(AllocatorState state, long epoch)
    {
        Volatile.Write(ref leadingSince, new TakeOver(clock.GetUtcNow()));
        Want();
    }

    public void Committed(AllocatorState state, IReadOnlyList<Recorded> events)
    {
        foreach (var recorded in events)
            if (MayAllowOffers(recorded.Fact) || (recorded.Fact is OffersMade && state.CycleGoesOn))
            {
                Want();
                return;
            }
    }

    public void Dispose() => wanted.Dispose();

    private static bool MayAllowOffers(IFact fact) => fact switch
    {
        TaskStatusChanged f => f.Update.State.IsTerminal(),
        FrameworkSubscribed or FrameworkUpdated or FrameworkRevived or FrameworkDisconnected or FrameworkRemoved => true,
        CapacityAdded or CapacityResumed or CapacityReleased or OperationApplied or ExecutorEnded => true,
        QuotasUpdated or WeightsUpdated or WhitelistChanged or AllocationResumed => true,
        // Declined for no time at all, it would come back at once, be declined again, and so on as fast as both sides can.
        OffersDeclined { RefusedUntil: null } => false,
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
