namespace Bourse.Contracts;

/// <summary>Facts about secrets; a value appears encrypted or not at all. Only writer: the secrets service.</summary>
public interface ISecretFact : IFact;

/// <summary>A secret was given a (new) value.</summary>
/// <param name="Secret">Its name: path segments of <c>A-Za-z0-9_.-</c> joined by <c>/</c>.</param>
/// <param name="Version">Counts its values, from 1.</param>
/// <param name="KeyId">The key that encrypted it.</param>
/// <param name="Ciphertext">Base64 of nonce, ciphertext and tag (AES-256-GCM, bound to name and version).</param>
/// <param name="Owner">The principal that put it.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record SecretPut(string Secret, long Version, string KeyId, string Ciphertext, string Owner, DateTimeOffset At) : ISecretFact
{
    IEnumerable<Subject> IFact.Subjects => [new("secret", Secret)];
}

/// <summary>A principal's tasks may use a secret from now on.</summary>
/// <param name="Secret">The secret.</param>
/// <param name="Grantee">The principal.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record SecretGranted(string Secret, string Grantee, DateTimeOffset At) : ISecretFact
{
    IEnumerable<Subject> IFact.Subjects => [new("secret", Secret), new("principal", Grantee)];
}

/// <summary>A principal's tasks may not use a secret any more.</summary>
/// <param name="Secret">The secret.</param>
/// <param name="Grantee">The principal.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record SecretRevoked(string Secret, string Grantee, DateTimeOffset At) : ISecretFact
{
    IEnumerable<Subject> IFact.Subjects => [new("secret", Secret), new("principal", Grantee)];
}

/// <summary>A task's agent was given a secret, sealed to the agent's key.</summary>
/// <param name="Secret">The secret.</param>
/// <param name="Version">The version given.</param>
/// <param name="FrameworkId">The task's framework.</param>
/// <param name="TaskId">The task.</param>
/// <param name="AgentId">The agent.</param>
/// <param name="Principal">On whose behalf.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record SecretResolved(
    string Secret, long Version, FrameworkId FrameworkId, TaskId TaskId, AgentId AgentId, string Principal, DateTimeOffset At) : ISecretFact
{
    IEnumerable<Subject> IFact.Subjects => [new("secret", Secret), TaskId, FrameworkId, AgentId, new("principal", Principal)];
}

/// <summary>A task was refused a secret.</summary>
/// <param name="Secret">The secret as it was named.</param>
/// <param name="FrameworkId">The task's framework.</param>
/// <param name="TaskId">The task.</param>
/// <param name="AgentId">The agent.</param>
/// <param name="Principal">On whose behalf.</param>
/// <param name="Reason">For people.</param>
/// <param name="At">UTC instant of the decision.</param>
public sealed record SecretDenied(
    string Secret, FrameworkId FrameworkId, TaskId TaskId, AgentId AgentId, string Principal, string Reason, DateTimeOffset At) : ISecretFact
{
    IEnumerable<Subject> IFact.Subjects => [new("secret", Secret), TaskId, FrameworkId, AgentId, new("principal", Principal)];
}

/// <summary>What the secrets service learnt from the allocator: this task will ask for these secrets, from this agent only.</summary>
/// <param name="FrameworkId">The task's framework.</param>
/// <param name="TaskId">The task.</param>
/// <param name="AgentId">The only agent that may ask.</param>
/// <param name="Principal">On whose behalf.</param>
/// <param name="Secrets">The secrets its description names.</param>
public sealed record SecretUseExpected(
    FrameworkId FrameworkId, TaskId TaskId, AgentId AgentId, string Principal, ValueList<string> Secrets) : ISecretFact
{
    IEnumerable<Subject> IFact.Subjects => [TaskId, FrameworkId, AgentId];
}

/// <summary>What the secrets service learnt from the allocator: the task has ended and will not ask again.</summary>
/// <param name="FrameworkId">The task's framework.</param>
/// <param name="TaskId">The task.</param>
public sealed record SecretUseEnded(FrameworkId FrameworkId, TaskId TaskId) : ISecretFact
{
    IEnumerable<Subject> IFact.Subjects => [TaskId, FrameworkId];
}

/// <summary>What the secrets service learnt from the registry: values for this agent are sealed to this key.</summary>
/// <param name="AgentId">The agent.</param>
/// <param name="SealingKey">Base64 of a P-256 SubjectPublicKeyInfo.</param>
public sealed record SealingKeyLearned(AgentId AgentId, string SealingKey) : ISecretFact
{
    IEnumerable<Subject> IFact.Subjects => [AgentId];
}
