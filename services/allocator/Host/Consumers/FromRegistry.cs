using Bourse.Contracts;
using Bourse.Journal;

namespace Bourse.Allocator.Host.Consumers;

/// <summary>What the registry's facts mean here.</summary>
internal static class FromRegistry
{
    /// <summary>The command that tells the allocator what one commit says, or null when it says nothing of interest.</summary>
    public static AllocatorCommand? Translate(IReadOnlyList<Recorded> commit)
    {
        var about = commit.Select(Translate).OfType<AllocatorCommand>().ToValueList();
        return about.Count == 0 ? null : new LearnFromRegistry(about, about[^1].Now);
    }

    private static AllocatorCommand? Translate(Recorded recorded) => recorded.Fact switch
    {
        AgentRegistered f => new AgentJoined(f.Description, f.Incarnation, f.At),
        AgentReregistered f => new AgentJoined(f.Description, f.Incarnation, f.At),
        AgentUnreachable f => new AgentSilent(f.AgentId, f.Incarnation, f.At),
        AgentReturned f => new AgentHeard(f.AgentId, f.Incarnation, f.At),
        AgentDeactivated f => new AgentWithheld(f.AgentId, f.Incarnation, Drain: null, f.At),
        AgentDrainStarted f => new AgentWithheld(f.AgentId, f.Incarnation, new(f.MaxGrace, f.MarkGone, f.At), f.At),
        AgentReactivated f => new AgentReleased(f.AgentId, f.Incarnation, f.At),
        AgentMarkedGone f => new AgentOut(f.AgentId, f.Incarnation, Gone: true, f.At),
        AgentTakenDown f => new AgentOut(f.AgentId, f.Incarnation, Gone: false, f.At),
        MaintenanceScheduled f => new LearnMaintenance(f.Windows, [], [], f.At),
        MaintenanceStarted f => new LearnMaintenance(null, f.Machines, [], f.At),
        MaintenanceStopped f => new LearnMaintenance(null, [], f.Machines, f.At),
        _ => null,
    };
}
