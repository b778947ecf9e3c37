namespace Bourse.Contracts;

/// <summary>What a framework says about itself when it subscribes.</summary>
/// <param name="Name">For people.</param>
/// <param name="User">Default user of its tasks.</param>
/// <param name="Roles">Roles it wants offers in, sorted.</param>
/// <param name="Capabilities">Mesos v1 capability names, such as <c>PARTITION_AWARE</c>, sorted.</param>
/// <param name="FailoverTimeout">How long its tasks live on after it disconnects.</param>
/// <param name="Principal">The principal it runs under.</param>
/// <param name="Hostname">Where its scheduler runs, if told.</param>
/// <param name="WebUiUrl">Its console, if told.</param>
/// <param name="Labels">Free labels.</param>
/// <param name="Checkpoint">Whether it asked for checkpointing; recorded, always done.</param>
/// <param name="Minimums">The least it wants to be offered, by role, where it says so.</param>
/// <param name="Constraints">Which agents it wants offers of, by role, where it says so.</param>
public sealed record FrameworkDescription(
    string Name,
    string User,
    ValueList<string> Roles,
    ValueList<string> Capabilities,
    TimeSpan FailoverTimeout,
    string Principal,
    string? Hostname = null,
    string? WebUiUrl = null,
    ValueList<Label> Labels = default,
    bool Checkpoint = false,
    ValueList<RoleMinimum> Minimums = default,
    ValueList<RoleConstraints> Constraints = default);

/// <summary>Facts about frameworks. Only writer: the allocator.</summary>
public interface IFrameworkFact : IFact
{
    /// <summary>The framework.</summary>
    FrameworkId FrameworkId { get; }

    IEnumerable<Subject> IFact.Subjects => [FrameworkId];
}

/// <summary>A framework subscribed, for the first time or again; a later session ends the earlier one.</summary>
/// <param name="FrameworkId">The framework.</param>
/// <param name="Description">What it says about itself.</param>
/// <param name="SuppressedRoles">Roles it wants no offers in for now.</param>
/// <param name="Session">Counts the subscriptions of this framework, from 1.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record FrameworkSubscribed(
    FrameworkId FrameworkId, FrameworkDescription Description, ValueList<string> SuppressedRoles, long Session, DateTimeOffset At) : IFrameworkFact
{
    IEnumerable<Subject> IFact.Subjects => [FrameworkId, .. Description.Roles.Select(role => new Subject("role", role))];
}

/// <summary>A connected framework described itself anew; its stream goes on. Which roles it wants offers in now follows as facts of their own.</summary>
/// <param name="FrameworkId">The framework.</param>
/// <param name="Description">What it says about itself from now on, as a whole.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record FrameworkUpdated(FrameworkId FrameworkId, FrameworkDescription Description, DateTimeOffset At) : IFrameworkFact
{
    IEnumerable<Subject> IFact.Subjects => [FrameworkId, .. Description.Roles.Select(role => new Subject("role", role))];
}

/// <summary>A framework's stream ended, or leadership changed. Its tasks go on.</summary>
/// <param name="FrameworkId">The framework.</param>
/// <param name="Reason">Why, for people.</param>
/// <param name="RemoveAt">UTC instant at which it is removed unless it has subscribed again.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record FrameworkDisconnected(FrameworkId FrameworkId, string Reason, DateTimeOffset RemoveAt, DateTimeOffset At) : IFrameworkFact;

/// <summary>A framework is over: torn down, or away longer than its failover timeout. Its tasks are killed.</summary>
/// <param name="FrameworkId">The framework; never to be used again.</param>
/// <param name="Reason">Why, for people.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record FrameworkRemoved(FrameworkId FrameworkId, string Reason, DateTimeOffset At) : IFrameworkFact;

/// <summary>A framework wants no offers for some roles until it revives them.</summary>
/// <param name="FrameworkId">The framework.</param>
/// <param name="Roles">The roles.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record FrameworkSuppressed(FrameworkId FrameworkId, ValueList<string> Roles, DateTimeOffset At) : IFrameworkFact;

/// <summary>A framework wants offers again for some roles; their filters are gone.</summary>
/// <param name="FrameworkId">The framework.</param>
/// <param name="Roles">The roles.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record FrameworkRevived(FrameworkId FrameworkId, ValueList<string> Roles, DateTimeOffset At) : IFrameworkFact;
