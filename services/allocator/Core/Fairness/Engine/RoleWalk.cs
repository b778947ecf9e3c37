namespace Bourse.Allocator.Engine;

/// <summary>
/// The roles that want something, in order, found one by one: mostly the first takes all. A node is sorted when it is entered, before
/// anything below it has changed.
/// </summary>
internal sealed class RoleWalk
{
    private SorterNode[] nodes = new SorterNode[8];
    private int[] next = new int[8];
    private int depth;
    private DrfSorter sorter = null!;
    private List<SorterNode>? random;

    public void Start(DrfSorter over, Sequence? shuffled = null)
    {
        sorter = over;
        random = shuffled is null ? null : RandomSorter.Sorted(over.Root, shuffled);
        depth = 0;
        next[0] = 0;
        if (random is null)
            Enter(over.Root);
    }

    public RoleSlot? Next()
    {
        if (random is not null)
            return next[0] < random.Count ? (RoleSlot)random[next[0]++].Tag! : null;
        while (depth > 0)
        {
            var node = nodes[depth - 1];
            if (next[depth - 1] == node.OrderCount)
            {
                depth--;
                continue;
            }
            var child = node.Order[next[depth - 1]++];
            if (child.IsClient)
                return (RoleSlot)child.Tag!;
            Enter(child);
        }
        return null;
    }

    private void Enter(SorterNode node)
    {
        sorter.Sort(node);
        if (depth == nodes.Length)
        {
            Array.Resize(ref nodes, depth * 2);
            Array.Resize(ref next, depth * 2);
        }
        nodes[depth] = node;
        next[depth++] = 0;
    }
}
