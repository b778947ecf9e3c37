using Bourse.Contracts;

namespace Bourse.Allocator;

/// <summary>Quotas by the nearest role above that has one too.</summary>
internal sealed class QuotaTree
{
    private readonly SortedDictionary<string, RoleQuota> quotas;
    private readonly Dictionary<string, List<RoleQuota>> below = new(StringComparer.Ordinal);
    private readonly List<RoleQuota> tops = [];

    public QuotaTree(SortedDictionary<string, RoleQuota> quotas)
    {
        this.quotas = quotas;
        foreach (var quota in quotas.Values)
            if (Above(quota.Role).FirstOrDefault() is not { } above)
                tops.Add(quota);
            else if (below.TryGetValue(above.Role, out var children))
                children.Add(quota);
            else
                below[above.Role] = [quota];
    }

    public IEnumerable<RoleQuota> Quotas => quotas.Values;

    public RoleQuota? Of(string role) => quotas.GetValueOrDefault(role);

    /// <summary>Those of the roles above, nearest first.</summary>
    public IEnumerable<RoleQuota> Above(string role)
    {
        foreach (var each in RoleUse.SelfAndAbove(role).Skip(1))
            if (quotas.TryGetValue(each, out var quota))
                yield return quota;
    }

    /// <summary>What all guarantees keep of a name; those of roles below a role are inside its own.</summary>
    public Scalar Guaranteed(string name) => Sum(tops, name, static (_, amount) => amount);

    /// <summary>What the roles below a role are guaranteed together.</summary>
    public Scalar GuaranteedBelow(string role, string name) =>
        below.TryGetValue(role, out var children) ? Sum(children, name, static (_, amount) => amount) : Scalar.Zero;

    /// <summary>What must be kept free for guarantees that are not met.</summary>
    public Scalar Headroom(string name, RoleUse use) => Sum(tops, name, (role, amount) => amount - use.Held(role, name));

    /// <summary>What of a role's guarantee is not met, beyond what the roles below it wait for.</summary>
    public Scalar Unmet(RoleQuota quota, string name, RoleUse use)
    {
        var left = Needed(quota, name, (role, amount) => amount - use.Held(role, name));
        return below.TryGetValue(quota.Role, out var children) ? left - Sum(children, name, (role, amount) => amount - use.Held(role, name)) : left;
    }

    private Scalar Sum(List<RoleQuota> roles, string name, Func<string, Scalar, Scalar> left)
    {
        var sum = Scalar.Zero;
        foreach (var quota in roles)
            sum = new(Math.Min(long.MaxValue / 2, sum.Thousandths) + Math.Min(long.MaxValue / 2, Needed(quota, name, left).Thousandths));
        return sum;
    }

    // A role's own, or what the roles below it need together when that is more.
    private Scalar Needed(RoleQuota quota, string name, Func<string, Scalar, Scalar> left)
    {
        var own = QuotaRules.Of(quota.Guarantee, name) is { } guarantee ? left(quota.Role, guarantee) : Scalar.Zero;
        var inside = below.TryGetValue(quota.Role, out var children) ? Sum(children, name, left) : Scalar.Zero;
        return inside > own ? inside : own > Scalar.Zero ? own : Scalar.Zero;
    }
}
