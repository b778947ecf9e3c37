using Bourse.Contracts;
using Bourse.Contracts.Messages;

namespace Bourse.Allocator;

/// <summary>What can be asked of the allocator. <paramref name="Now"/> is read once, at the edge.</summary>
public abstract record AllocatorCommand(DateTimeOffset Now);

/// <summary>SUBSCRIBE. <paramref name="Id"/> is null for a new framework, which gets <paramref name="NewId"/>.</summary>
public sealed record Subscribe(
    FrameworkId? Id, FrameworkDescription Description, ValueList<string> SuppressedRoles, FrameworkId NewId, DateTimeOffset Now)
    : AllocatorCommand(Now);

/// <summary>UPDATE_FRAMEWORK: description and suppressed roles are replaced as a whole.</summary>
public sealed record UpdateFramework(
    FrameworkId FrameworkId, FrameworkDescription Description, ValueList<string> SuppressedRoles, DateTimeOffset Now) : AllocatorCommand(Now);

/// <summary>The stream of one session ended.</summary>
public sealed record Disconnect(FrameworkId FrameworkId, long Session, string Reason, DateTimeOffset Now) : AllocatorCommand(Now);

/// <summary>This instance leads since <paramref name="Now"/>: streams of the past are gone, offers void, tasks unharmed.</summary>
public sealed record TakeOver(DateTimeOffset Now) : AllocatorCommand(Now);

/// <summary>Time passed: frameworks away for too long are removed.</summary>
public sealed record Tick(DateTimeOffset Now) : AllocatorCommand(Now);

/// <summary>TEARDOWN by the framework or an operator.</summary>
public sealed record Teardown(FrameworkId FrameworkId, string Reason, DateTimeOffset Now) : AllocatorCommand(Now);

/// <summary>ACCEPT: tasks to launch, then operations in their order.</summary>
public sealed record Accept(
    FrameworkId FrameworkId, ValueList<OfferId> OfferIds, ValueList<Launch> Launches, TimeSpan RefuseFor, DateTimeOffset Now,
    ValueList<Operation> Operations = default)
    : AllocatorCommand(Now)
{
    /// <summary>Everything it asks for, in order.</summary>
    public IEnumerable<Operation> All => Launches.Count == 0 ? Operations : [new LaunchTasks(Launches), .. Operations];
}

/// <summary>
/// One task of an ACCEPT. <paramref name="Invalid"/> says what makes its description unacceptable already on its own;
/// <paramref name="Spec"/> is null then.
/// </summary>
public sealed record Launch(TaskId TaskId, AgentId AgentId, TaskSpec? Spec, string? Invalid = null)
{
    /// <summary>The executor it is to run under, when it names one; launched with it unless it is there already.</summary>
    public ExecutorSpec? Executor { get; init; }

    /// <summary>Those of one group are launched together or not at all.</summary>
    public string? Group { get; init; }
}

/// <summary>DECLINE.</summary>
public sealed record Decline(FrameworkId FrameworkId, ValueList<OfferId> OfferIds, TimeSpan RefuseFor, DateTimeOffset Now)
    : AllocatorCommand(Now);

/// <summary>REVIVE; no roles means all of the framework's.</summary>
public sealed record Revive(FrameworkId FrameworkId, ValueList<string> Roles, DateTimeOffset Now) : AllocatorCommand(Now);

/// <summary>SUPPRESS; no roles means all of the framework's.</summary>
public sealed record Suppress(FrameworkId FrameworkId, ValueList<string> Roles, DateTimeOffset Now) : AllocatorCommand(Now);

/// <summary>KILL.</summary>
public sealed record Kill(FrameworkId FrameworkId, TaskId TaskId, TimeSpan? Grace, DateTimeOffset Now) : AllocatorCommand(Now);

/// <summary>ACKNOWLEDGE.</summary>
public sealed record Acknowledge(FrameworkId FrameworkId, TaskId TaskId, AgentId AgentId, string Uuid, DateTimeOffset Now)
    : AllocatorCommand(Now);

/// <summary>The registry admitted an agent, for the first time or again.</summary>
public sealed record AgentJoined(AgentDescription Description, long Incarnation, DateTimeOffset Now) : AllocatorCommand(Now);

/// <summary>The registry says that an agent is unreachable.</summary>
public sealed record AgentSilent(AgentId AgentId, long Incarnation, DateTimeOffset Now) : AllocatorCommand(Now);

/// <summary>The registry says that a silent agent is heard again.</summary>
public sealed record AgentHeard(AgentId AgentId, long Incarnation, DateTimeOffset Now) : AllocatorCommand(Now);

/// <summary>An agent says hello.</summary>
public sealed record Greet(AgentHello Hello, DateTimeOffset Now) : AllocatorCommand(Now);

/// <summary>An agent reports a status update.</summary>
public sealed record Report(TaskReported Reported, DateTimeOffset Now) : AllocatorCommand(Now);

/// <summary>Run an allocation cycle.</summary>
public sealed record Allocate(DateTimeOffset Now) : AllocatorCommand(Now);

/// <summary>What one commit of the registry says, about any number of agents, in its order.</summary>
public sealed record LearnFromRegistry(ValueList<AllocatorCommand> About, DateTimeOffset Now) : AllocatorCommand(Now);
