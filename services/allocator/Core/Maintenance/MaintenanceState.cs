using System.Text.Json.Serialization;
using Bourse.Contracts;

namespace Bourse.Allocator;

/// <summary>The plan of maintenance, and who was asked to leave which agent.</summary>
public sealed class MaintenanceState
{
    /// <summary>The schedule.</summary>
    public ValueList<MaintenanceWindow> Windows { get; set; }

    /// <summary>Machines that are down.</summary>
    public ValueList<MachineId> Down { get; set; }

    /// <summary>Requests to leave that were made so far.</summary>
    public long Asked { get; set; }

    /// <summary>Those that are not answered.</summary>
    [JsonObjectCreationHandling(JsonObjectCreationHandling.Populate)]
    public SortedDictionary<OfferId, InverseOffer> Outstanding { get; init; } = [];

    /// <summary>The latest answer of each framework per agent.</summary>
    public List<InverseAnswer> Answers { get; init; } = [];

    /// <summary>The window of an agent's machine.</summary>
    public static MaintenanceWindow? WindowOf(ValueList<MaintenanceWindow> windows, AgentDescription agent) =>
        windows.FirstOrDefault(window => window.Machines.Any(machine => machine.IsOf(agent)));

    /// <summary>The window of an agent's machine.</summary>
    public MaintenanceWindow? WindowOf(AgentDescription agent) => Windows.Count == 0 ? null : WindowOf(Windows, agent);
}

/// <summary>A request to leave that is not answered.</summary>
public sealed record InverseOffer(OfferId Id, FrameworkId FrameworkId, AgentId AgentId, DateTimeOffset Start, TimeSpan? Duration);

/// <summary>What a framework said to a request to leave.</summary>
public sealed record InverseAnswer(FrameworkId FrameworkId, AgentId AgentId, bool Accepted, DateTimeOffset? RefusedUntil, DateTimeOffset At);
