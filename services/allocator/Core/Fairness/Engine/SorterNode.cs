namespace Bourse.Allocator.Engine;

/// <summary>A client of a sorter, or an inner node above some. Keys are those of the last sort; the rest is up to date.</summary>
internal sealed class SorterNode(string path, SorterNode? parent)
{
    private static readonly SorterNode[] NoNodes = [];

    public string Path = path;
    public SorterNode? Parent = parent;
    public double Weight = 1;
    public long[] Allocated = new long[4];
    public long Count;
    public bool IsClient, Active;

    /// <summary>What the caller wants to find here.</summary>
    public object? Tag;

    /// <summary>Active clients at and below this node.</summary>
    public int ActiveClients;

    public double KeyShare;
    public long KeyCount;
    public bool Dirty;

    public Dictionary<string, SorterNode>? Children;

    /// <summary>The children that have active clients, in the order of their keys once sorted.</summary>
    public SorterNode[] Order = NoNodes;
    public int OrderCount, TotalsVersion = -1;
    public bool Unsorted;
    public readonly List<SorterNode> DirtyChildren = [];

    public bool Inner => Children is { Count: > 0 };
}
