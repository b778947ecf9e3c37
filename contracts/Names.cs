namespace Bourse.Contracts;

/// <summary>The stored name of every fact, by the service that writes it.</summary>
public static class FactNames
{
    private static NameTable Journal() => new NameTable()
        .Add<LeadershipTaken>("journal.leadership-taken")
        .Add<SegmentOpened>("journal.segment-opened")
        .Add<SegmentClosed>("journal.segment-closed");

    /// <summary>Facts the allocator writes.</summary>
    public static readonly NameTable Allocator = Journal()
        .Add<FrameworkSubscribed>("framework.subscribed")
        .Add<FrameworkUpdated>("framework.updated")
        .Add<FrameworkDisconnected>("framework.disconnected")
        .Add<FrameworkRemoved>("framework.removed")
        .Add<FrameworkSuppressed>("framework.suppressed")
        .Add<FrameworkRevived>("framework.revived")
        .Add<QuotasUpdated>("role.quotas-updated")
        .Add<WeightsUpdated>("role.weights-updated")
        .Add<AllocationHeld>("allocation.held")
        .Add<AgentRecovered>("allocation.agent-recovered")
        .Add<AllocationResumed>("allocation.resumed")
        .Add<WhitelistChanged>("allocation.whitelist-changed")
        .Add<CapacityAdded>("capacity.added")
        .Add<CapacitySuspended>("capacity.suspended")
        .Add<CapacityResumed>("capacity.resumed")
        .Add<CommandsConfirmed>("capacity.commands-confirmed")
        .Add<OffersMade>("offers.made")
        .Add<OffersAccepted>("offers.accepted")
        .Add<OffersDeclined>("offers.declined")
        .Add<OffersRescinded>("offers.rescinded")
        .Add<TaskLaunched>("task.launched")
        .Add<TaskRefused>("task.refused")
        .Add<TaskStatusChanged>("task.status-changed")
        .Add<TaskStatusAcknowledged>("task.status-acknowledged")
        .Add<TaskKillRequested>("task.kill-requested")
        .Add<ExecutorLaunched>("executor.launched")
        .Add<ExecutorShutdownRequested>("executor.shutdown-requested")
        .Add<ExecutorEnded>("executor.ended")
        .Add<CapacityWithheld>("capacity.withheld")
        .Add<CapacityReleased>("capacity.released")
        .Add<CapacityDrained>("capacity.drained")
        .Add<CapacityRemoved>("capacity.removed")
        .Add<MaintenancePlanned>("maintenance.planned")
        .Add<InverseOffersMade>("inverse-offers.made")
        .Add<InverseOffersAnswered>("inverse-offers.answered")
        .Add<InverseOffersRescinded>("inverse-offers.rescinded")
        .Add<OperationApplied>("operation.applied")
        .Add<OperationRefused>("operation.refused")
        .Add<OperationStatusChanged>("operation.status-changed")
        .Add<OperationStatusAcknowledged>("operation.status-acknowledged");

    /// <summary>Facts the registry writes.</summary>
    public static readonly NameTable Registry = Journal()
        .Add<AgentRegistered>("agent.registered")
        .Add<AgentReregistered>("agent.reregistered")
        .Add<AgentUnreachable>("agent.unreachable")
        .Add<AgentReturned>("agent.returned")
        .Add<AgentDeactivated>("agent.deactivated")
        .Add<AgentReactivated>("agent.reactivated")
        .Add<AgentDrainStarted>("agent.drain-started")
        .Add<AgentDrained>("agent.drained")
        .Add<AgentMarkedGone>("agent.marked-gone")
        .Add<AgentTakenDown>("agent.taken-down")
        .Add<MaintenanceScheduled>("maintenance.scheduled")
        .Add<MaintenanceStarted>("maintenance.started")
        .Add<MaintenanceStopped>("maintenance.stopped");

    /// <summary>Facts the secrets service writes.</summary>
    public static readonly NameTable Secrets = Journal()
        .Add<SecretPut>("secret.put")
        .Add<SecretGranted>("secret.granted")
        .Add<SecretRevoked>("secret.revoked")
        .Add<SecretResolved>("secret.resolved")
        .Add<SecretDenied>("secret.denied")
        .Add<SecretUseExpected>("secret.use-expected")
        .Add<SecretUseEnded>("secret.use-ended")
        .Add<SealingKeyLearned>("secret.sealing-key-learned");

    /// <summary>The table of a service by its name: allocator, registry or secrets.</summary>
    /// <exception cref="ArgumentException">No such service.</exception>
    public static NameTable Of(string service) => service switch
    {
        Services.Allocator => Allocator,
        Services.Registry => Registry,
        Services.Secrets => Secrets,
        _ => throw new ArgumentException($"no service '{service}' keeps a journal", nameof(service)),
    };
}

/// <summary>Names of the services that keep a journal.</summary>
public static class Services
{
    /// <summary>Who is offered what.</summary>
    public const string Allocator = "allocator";

    /// <summary>Which agents exist.</summary>
    public const string Registry = "registry";

    /// <summary>Who may learn which secret.</summary>
    public const string Secrets = "secrets";

    /// <summary>All of them.</summary>
    public static readonly ValueList<string> All = [Allocator, Registry, Secrets];
}

/// <summary>The name of every message on the bus that is not an event.</summary>
public static class MessageNames
{
    /// <summary>All messages.</summary>
    public static readonly NameTable All = new NameTable()
        .Add<Messages.AgentCommands>("agent.commands")
        .Add<Messages.AgentAdmitted>("agent.admitted")
        .Add<Messages.AgentMustRegister>("agent.must-register")
        .Add<Messages.AgentRefused>("agent.refused")
        .Add<Messages.SecretsAnswered>("agent.secrets-answered")
        .Add<Messages.MessageToExecutor>("agent.message")
        .Add<Messages.RegisterAgent>("report.register")
        .Add<Messages.AgentHeartbeat>("report.heartbeat")
        .Add<Messages.AgentHello>("report.hello")
        .Add<Messages.TaskReported>("report.task")
        .Add<Messages.ResolveSecrets>("report.resolve")
        .Add<Messages.ExecutorReported>("report.executor")
        .Add<Messages.MessageToFramework>("report.message")
        .Add<Messages.Commit>("journal.commit")
        .Add<Messages.Picture>("journal.picture")
        .Add<Messages.Resend>("journal.resend")
        .Add<Messages.ReadJournal>("journal.read")
        .Add<Messages.JournalPage>("journal.page")
        .Add<Messages.ReadState>("state.read")
        .Add<Messages.StateAt>("state.at")
        .Add<Messages.VerifyJournal>("journal.verify")
        .Add<Messages.Verified>("journal.verified")
        .Add<Messages.Refused>("refused")
        .Add<Messages.Done>("done")
        .Add<Messages.DeactivateAgent>("agent.deactivate")
        .Add<Messages.ReactivateAgent>("agent.reactivate")
        .Add<Messages.DrainAgent>("agent.drain")
        .Add<Messages.MarkAgentGone>("agent.mark-gone")
        .Add<Messages.AgentIsEmpty>("agent.is-empty")
        .Add<Messages.ScheduleMaintenance>("maintenance.schedule")
        .Add<Messages.StartMaintenance>("maintenance.start")
        .Add<Messages.StopMaintenance>("maintenance.stop")
        .Add<Messages.PutSecret>("secret.put")
        .Add<Messages.GrantSecret>("secret.grant")
        .Add<Messages.RevokeSecret>("secret.revoke")
        .Add<Messages.ListSecrets>("secret.list")
        .Add<Messages.SecretList>("secret.listed");
}
