using Bourse.Contracts;

namespace Bourse.Allocator;

/// <summary>How the allocator is configured. What was decided under other settings stays as it is.</summary>
public sealed record AllocatorSettings
{
    /// <summary>How long a framework may leave an offer unanswered; null for ever.</summary>
    public TimeSpan? OfferTimeout { get; init; }

    /// <summary>An offer reaches at least one alternative, and of that every name.</summary>
    public ValueList<ValueList<Quantity>> MinAllocatable { get; init; } =
        [[new("cpus", new(10))], [new("mem", new(32_000))]];

    /// <summary>Frameworks may run as root.</summary>
    public bool RootSubmissions { get; init; } = true;

    /// <summary>Agents with GPUs are offered only to frameworks that announce to use them.</summary>
    public bool FilterGpuResources { get; init; } = true;

    /// <summary>Of the agents known, how many a new leader waits for when quotas are set; 0 for none.</summary>
    public double AgentRecoveryFactor { get; init; } = 0.8;

    /// <summary>How long it waits for them at most.</summary>
    public TimeSpan RecoveryTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Roles come in a random order, in which their weights are their chances, instead of by their shares.</summary>
    public bool RandomRoles { get; init; }

    /// <summary>Frameworks of a role come in a random order instead of by their shares.</summary>
    public bool RandomFrameworks { get; init; }

    /// <summary>Resources that count for no share.</summary>
    public ValueList<string> FairSharingExcluded { get; init; }

    /// <summary>Where the allocator is; agents of other regions are offered only to frameworks that know regions.</summary>
    public FaultDomain? Domain { get; init; }
}
