using Bourse.Contracts;
using Bourse.Contracts.Messages;

namespace Bourse.Agent;

/// <summary>Something the agent learnt or is asked.</summary>
/// <param name="Now">UTC instant.</param>
/// <param name="Seed">Fresh and random; the ids of what follows derive from it.</param>
public abstract record Input(DateTimeOffset Now, Guid Seed);

/// <summary>The process has started and read its checkpoint. What became of each run follows as inputs of its own.</summary>
public sealed record Begin(DateTimeOffset Now, Guid Seed) : Input(Now, Seed);

/// <summary>The registry admitted this run of the process.</summary>
public sealed record Admit(long Incarnation, DateTimeOffset Now, Guid Seed) : Input(Now, Seed);

/// <summary>The broker was away: messages may have been lost.</summary>
public sealed record Reconnect(DateTimeOffset Now, Guid Seed) : Input(Now, Seed);

/// <summary>The allocator wants something done.</summary>
/// <param name="Command">What.</param>
/// <param name="Confirmed">Commands up to this number need never be done any more.</param>
/// <param name="Correlation">The outside request behind it.</param>
/// <param name="Now">UTC instant.</param>
/// <param name="Seed">Fresh and random.</param>
public sealed record Do(AgentCommand Command, long Confirmed, string Correlation, DateTimeOffset Now, Guid Seed) : Input(Now, Seed);

/// <summary>The secrets service answered.</summary>
public sealed record HearSecrets(SecretsAnswered Answer, DateTimeOffset Now, Guid Seed) : Input(Now, Seed);

/// <summary>A run's supervisor was seen alive.</summary>
/// <param name="Run">The run.</param>
/// <param name="Supervisor">Its supervisor.</param>
/// <param name="Now">UTC instant.</param>
/// <param name="Seed">Fresh and random.</param>
/// <param name="Container">Its container, when it has one.</param>
public sealed record SeeStarted(long Run, ProcessIdentity Supervisor, DateTimeOffset Now, Guid Seed, ContainerState? Container = null)
    : Input(Now, Seed);

/// <summary>A run cannot be started.</summary>
/// <param name="Run">The run.</param>
/// <param name="Why">For people; never a secret's value.</param>
/// <param name="Now">UTC instant.</param>
/// <param name="Seed">Fresh and random.</param>
public sealed record SeeStartFailed(long Run, string Why, DateTimeOffset Now, Guid Seed) : Input(Now, Seed);

/// <summary>A run's command has ended, and how is known.</summary>
/// <param name="Run">The run.</param>
/// <param name="Status">How.</param>
/// <param name="Now">UTC instant.</param>
/// <param name="Seed">Fresh and random.</param>
/// <param name="Container">What its container says about it, when it had one.</param>
public sealed record SeeExited(long Run, ExitStatus Status, DateTimeOffset Now, Guid Seed, ContainerEnding? Container = null) : Input(Now, Seed);

/// <summary>A running task went beyond what it holds; it is ended.</summary>
public sealed record SeeLimitExceeded(long Run, Limitation Limitation, DateTimeOffset Now, Guid Seed) : Input(Now, Seed);

/// <summary>A run's supervisor is gone without having said how the command ended.</summary>
/// <param name="Run">The run.</param>
/// <param name="Now">The time.</param>
/// <param name="Seed">For the ids of what is made.</param>
/// <param name="MachineStopped">Whether the whole machine went down meanwhile.</param>
public sealed record SeeVanished(long Run, DateTimeOffset Now, Guid Seed, bool MachineStopped = false) : Input(Now, Seed);

/// <summary>After a restart: no supervisor of this run ever came to life.</summary>
public sealed record SeeNeverStarted(long Run, DateTimeOffset Now, Guid Seed) : Input(Now, Seed);

/// <summary>The disk under the sandboxes was looked at.</summary>
/// <param name="Used">How full it is, from 0 to 1.</param>
/// <param name="Now">UTC instant.</param>
/// <param name="Seed">Fresh and random.</param>
public sealed record SeeDisk(double Used, DateTimeOffset Now, Guid Seed) : Input(Now, Seed);

/// <summary>Time has passed.</summary>
public sealed record Tick(DateTimeOffset Now, Guid Seed) : Input(Now, Seed);
