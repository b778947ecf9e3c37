using Bourse.Contracts;
using Bourse.Deciding;

namespace Bourse.Allocator;

/// <summary>What quotas may be: each on its own, all of them together, and against the cluster.</summary>
public static class QuotaRules
{
    // 1 exabyte in MB, and a trillion of anything else: sums of many such amounts still fit.
    private const double MostBytes = 1L << 40, Most = 1e12;

    /// <summary>What is wrong with an amount as it was sent, or null.</summary>
    public static string? Problem(string name, double amount) =>
        name.Length == 0 ? "a resource has no name"
        : !double.IsFinite(amount) || amount < 0 ? $"'{name}' is not a finite amount from 0"
        : amount > (name is "mem" or "disk" ? MostBytes : Most) ? $"'{name}' is more than {(name is "mem" or "disk" ? "1 exabyte" : "1 trillion")}"
        : null;

    /// <summary>Why quotas cannot be at all, or null. <paramref name="all"/> are those in force afterwards.</summary>
    internal static Refusal? Problem(ValueList<RoleQuota> updated, QuotaTree all)
    {
        if (updated.Count == 0)
            return new(RefusalCode.Malformed, "no quota is given");
        if (updated.GroupBy(quota => quota.Role).FirstOrDefault(same => same.Count() > 1) is { } twice)
            return new(RefusalCode.Malformed, $"role '{twice.Key}' is given twice");
        foreach (var quota in updated)
        {
            if (Roles.Problem(quota.Role) is { } invalid)
                return new(RefusalCode.InvalidRole, invalid);
            foreach (var (name, amount) in quota.Guarantee)
                if (Of(quota.Limit, name) is { } limit && limit < amount)
                    return new(RefusalCode.Malformed, $"role '{quota.Role}' is guaranteed {name}:{amount}, more than its limit of {limit}");
        }
        return all.Quotas.Select(quota => Inside(quota, all)).FirstOrDefault(problem => problem is not null);
    }

    /// <summary>Why quotas cannot be kept as the cluster is, or null; force does not ask.</summary>
    internal static Refusal? Overcommitment(ValueList<RoleQuota> updated, QuotaTree all, RoleUse use)
    {
        foreach (var quota in updated)
            foreach (var (name, limit) in quota.Limit)
                if (use.Consumed(quota.Role, name) is var consumed && consumed > limit)
                    return new(RefusalCode.Overcommitted, $"role '{quota.Role}' has {name}:{consumed} already, more than the limit of {limit}; force sets it anyhow");
        foreach (var name in updated.SelectMany(quota => quota.Guarantee).Select(each => each.Name).Distinct().Order(StringComparer.Ordinal))
        {
            var promised = all.Guaranteed(name);
            if (promised > use.Capacity(name))
                return new(RefusalCode.Overcommitted,
                    $"all guarantees together are {name}:{promised}, more than the cluster's capacity of {use.Capacity(name)}; force sets them anyhow");
        }
        return null;
    }

    /// <summary>What a quantity list says of a name, or null.</summary>
    public static Scalar? Of(ValueList<Quantity> quantities, string name)
    {
        foreach (var each in quantities.AsSpan())
            if (each.Name == name)
                return each.Amount;
        return null;
    }

    // A role's quota against that of the roles above it, and of those below it together against its own.
    private static Refusal? Inside(RoleQuota quota, QuotaTree all)
    {
        foreach (var outer in all.Above(quota.Role))
            foreach (var (name, most) in outer.Limit)
                if (Of(quota.Limit, name) is { } limit && limit > most)
                    return new(RefusalCode.Malformed, $"the limit {name}:{limit} of role '{quota.Role}' is more than that of '{outer.Role}' above it, {most}");
        foreach (var name in quota.Guarantee.Concat(quota.Limit).Select(each => each.Name).Distinct())
            foreach (var (what, most) in ((string, Scalar?)[])[("guarantee", Of(quota.Guarantee, name)), ("limit", Of(quota.Limit, name))])
                if (all.GuaranteedBelow(quota.Role, name) is var below && below > most)
                    return new(RefusalCode.Malformed, $"the roles below '{quota.Role}' are guaranteed {name}:{below} together, more than its {what} of {most}");
        return null;
    }
}
