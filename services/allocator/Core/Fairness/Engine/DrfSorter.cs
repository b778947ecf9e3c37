namespace Bourse.Allocator.Engine;

/// <summary>
/// Dominant resource fairness over a tree of paths: who is furthest below the fair share comes first; equal shares go by the number
/// of allocations made, then by path. Sorting costs what changed since the last time.
/// </summary>
internal sealed class DrfSorter(Totals totals, bool hierarchical = true)
{
    private const string VirtualLeaf = ".";

    private readonly Dictionary<string, SorterNode> clients = new(StringComparer.Ordinal);
    private readonly Dictionary<string, double> weights = new(StringComparer.Ordinal);

    public SorterNode Root { get; } = new("", null);

    public int Count => clients.Count;

    /// <summary>Clients that are listed.</summary>
    public int ActiveCount => Root.ActiveClients;

    public SorterNode? Find(string path) => clients.GetValueOrDefault(path);

    /// <summary>The node of a path whether or not it is a client: its share is that of the subtree.</summary>
    public SorterNode? Subtree(string path) => clients.TryGetValue(path, out var leaf) && IsVirtual(leaf) ? leaf.Parent : leaf ?? Locate(path);

    public double ShareOf(SorterNode node) => totals.Share(node.Allocated, node.Weight);

    /// <summary>Adds a client; it is not listed until activated.</summary>
    public SorterNode Add(string path)
    {
        if (clients.TryGetValue(path, out var known))
            return known;
        var parent = Root;
        if (hierarchical)
            for (var slash = path.IndexOf('/', StringComparison.Ordinal); slash >= 0; slash = path.IndexOf('/', slash + 1))
                parent = Inner(parent, path[..slash]);

        // An inner node of that path may be there already, because of its descendants: the client is its hidden child then.
        var client = parent.Children?.GetValueOrDefault(path) is { } inner ? Child(inner, $"{path}/{VirtualLeaf}") : Child(parent, path);
        client.IsClient = true;
        clients[path] = client;
        return client;
    }

    public void Remove(string path)
    {
        var client = clients[path];
        Deactivate(client);
        clients.Remove(path);
        var allocated = client.Allocated;
        for (var node = client; node.Parent is { } parent; node = parent)
        {
            for (var name = 0; name < allocated.Length; name++)
                if (allocated[name] != 0)
                    Quantities.Add(ref parent.Allocated, name, -allocated[name]);
            Touch(parent);
            if (!node.Inner)
                Detach(node);
            else if (node.Children!.Count == 1 && node.Children.Values.First() is { } only && IsVirtual(only))
                Collapse(node, only);
        }
    }

    public void Activate(SorterNode client)
    {
        if (client.Active)
            return;
        client.Active = true;
        for (var node = client; ; node = node.Parent)
        {
            if (node.ActiveClients++ == 0 && node.Parent is { } parent)
                Enlist(parent, node);
            if (node.Parent is null)
                return;
        }
    }

    public void Deactivate(SorterNode client)
    {
        if (!client.Active)
            return;
        client.Active = false;
        for (var node = client; ; node = node.Parent)
        {
            if (--node.ActiveClients == 0 && node.Parent is { } parent)
                Delist(parent, node);
            if (node.Parent is null)
                return;
        }
    }

    public void SetWeight(string path, double weight)
    {
        weights[path] = weight;
        if (Locate(path) is not { } node)
            return;
        node.Weight = weight;
        Touch(node);
    }

    /// <summary>An allocation was made to a client: it counts in the order from the next sort on.</summary>
    public static void CountAllocation(SorterNode client)
    {
        for (var node = client; node is not null; node = node.Parent)
        {
            node.Count++;
            Touch(node);
        }
    }

    /// <summary>Charges a client and everything above it.</summary>
    public static void Charge(SorterNode client, int name, long amount)
    {
        for (var node = client; node is not null; node = node.Parent)
            ChargeOne(node, name, amount);
    }

    public static void ChargeOne(SorterNode node, int name, long amount)
    {
        Quantities.Add(ref node.Allocated, name, amount);
        Touch(node);
    }

    /// <summary>Brings the children of a node into order.</summary>
    public void Sort(SorterNode node)
    {
        if (node.TotalsVersion != totals.Version || node.Unsorted)
        {
            SortAll(node);
            return;
        }
        var dirty = node.DirtyChildren;
        if (dirty.Count == 0)
            return;
        if (dirty.Count > 16 && dirty.Count > node.OrderCount / 8)
        {
            SortAll(node);
            return;
        }
        foreach (var child in dirty)
            if (child.Dirty)
            {
                child.Dirty = false;
                Move(node, child);
            }
        dirty.Clear();
    }

    /// <summary>All active clients in order; for those who want the whole list.</summary>
    public IEnumerable<SorterNode> Sorted() => Sorted(Root);

    private IEnumerable<SorterNode> Sorted(SorterNode node)
    {
        Sort(node);
        for (var i = 0; i < node.OrderCount; i++)
        {
            var child = node.Order[i];
            if (child.IsClient)
                yield return child;
            else
                foreach (var below in Sorted(child))
                    yield return below;
        }
    }

    private static bool IsVirtual(SorterNode node) => node.Path.EndsWith("/.", StringComparison.Ordinal);

