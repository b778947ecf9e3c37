using Bourse.Contracts;

namespace Bourse.Allocator;

/// <summary>What a new leader waits for before it offers anything.</summary>
public sealed class Recovery
{
    /// <summary>Agents that were thought to be there.</summary>
    public required int Known { get; init; }

    /// <summary>How many must be heard from.</summary>
    public required int Needed { get; init; }

    /// <summary>It waits no longer than this.</summary>
    public required DateTimeOffset Until { get; init; }

    /// <summary>Agents heard from, and not lost again.</summary>
    public SortedSet<AgentId> Back { get; init; } = [];
}
