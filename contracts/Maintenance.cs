namespace Bourse.Contracts;

/// <summary>A machine by name or address; at least one is given, and what is given must match.</summary>
/// <param name="Hostname">The name its agent registers under.</param>
/// <param name="Ip">The address its agent registers under.</param>
public sealed record MachineId(string? Hostname, string? Ip)
{
    /// <summary>Whether an agent is on this machine.</summary>
    public bool IsOf(AgentDescription agent) =>
        (Hostname is not null || Ip is not null)
        && (Hostname is null || string.Equals(Hostname, agent.Hostname, StringComparison.OrdinalIgnoreCase))
        && (Ip is null || Ip == agent.Address);

    /// <summary>For people.</summary>
    public override string ToString() => Hostname is not null && Ip is not null ? $"{Hostname} ({Ip})" : Hostname ?? Ip ?? "";
}

/// <summary>When machines will be away.</summary>
/// <param name="Machines">Which.</param>
/// <param name="Start">UTC instant from which they are away.</param>
/// <param name="Duration">How long; null when nobody knows.</param>
public sealed record MaintenanceWindow(ValueList<MachineId> Machines, DateTimeOffset Start, TimeSpan? Duration);

/// <summary>Facts about the maintenance of machines.</summary>
public interface IMaintenanceFact : IFact
{
    IEnumerable<Subject> IFact.Subjects => [new("maintenance", "schedule")];
}

/// <summary>An operator set the schedule; it replaces the one before. Only writer: the registry.</summary>
/// <param name="Windows">The whole schedule.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record MaintenanceScheduled(ValueList<MaintenanceWindow> Windows, DateTimeOffset At) : IMaintenanceFact;

/// <summary>Machines went down for maintenance. Only writer: the registry.</summary>
/// <param name="Machines">Which.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record MaintenanceStarted(ValueList<MachineId> Machines, DateTimeOffset At) : IMaintenanceFact;

/// <summary>Machines are up again, and no longer in the schedule. Only writer: the registry.</summary>
/// <param name="Machines">Which.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record MaintenanceStopped(ValueList<MachineId> Machines, DateTimeOffset At) : IMaintenanceFact;

/// <summary>An agent is out because its machine went down for maintenance. Only writer: the registry.</summary>
/// <param name="AgentId">The agent; it may register again when its machine is up.</param>
/// <param name="Incarnation">As it was then.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record AgentTakenDown(AgentId AgentId, long Incarnation, DateTimeOffset At) : IAgentFact;

/// <summary>The allocator learnt the plan of maintenance; offers show it, and who uses the machines is asked to leave.</summary>
/// <param name="Windows">The whole schedule.</param>
/// <param name="Down">Machines that are down.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record MaintenancePlanned(ValueList<MaintenanceWindow> Windows, ValueList<MachineId> Down, DateTimeOffset At) : IMaintenanceFact;

/// <summary>One request to leave an agent.</summary>
/// <param name="Id">Never reused.</param>
/// <param name="AgentId">The agent.</param>
/// <param name="Start">UTC instant from which it is away.</param>
/// <param name="Duration">How long; null when nobody knows.</param>
public sealed record InverseOffered(OfferId Id, AgentId AgentId, DateTimeOffset Start, TimeSpan? Duration);

/// <summary>A framework was asked to leave agents that will be away. Only writer: the allocator.</summary>
/// <param name="FrameworkId">The framework.</param>
/// <param name="Offers">One per agent.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record InverseOffersMade(FrameworkId FrameworkId, ValueList<InverseOffered> Offers, DateTimeOffset At) : IMaintenanceFact
{
    IEnumerable<Subject> IFact.Subjects => [FrameworkId, .. Offers.Select(offer => (Subject)offer.AgentId)];
}

/// <summary>A framework said whether it will leave. Only writer: the allocator.</summary>
/// <param name="FrameworkId">The framework.</param>
/// <param name="OfferIds">What it answered; over from now on.</param>
/// <param name="Accepted">Whether it will.</param>
/// <param name="RefusedUntil">UTC instant until which it is not asked again; null for at once.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record InverseOffersAnswered(
    FrameworkId FrameworkId, ValueList<OfferId> OfferIds, bool Accepted, DateTimeOffset? RefusedUntil, DateTimeOffset At) : IMaintenanceFact
{
    IEnumerable<Subject> IFact.Subjects => [FrameworkId];
}

/// <summary>Requests to leave were withdrawn before they were answered. Only writer: the allocator.</summary>
/// <param name="FrameworkId">The framework.</param>
/// <param name="OfferIds">Over from now on.</param>
/// <param name="Reason">Why, for people.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record InverseOffersRescinded(FrameworkId FrameworkId, ValueList<OfferId> OfferIds, string Reason, DateTimeOffset At) : IMaintenanceFact
{
    IEnumerable<Subject> IFact.Subjects => [FrameworkId];
}