    private SorterNode? Locate(string path)
    {
        SorterNode? node = Root;
        if (hierarchical)
            for (var slash = path.IndexOf('/', StringComparison.Ordinal); slash >= 0 && node is not null; slash = path.IndexOf('/', slash + 1))
                node = node.Children?.GetValueOrDefault(path[..slash]);
        return node?.Children?.GetValueOrDefault(path);
    }

    private SorterNode Inner(SorterNode parent, string path)
    {
        if (parent.Children?.GetValueOrDefault(path) is not { } there)
            return Child(parent, path);
        if (!there.IsClient)
            return there;

        // A client gets descendants: it steps down and becomes the hidden child of a new inner node in its place.
        var active = there.Active;
        Deactivate(there);
        parent.Children.Remove(path);
        var inner = Child(parent, path);
        inner.Allocated = (long[])there.Allocated.Clone();
        inner.Count = there.Count;
        there.Path = $"{path}/{VirtualLeaf}";
        there.Parent = inner;
        there.Weight = weights.GetValueOrDefault(there.Path, 1);
        (inner.Children ??= new(StringComparer.Ordinal)).Add(there.Path, there);
        if (active)
            Activate(there);
        return inner;
    }

    private SorterNode Child(SorterNode parent, string path)
    {
        var child = new SorterNode(path, parent) { Weight = weights.GetValueOrDefault(path, 1) };
        (parent.Children ??= new(StringComparer.Ordinal)).Add(path, child);
        return child;
    }

    private void Collapse(SorterNode inner, SorterNode hidden)
    {
        var parent = inner.Parent!;
        var active = hidden.Active;
        Deactivate(hidden);
        parent.Children!.Remove(inner.Path);
        hidden.Path = inner.Path;
        hidden.Parent = parent;
        hidden.Weight = inner.Weight;
        hidden.Count = inner.Count;
        hidden.Allocated = inner.Allocated;
        parent.Children.Add(hidden.Path, hidden);
        if (active)
            Activate(hidden);
    }

    private static void Detach(SorterNode node)
    {
        node.Parent!.Children!.Remove(node.Path);
    }

    private static void Touch(SorterNode node)
    {
        if (node.Dirty || node.Parent is not { } parent || node.ActiveClients == 0)
            return;
        node.Dirty = true;
        parent.DirtyChildren.Add(node);
    }

    private static void Enlist(SorterNode parent, SorterNode child)
    {
        if (parent.OrderCount == parent.Order.Length)
            Array.Resize(ref parent.Order, Math.Max(4, parent.OrderCount * 2));
        parent.Order[parent.OrderCount++] = child;
        parent.Unsorted = true;
    }

    private static void Delist(SorterNode parent, SorterNode child)
    {
        var at = Array.IndexOf(parent.Order, child, 0, parent.OrderCount);
        Array.Copy(parent.Order, at + 1, parent.Order, at, --parent.OrderCount - at);
        parent.Order[parent.OrderCount] = null!;
        if (child.Dirty)
        {
            child.Dirty = false;
            parent.DirtyChildren.Remove(child);
        }
    }

    private void SortAll(SorterNode node)
    {
        var order = node.Order.AsSpan(0, node.OrderCount);
        foreach (var child in order)
        {
            SetKeys(child);
            child.Dirty = false;
        }
        node.DirtyChildren.Clear();
        node.TotalsVersion = totals.Version;
        node.Unsorted = false;

        // The order hardly changes from one time to the next; insertion is linear then. Otherwise it gives up early.
        var budget = 64 + (order.Length * 4);
        for (var i = 1; i < order.Length; i++)
        {
            var moving = order[i];
            var at = i;
            for (; at > 0 && Compare(moving, order[at - 1]) < 0; at--, budget--)
                order[at] = order[at - 1];
            order[at] = moving;
            if (budget < 0)
            {
                order.Sort(Compare);
                return;
            }
        }
    }

    private void SetKeys(SorterNode node)
    {
        node.KeyShare = totals.Share(node.Allocated, node.Weight);
        node.KeyCount = node.Count;
    }

    // Everything else is in the order of its keys, so both places are found by halving.
    private void Move(SorterNode parent, SorterNode child)
    {
        var order = parent.Order;
        var from = Place(order, parent.OrderCount, child);
        SetKeys(child);
        var low = 0;
        var high = parent.OrderCount - 1;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (Compare(order[middle < from ? middle : middle + 1], child) < 0)
                low = middle + 1;
            else
                high = middle;
        }
        if (low > from)
            Array.Copy(order, from + 1, order, from, low - from);
        else if (low < from)
            Array.Copy(order, low, order, low + 1, from - low);
        order[low] = child;
    }

    private static int Place(SorterNode[] order, int count, SorterNode child)
    {
        int low = 0, high = count - 1;
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (Compare(order[middle], child) < 0)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }

    private static int Compare(SorterNode a, SorterNode b) =>
        a.KeyShare < b.KeyShare ? -1 : a.KeyShare > b.KeyShare ? 1
        : a.KeyCount != b.KeyCount ? a.KeyCount.CompareTo(b.KeyCount)
        : string.CompareOrdinal(a.Path, b.Path);
}
