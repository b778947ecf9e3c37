using Bourse.Contracts;
using Bourse.Deciding;

namespace Bourse.Allocator;

/// <summary>DECLINE: offers go back, and are not made again for a while.</summary>
public static class Declining
{
    /// <summary>Offers that are over or somebody else's are passed over: a late decline asks for what is already true.</summary>
    public static Decision Decide(AllocatorState state, Decline c)
    {
        var mine = c.OfferIds.Distinct()
            .Where(id => state.Offers.TryGetValue(id, out var offer) && offer.FrameworkId == c.FrameworkId).ToValueList();
        return mine.Count == 0 ? Decision.Nothing : [new OffersDeclined(c.FrameworkId, mine, RefuseFor.Until(c.Now, c.RefuseFor), c.Now)];
    }
}
