using Bourse.Contracts;

namespace Bourse.Secrets;

/// <summary>What the secrets service can be asked. No command carries a value in clear: the host encrypts before, and decrypts after.</summary>
public abstract record SecretsCommand;

/// <summary>Someone who asks for something about a secret.</summary>
/// <param name="Principal">The authenticated name.</param>
/// <param name="IsOperator">Whether it may act for every owner.</param>
public readonly record struct Asker(string Principal, bool IsOperator);

/// <summary>Give a secret a (new) value.</summary>
/// <param name="Secret">Its name.</param>
/// <param name="Version">The version the ciphertext is bound to; the next one.</param>
/// <param name="KeyId">The key that encrypted it.</param>
/// <param name="Ciphertext">Base64.</param>
/// <param name="By">Who asks.</param>
/// <param name="Now">UTC instant.</param>
public sealed record Put(string Secret, long Version, string KeyId, string Ciphertext, Asker By, DateTimeOffset Now) : SecretsCommand;

/// <summary>Let a principal's tasks use a secret.</summary>
/// <param name="Secret">Its name.</param>
/// <param name="Grantee">The principal.</param>
/// <param name="By">Who asks.</param>
/// <param name="Now">UTC instant.</param>
public sealed record Grant(string Secret, string Grantee, Asker By, DateTimeOffset Now) : SecretsCommand;

/// <summary>Take a grant back.</summary>
/// <param name="Secret">Its name.</param>
/// <param name="Grantee">The principal.</param>
/// <param name="By">Who asks.</param>
/// <param name="Now">UTC instant.</param>
public sealed record Revoke(string Secret, string Grantee, Asker By, DateTimeOffset Now) : SecretsCommand;

/// <summary>An agent asks for the values a task needs: all of them or none.</summary>
/// <param name="AgentId">The agent that asks, as the broker vouches for it.</param>
/// <param name="FrameworkId">The task's framework.</param>
/// <param name="TaskId">The task.</param>
/// <param name="Secrets">Names.</param>
/// <param name="Now">UTC instant.</param>
public sealed record Resolve(
    AgentId AgentId, FrameworkId FrameworkId, TaskId TaskId, ValueList<string> Secrets, DateTimeOffset Now) : SecretsCommand;

/// <summary>What other services committed, in their order.</summary>
/// <param name="What">What it means here.</param>
public sealed record Learn(ValueList<Learnt> What) : SecretsCommand;

/// <summary>The allocator named every task that lives; whatever else was expected has ended unheard.</summary>
/// <param name="Living">The living tasks that use secrets.</param>
public sealed record ExpectOnly(ValueList<ExpectUse> Living) : SecretsCommand;

/// <summary>One thing that was learnt.</summary>
public abstract record Learnt;

/// <summary>The allocator launched a task that uses secrets.</summary>
/// <param name="FrameworkId">The task's framework.</param>
/// <param name="TaskId">The task.</param>
/// <param name="AgentId">Where it was sent.</param>
/// <param name="Principal">On whose behalf.</param>
/// <param name="Secrets">The secrets it names.</param>
public sealed record ExpectUse(FrameworkId FrameworkId, TaskId TaskId, AgentId AgentId, string Principal, ValueList<string> Secrets) : Learnt;

/// <summary>The allocator recorded the end of a task.</summary>
/// <param name="FrameworkId">The task's framework.</param>
/// <param name="TaskId">The task.</param>
public sealed record EndUse(FrameworkId FrameworkId, TaskId TaskId) : Learnt;

/// <summary>The registry admitted an agent with this key.</summary>
/// <param name="AgentId">The agent.</param>
/// <param name="SealingKey">Base64 of a P-256 SubjectPublicKeyInfo.</param>
public sealed record LearnKey(AgentId AgentId, string SealingKey) : Learnt;
