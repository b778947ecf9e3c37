using Bourse.Contracts;
using Bourse.Contracts.Messages;
using Bourse.Journal;

namespace Bourse.Secrets.Host;

/// <summary>Looks at every value that was given: to the task's own agent, a secret its description names, to a principal that might.</summary>
public sealed class GivenOnlyWithAGrant : IInvariants<SecretsState>
{
    private readonly Finding finding = new("G7", "a secret was given only to a task that names it, on its agent, whose principal had a grant");

    /// <inheritdoc/>
    public void Before(SecretsState state, Recorded recorded)
    {
        if (recorded.Fact is not SecretResolved given)
            return;
        var use = state.UseOf(given.FrameworkId, given.TaskId);
        var secret = state.Secrets.GetValueOrDefault(given.Secret);
        finding.Look(
            use is not null && use.AgentId == given.AgentId && use.Principal == given.Principal && use.Secrets.Contains(given.Secret)
                && secret is not null && secret.Version == given.Version && secret.MayBeUsedBy(given.Principal),
            () => $"secrets:{recorded.Position} gave {given.Secret} to task {given.TaskId} on {given.AgentId}");
    }

    /// <inheritdoc/>
    public void After(SecretsState state, Recorded recorded)
    {
    }

    /// <inheritdoc/>
    public IEnumerable<Check> Checks() => [finding.ToCheck()];
}
