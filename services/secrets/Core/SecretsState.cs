using System.Text.Json.Serialization;
using Bourse.Contracts;

namespace Bourse.Secrets;

/// <summary>Which secrets exist, who may use them, and which tasks will ask. Values are in it encrypted only.</summary>
[JsonObjectCreationHandling(JsonObjectCreationHandling.Populate)]
public sealed class SecretsState
{
    /// <summary>Secrets by name.</summary>
    public SortedDictionary<string, Secret> Secrets { get; } = new(StringComparer.Ordinal);

    /// <summary>What living tasks will ask for.</summary>
    public SortedDictionary<FrameworkId, SortedDictionary<TaskId, Use>> Uses { get; } = [];

    /// <summary>The key that values for an agent are sealed to.</summary>
    public SortedDictionary<AgentId, string> SealingKeys { get; } = [];

    /// <summary>What a task will ask for; null when it names no secrets, has ended or was not heard of.</summary>
    public Use? UseOf(FrameworkId framework, TaskId task) => Uses.GetValueOrDefault(framework)?.GetValueOrDefault(task);
}

/// <summary>One secret.</summary>
/// <param name="Version">Counts its values, from 1.</param>
/// <param name="KeyId">The key that encrypted the current value.</param>
/// <param name="Ciphertext">The current value, encrypted.</param>
/// <param name="Owner">Who put it first.</param>
/// <param name="Grantees">Principals that may use it besides the owner, sorted.</param>
/// <param name="At">UTC instant of the current version.</param>
public sealed record Secret(
    long Version, string KeyId, string Ciphertext, string Owner, ValueList<string> Grantees, DateTimeOffset At)
{
    /// <summary>Whether a principal's tasks may learn the value.</summary>
    public bool MayBeUsedBy(string principal) => principal == Owner || Grantees.Contains(principal);

    /// <summary>Whether someone may change the secret and its grants.</summary>
    public bool MayBeChangedBy(Asker asker) => asker.IsOperator || asker.Principal == Owner;
}

/// <summary>What a living task will ask for.</summary>
/// <param name="AgentId">The only agent that may ask.</param>
/// <param name="Principal">On whose behalf.</param>
/// <param name="Secrets">The secrets its description names.</param>
/// <param name="Given">Which versions were given, sorted by secret.</param>
/// <param name="Denied">What was denied, in the order of the denials.</param>
public sealed record Use(
    AgentId AgentId, string Principal, ValueList<string> Secrets, ValueList<Given> Given = default, ValueList<Denied> Denied = default);

/// <summary>A version that was given to a task.</summary>
/// <param name="Secret">The secret.</param>
/// <param name="Version">Its version.</param>
public sealed record Given(string Secret, long Version);

/// <summary>A denial, kept so that its repeat is recognised.</summary>
/// <param name="Secret">The secret as it was named.</param>
/// <param name="AgentId">Who asked.</param>
/// <param name="Reason">For people.</param>
public sealed record Denied(string Secret, AgentId AgentId, string Reason);
