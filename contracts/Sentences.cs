namespace Bourse.Contracts;

/// <summary>Facts as one short sentence each, for people. What programs need is in the fact itself.</summary>
public static class Sentences
{
    /// <summary>The sentence of a fact; names what the fact is about and never a secret's value.</summary>
    public static string Of(IFact fact) => fact switch
    {
        FrameworkSubscribed f => $"framework {f.Description.Name} ({f.FrameworkId}) of {f.Description.Principal} subscribed in {Roles(f.Description.Roles)}",
        FrameworkUpdated f => $"framework {f.Description.Name} ({f.FrameworkId}) is now in {Roles(f.Description.Roles)}",
        FrameworkDisconnected f => $"framework {f.FrameworkId} disconnected: {f.Reason}",
        FrameworkRemoved f => $"framework {f.FrameworkId} was removed: {f.Reason}",
        FrameworkSuppressed f => $"framework {f.FrameworkId} wants no offers in {Roles(f.Roles)}",
        FrameworkRevived f => $"framework {f.FrameworkId} wants offers in {Roles(f.Roles)}",
        QuotasUpdated f => $"{f.Principal} set {string.Join("; ", f.Quotas.Select(Quota))}{(f.Forced ? ", by force" : "")}",
        WeightsUpdated f => $"{f.Principal} set {string.Join(", ", f.Weights.Select(each => FormattableString.Invariant($"the weight of role {each.Role} to {each.Weight}")))}",
        AllocationHeld f => $"offers wait until {f.Needed} of {Count(f.Known, "agent")} are heard from",
        AgentRecovered f => $"agent {f.AgentId} is heard from since the leader changed",
        AllocationResumed f => $"offers are made again: {f.Reason}",
        WhitelistChanged f => f.Hostnames is { } hosts ? $"only {Count(hosts.Count, "host")} may be offered" : "all hosts may be offered",
        CapacityAdded f => $"agent {f.Description.Id} brought {f.Description.Total}",
        CapacitySuspended f => $"agent {f.AgentId} is unreachable; nothing of it is offered",
        CapacityResumed f => $"agent {f.AgentId} is back",
        CommandsConfirmed f => $"agent {f.AgentId} has done its commands up to {f.UpTo}",
        OffersMade f => $"{Count(f.Offers.Count, "offer")} to framework {f.FrameworkId} in {f.Role}: {string.Join(", ", f.Offers.Take(3).Select(o => $"{o.Id} of {o.AgentId} ({o.Resources})"))}{More(f.Offers.Count)}",
        OffersAccepted f => $"framework {f.FrameworkId} accepted {Ids(f.OfferIds)} of {f.AgentId}",
        OffersDeclined f => $"framework {f.FrameworkId} declined {Ids(f.OfferIds)}",
        OffersRescinded f => $"{Ids(f.OfferIds)} to framework {f.FrameworkId} rescinded: {f.Reason}",
        TaskLaunched f => $"task {f.Spec.Id} of {f.Principal} launched on {f.AgentId} with {f.Spec.Resources}",
        TaskRefused f => $"task {f.TaskId} refused: {f.Update.Message}",
        TaskStatusChanged f => $"task {f.TaskId} is {State(f.Update.State)} on {f.AgentId}{(f.Update.Message is { Length: > 0 } m ? $": {m}" : "")}",
        TaskStatusAcknowledged f => $"update of task {f.TaskId} acknowledged",
        TaskKillRequested f => $"task {f.TaskId} on {f.AgentId} was asked to end",
        OperationApplied f => $"{Operation(f.Type)} by {f.Principal} on {f.AgentId} made {f.Produced} of {f.Consumed}",
        OperationRefused f => $"{Operation(f.Type)} of framework {f.FrameworkId} refused: {f.Message}",
        OperationStatusChanged f => $"operation {f.Uuid} on {f.AgentId} is {f.State}",
        OperationStatusAcknowledged f => $"end of operation {f.Uuid} acknowledged",
        ExecutorLaunched f => $"executor {f.Spec.Id} of framework {f.FrameworkId} launched on {f.AgentId} with {f.Spec.Resources}",
        ExecutorShutdownRequested f => $"executor {f.ExecutorId} on {f.AgentId} was asked to end",
        ExecutorEnded f => $"executor {f.ExecutorId} on {f.AgentId} has ended: {f.Message}",
        AgentRegistered f => $"agent {f.Description.Id} ({f.Description.Hostname}) registered",
        AgentReregistered f => $"agent {f.Description.Id} ({f.Description.Hostname}) registered again, incarnation {f.Incarnation}",
        AgentUnreachable f => $"agent {f.AgentId} is unreachable, last heard {f.LastHeard:HH:mm:ss}",
        AgentReturned f => $"agent {f.AgentId} is heard again",
        AgentDeactivated f => $"agent {f.AgentId} was deactivated",
        AgentReactivated f => $"agent {f.AgentId} was reactivated",
        AgentDrainStarted f => $"agent {f.AgentId} drains{(f.MarkGone ? " and will be gone then" : "")}",
        AgentDrained f => $"agent {f.AgentId} is drained",
        AgentMarkedGone f => $"agent {f.AgentId} is gone for ever",
        AgentTakenDown f => $"agent {f.AgentId} is out while its machine is down",
        MaintenanceScheduled f => $"maintenance of {Count(f.Windows.Sum(window => window.Machines.Count), "machine")} scheduled",
        MaintenanceStarted f => $"{string.Join(", ", f.Machines)} went down for maintenance",
        MaintenanceStopped f => $"{string.Join(", ", f.Machines)} may be used again",
        MaintenancePlanned f => $"{Count(f.Windows.Sum(window => window.Machines.Count), "machine")} will be away, {f.Down.Count} of them are",
        InverseOffersMade f => $"framework {f.FrameworkId} was asked to leave {string.Join(", ", f.Offers.Select(offer => offer.AgentId))}",
        InverseOffersAnswered f => $"framework {f.FrameworkId} {(f.Accepted ? "will" : "will not")} leave as asked by {Ids(f.OfferIds)}",
        InverseOffersRescinded f => $"framework {f.FrameworkId} need not leave any more: {f.Reason}",
        CapacityWithheld f => f.Drain is null ? $"nothing of agent {f.AgentId} is offered" : $"nothing of agent {f.AgentId} is offered and its tasks are ended",
        CapacityReleased f => $"agent {f.AgentId} is offered again",
        CapacityDrained f => $"nothing runs on agent {f.AgentId} any more",
        CapacityRemoved f => $"agent {f.AgentId} is out: {f.Reason}",
        SecretPut f => $"secret {f.Secret} version {f.Version} put by {f.Owner}",
        SecretGranted f => $"secret {f.Secret} granted to {f.Grantee}",
        SecretRevoked f => $"secret {f.Secret} revoked from {f.Grantee}",
        SecretResolved f => $"secret {f.Secret} version {f.Version} given to task {f.TaskId} of {f.Principal} on {f.AgentId}",
        SecretDenied f => $"secret {f.Secret} denied to task {f.TaskId} of {f.Principal}: {f.Reason}",
        SecretUseExpected f => $"task {f.TaskId} of {f.Principal} on {f.AgentId} will ask for {string.Join(", ", f.Secrets)}",
        SecretUseEnded f => $"task {f.TaskId} will ask for no more secrets",
        SealingKeyLearned f => $"secrets for agent {f.AgentId} are sealed to its key",
        LeadershipTaken f => $"{f.Instance} leads the {f.Service} service in epoch {f.Epoch}",
        SegmentOpened f => $"segment {f.Segment} of the {f.Service} journal opened after position {f.Base}",
        SegmentClosed f => $"segment {f.Segment} of the {f.Service} journal closed",
        _ => fact.ToString()!,
    };

