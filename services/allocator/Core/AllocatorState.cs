using System.Text.Json.Serialization;
using Bourse.Contracts;
using Bourse.Contracts.Messages;

namespace Bourse.Allocator;

/// <summary>
/// Everything the allocator knows: the fold of its journal. Collections are sorted by id, so that walking them gives the same
/// order in every process.
/// </summary>
public sealed class AllocatorState
{
    /// <summary>Frameworks that are subscribed, or may still come back, or whose tasks are still being killed.</summary>
    public SortedDictionary<FrameworkId, Framework> Frameworks { get; init; } = [];

    /// <summary>The most recently removed frameworks, oldest first.</summary>
    public List<Framework> CompletedFrameworks { get; init; } = [];

    /// <summary>Agents that have ever joined.</summary>
    public SortedDictionary<AgentId, Agent> Agents { get; init; } = [];

    /// <summary>Outstanding offers.</summary>
    public SortedDictionary<OfferId, Offer> Offers { get; init; } = [];

    /// <summary>Operations that are not over, or whose end is not acknowledged, by uuid.</summary>
    [JsonObjectCreationHandling(JsonObjectCreationHandling.Populate)]
    public SortedDictionary<string, LiveOperation> Operations { get; init; } = new(StringComparer.Ordinal);

    /// <summary>The maintenance of machines.</summary>
    public MaintenanceState Maintenance { get; init; } = new();

    /// <summary>Allocation cycles run so far that made offers.</summary>
    public long Cycle { get; set; }

