using Bourse.Contracts;
using Bourse.Deciding;

namespace Bourse.Allocator;

/// <summary>UPDATE_FRAMEWORK: a connected framework describes itself anew, roles and all, without subscribing again.</summary>
public static class Updating
{
    /// <summary>Decides an update. Tasks in roles that are dropped go on; only offers in them end.</summary>
    public static Decision Decide(AllocatorState state, UpdateFramework c)
    {
        if (state.Living(c.FrameworkId) is not { } framework)
            return new Refusal(RefusalCode.UnknownFramework, $"framework {c.FrameworkId} is not subscribed");
        if (Subscribing.Problem(c.Description, c.SuppressedRoles) is { } invalid)
            return invalid;
        if (Fixed(framework.Description, c.Description) is { } changed)
            return new Refusal(RefusalCode.NotAllowed, $"Updating 'FrameworkInfo.{changed}' is unsupported");

        var facts = new List<IFact>();
        var dropped = state.OffersTo(framework.Id).Where(offer => !c.Description.Roles.Contains(offer.Role)).Select(offer => offer.Id).ToValueList();
        if (dropped.Count > 0)
            facts.Add(new OffersRescinded(framework.Id, dropped, "the framework left their role", c.Now));
        if (c.Description != framework.Description)
            facts.Add(new FrameworkUpdated(framework.Id, c.Description, c.Now));
        var suppressed = c.SuppressedRoles.Where(role => !framework.Suppressed.Contains(role)).ToValueList();
        if (suppressed.Count > 0)
            facts.Add(new FrameworkSuppressed(framework.Id, suppressed, c.Now));
        // Roles that are wanted again lose their filters, as with REVIVE.
        var revived = c.Description.Roles.Where(role => framework.Suppressed.Contains(role) && !c.SuppressedRoles.Contains(role)).ToValueList();
        if (revived.Count > 0)
            facts.Add(new FrameworkRevived(framework.Id, revived, c.Now));
        return Decision.Of(facts);
    }

    // Tasks run under the one, secrets are granted to the other, and the third says what an agent keeps.
    private static string? Fixed(FrameworkDescription before, FrameworkDescription after) =>
        before.User != after.User ? "user"
        : before.Principal != after.Principal ? "principal"
        : before.Checkpoint != after.Checkpoint ? "checkpoint"
        : null;
}