    /// <summary>The Mesos v1 name of a state: <c>TASK_RUNNING</c>.</summary>
    public static string State(TaskState state) => state switch
    {
        TaskState.GoneByOperator => "TASK_GONE_BY_OPERATOR",
        _ => $"TASK_{state.ToString().ToUpperInvariant()}",
    };

    /// <summary>The Mesos v1 name of an operation: <c>GROW_VOLUME</c>.</summary>
    public static string Operation(OperationType type) => type switch
    {
        OperationType.GrowVolume => "GROW_VOLUME",
        OperationType.ShrinkVolume => "SHRINK_VOLUME",
        OperationType.CreateDisk => "CREATE_DISK",
        OperationType.DestroyDisk => "DESTROY_DISK",
        _ => type.ToString().ToUpperInvariant(),
    };

    private static string Quota(RoleQuota quota) => quota.IsDefault
        ? $"no quota for role {quota.Role}"
        : $"the quota of role {quota.Role} to {string.Join(" and ", new[] { Part("a guarantee of", quota.Guarantee), Part("a limit of", quota.Limit) }.OfType<string>())}";

    private static string? Part(string what, ValueList<Quantity> quantities) => quantities.Count == 0 ? null : $"{what} {string.Join(", ", quantities)}";

    private static string Roles(ValueList<string> roles) => roles.Count == 0 ? "no role" : $"{(roles.Count == 1 ? "role" : "roles")} {string.Join(", ", roles)}";

    private static string Ids(ValueList<OfferId> ids) => $"{(ids.Count == 1 ? "offer" : "offers")} {string.Join(", ", ids.Take(3))}{More(ids.Count)}";

    private static string Count(int count, string noun) => count == 1 ? $"1 {noun}" : $"{count} {noun}s";

    private static string More(int count) => count > 3 ? $" and {count - 3} more" : "";
}
