namespace Bourse.Allocator.Engine;

internal sealed partial class AllocationEngine
{
    private readonly List<RoleSlot> quotas = [];
    private bool anyLimit, anyGuarantee;

    // Of one run: what must be left for guarantees that are not met, and what is left over.
    private long[] required = new long[8], surplus = new long[8];
    private bool headroomRequired;

    /// <summary>Sets a role's guarantee and limit; null where a name has none. Without both the quota is gone.</summary>
    public void SetQuota(string path, IEnumerable<(int Name, long Amount)> guarantee, IEnumerable<(int Name, long Amount)> limit)
    {
        var role = Role(path);
        role.Guarantee = Amounts(guarantee.Where(each => each.Amount > 0), absent: 0);
        role.Limit = Amounts(limit, RoleSlot.Unlimited);
        role.QuotaStale = true;
        quotas.Remove(role);
        if (role.Guarantee is not null || role.Limit is not null)
            quotas.Add(role);
        anyLimit = quotas.Exists(each => each.Limit is not null);
        anyGuarantee = quotas.Exists(each => each.Guarantee is not null);
        Anew();
    }

    private static long[]? Amounts(IEnumerable<(int Name, long Amount)> given, long absent)
    {
        long[]? amounts = null;
        foreach (var (name, amount) in given)
        {
            var before = amounts?.Length ?? 0;
            if (name >= before)
            {
                Array.Resize(ref amounts, name + 1);
                amounts.AsSpan(before).Fill(absent);
            }
            amounts![name] = amount;
        }
        return amounts;
    }

    // What quotas held back may be let go now: something was freed, or the cluster changed.
    private void Eased() => eased = true;

    private void FindHeadroom()
    {
        headroomRequired = false;
        if (!anyGuarantee)
            return;
        Array.Resize(ref required, Math.Max(Names.Count, required.Length));
        Array.Resize(ref surplus, required.Length);
        Array.Clear(required);
        foreach (var role in quotas)
            if (role.Guarantee is { } guarantee)
                for (var name = 0; name < guarantee.Length; name++)
                    required[name] += Unmet(role, name);
        SetSurplus();
    }

    private void SetSurplus()
    {
        headroomRequired = false;
        for (var name = 0; name < required.Length; name++)
        {
            headroomRequired |= required[name] > 0;
            surplus[name] = Math.Max(0, Quantities.At(ordinary, name) - Quantities.At(ordinaryHeld, name) - required[name]);
        }
    }

    // What a role's own guarantee adds to the headroom: the guarantees of roles below it are inside it.
    private long Unmet(RoleSlot role, int name)
    {
        var unmet = Math.Max(0, Quantities.At(role.Guarantee, name) - role.Consumed(name));
        if (Options.MesosCompatible || unmet == 0)
            return unmet;
        foreach (var below in quotas)
            if (below != role && below.IsSelfOrUnder(role) && NearestAbove(below) == role)
                unmet -= Math.Max(0, Quantities.At(below.Guarantee, name) - below.Consumed(name));
        return Math.Max(0, unmet);
    }

    private static RoleSlot? NearestAbove(RoleSlot role)
    {
        for (var above = role.Parent; above is not null; above = above.Parent)
            if (above.Guarantee is not null)
                return above;
        return null;
    }

    // What a client of this role may draw on guarantees, of a name: its own, or what a role above has beyond that which it keeps for
    // other roles below it.
    private long Unsatisfied(RoleSlot role, int name)
    {
        if (Options.MesosCompatible)
            return Math.Max(0, Quantities.At(role.Guarantee, name) - role.Consumed(name));
        var unmet = 0L;
        for (var each = role; each is not null; each = each.Parent)
            if (Quantities.At(each.Guarantee, name) - each.Consumed(name) is var inside && inside > unmet)
                unmet = Math.Max(unmet, inside - KeptBelow(each, role, name));
        return unmet;
    }

    private long KeptBelow(RoleSlot above, RoleSlot role, int name)
    {
        var kept = 0L;
        foreach (var below in quotas)
            if (below != above && below.IsSelfOrUnder(above) && !role.IsSelfOrUnder(below))
                kept += Unmet(below, name);
        return kept;
    }

    private bool HasUnsatisfied(RoleSlot role)
    {
        for (var each = role; each is not null; each = Options.MesosCompatible ? null : each.Parent)
            if (each.Guarantee is not null && each.Unsatisfied != 0)
                return true;
        return false;
    }

    // Whether limits leave the role nothing of any of these names.
    private bool IsExhausted(RoleSlot role, ulong names)
    {
        var left = names;
        for (var each = role; each is not null && left != 0; each = Options.MesosCompatible ? null : each.Parent)
            if (each.Limit is not null)
                left &= ~each.Exhausted;
        return left == 0;
    }

    // How much more of a name the role may have.
    private long Allowed(RoleSlot role, int name)
    {
        var allowed = RoleSlot.Unlimited;
        for (var each = role; each is not null; each = Options.MesosCompatible ? null : each.Parent)
            if (each.Limit is { } limit && name < limit.Length && limit[name] != RoleSlot.Unlimited)
                allowed = Math.Min(allowed, Math.Max(0, limit[name] - each.Consumed(name)));
        return allowed;
    }

    private bool HasLimit(RoleSlot role)
    {
        if (anyLimit)
            for (var each = role; each is not null; each = Options.MesosCompatible ? null : each.Parent)
                if (each.Limit is not null)
                    return true;
        return false;
    }
}
