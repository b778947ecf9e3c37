using Bourse.Contracts;
using Bourse.Deciding;

namespace Bourse.Allocator;

/// <summary>Offers that a framework leaves unanswered for too long end, so that others may have them.</summary>
public static class TimingOut
{
    /// <summary>Those whose time is over; of a framework that is removed just now they end with it.</summary>
    public static Decision Decide(AllocatorState state, Tick c) => state.Settings.OfferTimeout is not { } timeout
        ? Decision.Nothing
        : Decision.Of([.. state.Offers.Values
            .Where(offer => offer.At + timeout <= c.Now && !(state.Frameworks[offer.FrameworkId].RemoveAt <= c.Now))
            .GroupBy(offer => offer.FrameworkId).OrderBy(offers => offers.Key)
            .Select(offers => new OffersRescinded(offers.Key, offers.Select(offer => offer.Id).ToValueList(), "the framework did not answer in time", c.Now))]);
}
