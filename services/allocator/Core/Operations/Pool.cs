using Bourse.Contracts;

namespace Bourse.Allocator;

/// <summary>Sums of an agent's resources with volumes among them: a shared one stays while it is held, others go as a whole.</summary>
internal static class Pool
{
    /// <summary>What is held by one at a time.</summary>
    public static Resources Unshared(this Resources resources) => resources.Where(static entry => !entry.Shared);

    /// <summary>The content of several offers: a shared volume is in it once, however often it was offered.</summary>
    public static Resources Once(IEnumerable<Resource> entries)
    {
        var all = entries.ToList();
        return Resources.Of(all.Where(entry => !entry.Shared).Concat(all.Where(entry => entry.Shared).Distinct()));
    }

    /// <summary>Whether all of it can be taken from what there is.</summary>
    public static bool CanTake(this Resources there, Resources wanted) =>
        there.Contains(wanted) && wanted.Entries.All(entry => !Whole(entry) || there.Entries.Contains(entry));

    /// <summary>What is left when some is taken to be used.</summary>
    public static Resources Used(this Resources there, Resources taken) => there - taken.Unshared();

    /// <summary>Whether it is a dynamic reservation or a volume: what an agent must keep.</summary>
    public static bool IsKept(Resource entry) =>
        entry.Disk?.PersistenceId is not null || (entry.Reservations.Count > 0 && entry.Reservations[^1].Dynamic);

    /// <summary>An agent's total with what is kept of it.</summary>
    public static Resources Total(Resources registered, Resources kept) => registered - Origin(kept) + kept;

    /// <summary>What kept resources are made of: the configuration's part of the reservations, and no volumes.</summary>
    public static Resources Origin(Resources kept) => Resources.Of(kept.Entries.Select(static entry => WithoutVolume(entry) with
    {
        Reservations = entry.Reservations.Where(static layer => !layer.Dynamic).ToValueList(),
    }));

    /// <summary>Of what was kept, as much as the agent still has the resources for; volumes as a whole.</summary>
    public static Resources StillThere(Resources registered, Resources kept)
    {
        if (registered.Contains(Origin(kept)))
            return kept;
        var (rest, still) = (registered, new List<Resource>());
        foreach (var entry in kept.Entries)
        {
            var origin = Origin(Resources.Of(entry));
            if (!rest.Contains(origin))
                continue;
            rest -= origin;
            still.Add(entry);
        }
        return Resources.Of(still);
    }

    /// <summary>The same disk without the volume on it.</summary>
    public static Resource WithoutVolume(Resource entry)
    {
        if (entry.Disk is not { } disk)
            return entry;
        var bare = disk with { PersistenceId = null, PersistencePrincipal = null, ContainerPath = null, ReadOnly = false };
        return entry with { Disk = bare == new Disk() ? null : bare, Shared = false };
    }

    /// <summary>Of <paramref name="a"/>, what <paramref name="b"/> has too.</summary>
    public static Resources Common(Resources a, Resources b) => Resources.Of(
        from there in a.Entries
        from entry in b.Entries
        where there.SameKind(entry)
        select there.Scalar is { } amount
            ? there with { Scalar = amount < entry.Scalar!.Value ? amount : entry.Scalar }
            : there.Ranges.Count > 0
                ? there with { Ranges = Intervals.Except(there.Ranges, Intervals.Except(there.Ranges, entry.Ranges)) }
                : there with { Set = there.Set.Where(entry.Set.Contains).ToValueList() });

    // Half a volume is none, and what stands for a whole file system is not cut either.
    private static bool Whole(Resource entry) => entry.Disk is { PersistenceId: not null } or { SourceType: "MOUNT" or "BLOCK" } or { SourceType: "RAW", SourceId: not null };
}
