using Bourse.Contracts;
using Bourse.Deciding;

namespace Bourse.Allocator;

/// <summary>REVIVE and SUPPRESS: which roles a framework wants offers in.</summary>
public static class Wanting
{
    /// <summary>Wants offers again: filters of the roles are cleared even when none was suppressed.</summary>
    public static Decision Decide(AllocatorState state, Revive c)
    {
        if (state.Living(c.FrameworkId) is not { } framework)
            return Unknown(c.FrameworkId);
        var roles = Named(framework, c.Roles);
        return roles.Any(role => framework.Suppressed.Contains(role) || framework.Filters.Values.Any(filters => filters.Exists(filter => filter.Role == role)))
            ? [new FrameworkRevived(framework.Id, roles, c.Now)]
            : Decision.Nothing;
    }

    /// <summary>Wants no offers; those outstanding stay until they are answered.</summary>
    public static Decision Decide(AllocatorState state, Suppress c)
    {
        if (state.Living(c.FrameworkId) is not { } framework)
            return Unknown(c.FrameworkId);
        var roles = Named(framework, c.Roles).Where(role => !framework.Suppressed.Contains(role)).ToValueList();
        return roles.Count > 0 ? [new FrameworkSuppressed(framework.Id, roles, c.Now)] : Decision.Nothing;
    }

    // Mesos ignores roles that are not the framework's (master.cpp, suppress and revive).
    private static ValueList<string> Named(Framework framework, ValueList<string> roles) =>
        roles.Count == 0 ? framework.Description.Roles : framework.Description.Roles.Where(roles.Contains).ToValueList();

    private static Refusal Unknown(FrameworkId id) => new(RefusalCode.UnknownFramework, $"framework {id} is not subscribed");
}
