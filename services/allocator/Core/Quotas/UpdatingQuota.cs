using Bourse.Contracts;
using Bourse.Deciding;

namespace Bourse.Allocator;

/// <summary>Quotas change: all that a call names, or nothing. Offers that a new quota does not allow, or needs back, end.</summary>
public static class UpdatingQuota
{
    /// <summary>UPDATE_QUOTA.</summary>
    public static Decision Decide(AllocatorState state, UpdateQuota c)
    {
        var updated = c.Quotas.OrderBy(quota => quota.Role, StringComparer.Ordinal).Select(Normal).ToValueList();
        var all = new SortedDictionary<string, RoleQuota>(state.Quotas, StringComparer.Ordinal);
        foreach (var quota in updated)
            RoleFacts.Set(all, quota);
        var tree = new QuotaTree(all);
        if (QuotaRules.Problem(updated, tree) is { } problem)
            return problem;
        var use = RoleUse.Of(state);
        if (!c.Force && QuotaRules.Overcommitment(updated, tree, use) is { } overcommitment)
            return overcommitment;
        var changed = updated.Where(quota => quota != (state.Quotas.GetValueOrDefault(quota.Role) ?? new RoleQuota(quota.Role, [], []))).ToValueList();
        return changed.Count == 0
            ? Decision.Nothing
            : Decision.Of([new QuotasUpdated(changed, c.Force, c.Principal, c.Now), .. Rescind(state, changed, tree, use, c.Now)]);
    }

    /// <summary>SET_QUOTA.</summary>
    public static Decision Decide(AllocatorState state, SetQuota c) => state.Quotas.ContainsKey(c.Quota.Role)
        ? new Refusal(RefusalCode.Malformed, $"role '{c.Quota.Role}' has a quota already")
        : Decide(state, new UpdateQuota([c.Quota], c.Force, c.Principal, c.Now));

    /// <summary>REMOVE_QUOTA.</summary>
    public static Decision Decide(AllocatorState state, RemoveQuota c) => state.Quotas.ContainsKey(c.Role)
        ? Decide(state, new UpdateQuota([new RoleQuota(c.Role, [], [])], Force: false, c.Principal, c.Now))
        : new Refusal(RefusalCode.Malformed, $"role '{c.Role}' has no quota");

    // A guarantee of nothing is none; a limit of nothing is one.
    private static RoleQuota Normal(RoleQuota quota) => new(
        quota.Role,
        quota.Guarantee.Where(each => each.Amount > Scalar.Zero).OrderBy(each => each.Name, StringComparer.Ordinal).ToValueList(),
        quota.Limit.OrderBy(each => each.Name, StringComparer.Ordinal).ToValueList());

    private static IEnumerable<OffersRescinded> Rescind(
        AllocatorState state, ValueList<RoleQuota> changed, QuotaTree all, RoleUse use, DateTimeOffset now)
    {
        var over = new List<Offer>();
        foreach (var quota in changed)
            foreach (var offer in state.Offers.Values.Where(offer => Roles.MayUse(offer.Role, quota.Role)).Except(over).ToList())
                if (quota.Limit.Any(limit => use.Held(quota.Role, limit.Name) > limit.Amount && Counted(offer, limit.Name) > Scalar.Zero))
                    Take(offer, over);

        var needed = new List<Offer>();
        // No offer that counts towards a guarantee is taken, so that what all guarantees need stays the same meanwhile.
        var names = changed.SelectMany(quota => quota.Guarantee).Select(each => each.Name).Distinct()
            .Select(name => (Name: name, Headroom: all.Headroom(name, use))).ToList();
        var wanting = changed.Where(quota => quota.Guarantee.Count > 0).ToList();
        foreach (var offer in state.Offers.Values.OrderBy(offer => offer.AgentId).Except(over).ToList())
            if (!wanting.Exists(quota => Roles.MayUse(offer.Role, quota.Role))
                && names.Exists(each => each.Headroom > use.Free(each.Name) && Counted(offer, each.Name) > Scalar.Zero && !IsGuaranteed(offer, each.Name)))
                Take(offer, needed);

        return Facts(over, "its role's quota allows less").Concat(Facts(needed, "another role's guarantee needs the resources"));

        void Take(Offer offer, List<Offer> into)
        {
            use.Withdraw(offer);
            into.Add(offer);
        }

        // Taken back it would only be missing from another guarantee.
        bool IsGuaranteed(Offer offer, string name) => RoleUse.SelfAndAbove(offer.Role).Any(role =>
            all.Of(role) is { } quota && QuotaRules.Of(quota.Guarantee, name) is { } guarantee
            && use.Held(role, name) - Counted(offer, name) < guarantee);

        IEnumerable<OffersRescinded> Facts(List<Offer> offers, string reason) => offers
            .GroupBy(offer => offer.FrameworkId).OrderBy(group => group.Key)
            .Select(group => new OffersRescinded(group.Key, group.Select(offer => offer.Id).ToValueList(), reason, now));
    }

    private static Scalar Counted(Offer offer, string name) => offer.Resources.Entries
        .Where(entry => entry.Name == name && RoleUse.IsCounted(entry))
        .Aggregate(Scalar.Zero, (sum, entry) => sum + entry.Scalar!.Value);
}
