using Bourse.Contracts.Messages;

namespace Bourse.Registry;

/// <summary>What operators may ask, as commands.</summary>
public static class Requests
{
    /// <summary>The command that a request stands for; null when it is none of these.</summary>
    public static RegistryCommand? CommandOf(object request, DateTimeOffset now) => request switch
    {
        DeactivateAgent m => new Deactivate(m.AgentId, now),
        ReactivateAgent m => new Reactivate(m.AgentId, now),
        DrainAgent m => new StartDrain(m.AgentId, m.MaxGrace, m.MarkGone, now),
        MarkAgentGone m => new MarkGone(m.AgentId, now),
        AgentIsEmpty m => new FinishDrain(m.AgentId, now),
        ScheduleMaintenance m => new Schedule(m.Windows, now),
        StartMaintenance m => new TakeDown(m.Machines, now),
        StopMaintenance m => new BringUp(m.Machines, now),
        _ => null,
    };
}
