namespace Bourse.Allocator.Engine;

internal sealed partial class AllocationEngine
{
    // By name, of the choice being made: what of it works towards a guarantee, and what goes beyond.
    private long[] guaranteedNow = new long[8], extraNow = new long[8];

    // The part that works towards the guarantee first; nothing at all without progress on it.
    private int ChooseGuaranteed(RoleSlot role, FrameworkSlot framework, int found)
    {
        StartChoice();
        var progress = false;
        var count = 0;
        for (var i = 0; i < found; i++)
        {
            ref var entry = ref candidate[i];
            var kind = entry.Kind;
            var amount = entry.Amount;
            if (!CanUse(framework, kind))
                amount = 0;
            else if (kind.Counted)
                guaranteedNow[kind.Name] += amount = Cut(entry, Guaranteed(role, kind.Name) - guaranteedNow[kind.Name]);
            else if (kind.ReservedFor != role && kind.Type == KindType.Scalar && !kind.Revocable)
                amount = 0;
            progress |= amount > 0 && kind.Counted;
            chosen[count++] = kind.Counted || amount == 0 ? entry.With(amount) : entry;
        }
        if (!progress)
            return 0;

        for (var i = 0; i < found; i++)
            if (candidate[i].Kind.Counted && CanUse(framework, candidate[i].Kind))
                chosen[i] = chosen[i].With(chosen[i].Amount + Extra(role, candidate[i].With(candidate[i].Amount - chosen[i].Amount)));
        return Compact(found);
    }

    // Reserved, revocable and other resources that quotas do not speak of, and as much of the rest as limits and headroom let go.
    private int ChooseShare(RoleSlot role, FrameworkSlot framework, int found)
    {
        StartChoice();
        for (var i = 0; i < found; i++)
        {
            ref var entry = ref candidate[i];
            chosen[i] = !CanUse(framework, entry.Kind) ? entry.With(0) : entry.Kind.Counted ? entry.With(Extra(role, entry)) : entry;
        }
        return Compact(found);
    }

    private void StartChoice()
    {
        if (guaranteedNow.Length < Names.Count)
        {
            Array.Resize(ref guaranteedNow, Names.Count * 2);
            Array.Resize(ref extraNow, Names.Count * 2);
        }
        Array.Clear(guaranteedNow);
        Array.Clear(extraNow);
    }

    private long Extra(RoleSlot role, Entry entry)
    {
        if (entry.Amount == 0)
            return 0;
        var name = entry.Kind.Name;
        var extra = entry.Amount;
        if (anyLimit && Allowed(role, name) is var allowed && allowed != RoleSlot.Unlimited)
            extra = Cut(entry, allowed - guaranteedNow[name] - extraNow[name]);
        if (headroomRequired)
            extra = Cut(entry.With(extra), Quantities.At(surplus, name) - extraNow[name]);
        heldBack |= extra < entry.Amount;
        extraNow[name] += extra;
        return extra;
    }

    // A guarantee never leads above a limit, which may be that of a role above.
    private long Guaranteed(RoleSlot role, int name) =>
        Unsatisfied(role, name) is var unmet && unmet > 0 && anyLimit ? Math.Min(unmet, Allowed(role, name)) : unmet;

    private static long Cut(in Entry entry, long most) =>
        entry.Amount <= most ? entry.Amount : most <= 0 || entry.Kind.Indivisible ? 0 : most;

    private int Compact(int found)
    {
        var count = 0;
        for (var i = 0; i < found; i++)
            if (chosen[i].Amount > 0)
                chosen[count++] = chosen[i];
        return count;
    }
}
