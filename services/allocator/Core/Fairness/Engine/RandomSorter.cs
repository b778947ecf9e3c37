namespace Bourse.Allocator.Engine;

/// <summary>
/// The alternative to fair shares: a weighted random order. A client's chance to come first is the product, along its path, of its
/// weight among those of its active siblings.
/// </summary>
internal static class RandomSorter
{
    public static List<SorterNode> Sorted(SorterNode root, Sequence random)
    {
        var chances = new List<(SorterNode Client, double Chance)>();
        Collect(root, 1, chances);
        var sorted = new List<SorterNode>(chances.Count);
        while (chances.Count > 0)
        {
            var dart = random.NextDouble() * chances.Sum(each => each.Chance);
            var at = 0;
            while (at < chances.Count - 1 && (dart -= chances[at].Chance) >= 0)
                at++;
            sorted.Add(chances[at].Client);
            chances.RemoveAt(at);
        }
        return sorted;
    }

    private static void Collect(SorterNode node, double chance, List<(SorterNode, double)> into)
    {
        var siblings = node.Children?.Values.Where(child => child.ActiveClients > 0).OrderBy(child => child.Path, StringComparer.Ordinal).ToList() ?? [];
        var sum = siblings.Sum(child => child.Weight);
        foreach (var child in siblings)
        {
            var own = chance * child.Weight / sum;
            if (child.IsClient)
                into.Add((child, own));
            else
                Collect(child, own, into);
        }
    }
}
