namespace Bourse.Allocator;

/// <summary>Names of roles: paths such as <c>eng/ui</c>.</summary>
public static class Roles
{
    /// <summary>
    /// What is wrong with a role's name, or null. Rules of <c>mesos/roles.cpp</c>: no empty, <c>.</c> or <c>..</c> component,
    /// none that starts with a dash, no backslash, white space or control character; <c>*</c> stands alone.
    /// </summary>
    public static string? Problem(string role)
    {
        if (role == "*")
            return null;
        if (role.Length == 0)
            return "role name is empty";
        foreach (var component in role.Split('/'))
        {
            if (component.Length == 0)
                return $"role '{role}' has an empty component";
            if (component is "." or "..")
                return $"role '{role}' has the component '{component}'";
            if (component == "*")
                return $"role '{role}' has the component '*'";
            if (component[0] == '-')
                return $"role '{role}' has a component that starts with '-'";
            if (component.Any(c => c == '\\' || char.IsWhiteSpace(c) || char.IsControl(c)))
                return $"role '{role}' has white space, a control character or a backslash";
        }
        return null;
    }

    /// <summary>Whether resources reserved for <paramref name="reserved"/> may be offered in <paramref name="role"/>: itself and its ancestors'.</summary>
    public static bool MayUse(string role, string? reserved) =>
        reserved is null || reserved == role
        || (role.Length > reserved.Length && role[reserved.Length] == '/' && role.StartsWith(reserved, StringComparison.Ordinal));
}
