using Bourse.Contracts;
using Bourse.Deciding;

namespace Bourse.Allocator;

/// <summary>UPDATE_WEIGHTS: roles weigh differently from the next cycle on.</summary>
public static class UpdatingWeights
{
    /// <summary>
    /// Outstanding offers were shared out by the weights before. When anybody is in a role that changes, or below it, those end that
    /// would be somebody else's now; Mesos ends all of them.
    /// </summary>
    public static Decision Decide(AllocatorState state, UpdateWeights c)
    {
        if (c.Weights.Count == 0)
            return new Refusal(RefusalCode.Malformed, "no weight is given");
        foreach (var (role, weight) in c.Weights)
        {
            if (Roles.Problem(role) is { } invalid)
                return new Refusal(RefusalCode.InvalidRole, invalid);
            if (!double.IsFinite(weight) || weight <= 0)
                return new Refusal(RefusalCode.Malformed, $"the weight of role '{role}' must be a finite number above 0");
        }
        if (c.Weights.GroupBy(weight => weight.Role).FirstOrDefault(same => same.Count() > 1) is { } twice)
            return new Refusal(RefusalCode.Malformed, $"role '{twice.Key}' is given twice");

        var changed = c.Weights.Where(each => each.Weight != state.Weights.GetValueOrDefault(each.Role, Default))
            .OrderBy(each => each.Role, StringComparer.Ordinal).ToValueList();
        if (changed.Count == 0)
            return Decision.Nothing;
        var matters = state.Frameworks.Values.Any(framework => !framework.Removed
            && framework.Description.Roles.Any(role => changed.Any(each => Roles.MayUse(role, each.Role))));
        return Decision.Of([
            new WeightsUpdated(changed, c.Principal, c.Now),
            .. matters ? OtherwiseDue.Of(state, changed, c.Now).GroupBy(offer => offer.FrameworkId).OrderBy(group => group.Key)
                .Select(group => new OffersRescinded(group.Key, group.Select(offer => offer.Id).ToValueList(), "the weights of roles changed", c.Now)) : []]);
    }

    /// <summary>What a role weighs that was given no weight.</summary>
    public const double Default = 1;
}
