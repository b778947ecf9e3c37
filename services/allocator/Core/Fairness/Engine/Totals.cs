namespace Bourse.Allocator.Engine;

/// <summary>The cluster's scalar totals, which shares are fractions of.</summary>
internal sealed class Totals
{
    private long[] amounts = new long[8];
    private bool[] excluded = new bool[8];

    /// <summary>Changes whenever shares may have.</summary>
    public int Version { get; private set; }

    public ReadOnlySpan<long> Amounts => amounts;

    public void Add(int name, long amount)
    {
        if (amount == 0)
            return;
        Quantities.Add(ref amounts, name, amount);
        Version++;
    }

    /// <summary>A name that counts for no share.</summary>
    public void Exclude(int name)
    {
        if (name >= excluded.Length)
            Array.Resize(ref excluded, Math.Max(name + 1, excluded.Length * 2));
        excluded[name] = true;
        Version++;
    }

    /// <summary>The largest fraction that amounts are of the totals, over a weight.</summary>
    public double Share(long[] allocated, double weight)
    {
        var share = 0d;
        var names = Math.Min(allocated.Length, amounts.Length);
        for (var name = 0; name < names; name++)
            if (allocated[name] > 0 && amounts[name] > 0 && !(name < excluded.Length && excluded[name]))
                share = Math.Max(share, (double)allocated[name] / amounts[name]);
        return share / weight;
    }
}

/// <summary>Amounts by name, in arrays that grow with the names.</summary>
internal static class Quantities
{
    public static void Add(ref long[] amounts, int name, long amount)
    {
        if (name >= amounts.Length)
            Array.Resize(ref amounts, Math.Max(name + 1, amounts.Length * 2));
        amounts[name] += amount;
    }

    public static long At(long[]? amounts, int name) => amounts is not null && name < amounts.Length ? amounts[name] : 0;
}