    /// <summary>Offers made per role and everything below it; a role's own, when it has roles below it, under its path and <c>/.</c>.</summary>
    [JsonObjectCreationHandling(JsonObjectCreationHandling.Populate)]
    public SortedDictionary<string, long> RoleOfferCounts { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Quotas by role; a role without one is not here.</summary>
    [JsonObjectCreationHandling(JsonObjectCreationHandling.Populate)]
    public SortedDictionary<string, RoleQuota> Quotas { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Weights that were set, by role, also those of roles that nobody is in.</summary>
    [JsonObjectCreationHandling(JsonObjectCreationHandling.Populate)]
    public SortedDictionary<string, double> Weights { get; init; } = new(StringComparer.Ordinal);

    /// <summary>The hosts that may be offered, sorted; null for all.</summary>
    public ValueList<string>? Whitelist { get; set; }

    /// <summary>What a new leader waits for before it offers anything; null when for nothing.</summary>
    public Recovery? Recovery { get; set; }

    /// <summary>How decisions are made from here on; configuration, hence not saved.</summary>
    [JsonIgnore]
    internal AllocatorSettings Settings { get; set; } = new();

    /// <summary>The allocation engine, once a cycle was decided; derived, hence not saved.</summary>
    [JsonIgnore]
    internal Ledger? Ledger { get; set; }

    /// <summary>The last cycle left agents to the next one.</summary>
    [JsonIgnore]
    public bool CycleGoesOn => Ledger?.Engine.Todo > 0;

    /// <summary>Bounds what is kept of the past; Mesos has the same defaults.</summary>
    public const int MaxCompletedFrameworks = 50, MaxCompletedTasksPerFramework = 1000;

    /// <summary>The framework, when it has not been removed.</summary>
    public Framework? Living(FrameworkId id) => Frameworks.TryGetValue(id, out var found) && !found.Removed ? found : null;

    /// <summary>The outstanding offers of a framework, by id.</summary>
    public IEnumerable<Offer> OffersTo(FrameworkId id) => Offers.Values.Where(offer => offer.FrameworkId == id);
}

/// <summary>A framework.</summary>
public sealed class Framework
{
    /// <summary>Its id.</summary>
    public required FrameworkId Id { get; init; }

    /// <summary>What it said about itself last.</summary>
    public required FrameworkDescription Description { get; set; }

    /// <summary>Counts its subscriptions.</summary>
    public long Session { get; set; }

    /// <summary>Whether its stream is open.</summary>
    public bool Connected { get; set; }

    /// <summary>When it is removed unless it subscribes again; null while it is connected.</summary>
    public DateTimeOffset? RemoveAt { get; set; }

    /// <summary>Over; only its tasks are still being killed.</summary>
    public bool Removed { get; set; }

    /// <summary>When it was over; null while it is not.</summary>
    public DateTimeOffset? RemovedAt { get; set; }

    /// <summary>First subscription.</summary>
    public DateTimeOffset RegisteredAt { get; init; }

    /// <summary>Latest subscription, when it came back.</summary>
    public DateTimeOffset? ReregisteredAt { get; set; }

    /// <summary>Roles it wants no offers in.</summary>
    [JsonObjectCreationHandling(JsonObjectCreationHandling.Populate)]
    public SortedSet<string> Suppressed { get; init; } = new(StringComparer.Ordinal);

    /// <summary>What it turned down for a while, by agent. Some may have lapsed.</summary>
    public SortedDictionary<AgentId, List<OfferFilter>> Filters { get; init; } = [];

    /// <summary>How many offers it was made, per role: the tie-break of equal shares.</summary>
    [JsonObjectCreationHandling(JsonObjectCreationHandling.Populate)]
    public SortedDictionary<string, long> OfferCounts { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Tasks that have not ended, or whose end it has not acknowledged.</summary>
    public SortedDictionary<TaskId, LiveTask> Tasks { get; init; } = [];

    /// <summary>The most recently completed tasks, oldest first.</summary>
    public List<LiveTask> CompletedTasks { get; init; } = [];

    /// <summary>Whether it announced a Mesos v1 capability.</summary>
    public bool Can(string capability) => Description.Capabilities.Contains(capability);

    /// <summary>A task that is live or among the completed ones kept.</summary>
    public LiveTask? Find(TaskId id) => Tasks.TryGetValue(id, out var live) ? live : CompletedTasks.FindLast(task => task.Spec.Id == id);
}

/// <summary>A promise not to offer some of an agent's resources to a framework in a role for a while.</summary>
public sealed record OfferFilter(string Role, AgentId AgentId, Resources Resources, DateTimeOffset Until);

/// <summary>An outstanding offer; resources are allocated to its role.</summary>
public sealed record Offer(OfferId Id, FrameworkId FrameworkId, AgentId AgentId, string Role, Resources Resources, DateTimeOffset At);

/// <summary>A task from launch to acknowledged end.</summary>
public sealed class LiveTask
{
    /// <summary>What runs.</summary>
    public required TaskSpec Spec { get; init; }

    /// <summary>Where.</summary>
    public required AgentId AgentId { get; init; }

    /// <summary>The role that pays.</summary>
    public required string Role { get; init; }

    /// <summary>The first offer of the ACCEPT that launched it.</summary>
    public required OfferId OfferId { get; init; }

    /// <summary>On whose behalf.</summary>
    public required string Principal { get; init; }

    /// <summary>The number of its launch command.</summary>
    public required long LaunchCommand { get; init; }

    /// <summary>Its latest state.</summary>
    public TaskState State { get; set; } = TaskState.Staging;

    /// <summary>Asked to end.</summary>
    public bool KillRequested { get; set; }

    /// <summary>One status per state it went through, for the operator API.</summary>
    public List<TaskUpdate> Statuses { get; init; } = [];

    /// <summary>Updates the framework has not acknowledged, oldest first; the first is with the framework.</summary>
    public List<TaskUpdate> Unacknowledged { get; init; } = [];

    /// <summary>Uuids of every update recorded, so that a repeat is recognised.</summary>
    public List<string> Seen { get; init; } = [];
}

/// <summary>An agent and what of it is promised, used and free.</summary>
public sealed class Agent
{
    /// <summary>As registered last.</summary>
    public required AgentDescription Description { get; set; }

    /// <summary>The incarnation known.</summary>
    public long Incarnation { get; set; }

    /// <summary>Unreachable; nothing of it is offered.</summary>
    public bool Silent { get; set; }

    /// <summary>When it joined first.</summary>
    public DateTimeOffset RegisteredAt { get; init; }

    /// <summary>When it joined last, if again.</summary>
    public DateTimeOffset? ReregisteredAt { get; set; }

    /// <summary>Its dynamic reservations and volumes, allocated to no role.</summary>
    public Resources Kept { get; set; } = Resources.None;

    /// <summary>All its resources as they are now.</summary>
    [JsonIgnore]
    public Resources Total => Kept.IsEmpty ? Description.Total : Pool.Total(Description.Total, Kept);

    /// <summary>What operators decided about it.</summary>
    public AgentStanding Standing { get; set; } = AgentStanding.Usual;

    /// <summary>No longer part of the cluster; it may register again unless it is gone for ever.</summary>
    public bool Removed { get; set; }

    /// <summary>What neither a task nor an offer holds, allocated to no role; shared volumes always are.</summary>
    public Resources Free { get; set; } = Resources.None;

    /// <summary>What tasks hold, allocated to their roles.</summary>
    public Resources Used { get; set; } = Resources.None;

    /// <summary>What outstanding offers hold, allocated to their roles.</summary>
    public Resources Offered { get; set; } = Resources.None;

    /// <summary>The number of the latest command.</summary>
    public long LastCommand { get; set; }

    /// <summary>Commands up to here are done.</summary>
    public long Confirmed { get; set; }

    /// <summary>Commands that are not confirmed, ascending.</summary>
    public List<AgentCommand> Pending { get; init; } = [];

    /// <summary>Executors there, in the order of their launch.</summary>
    public List<LiveExecutor> Executors { get; init; } = [];
}
