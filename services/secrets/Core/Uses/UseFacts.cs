using System.Diagnostics;
using Bourse.Contracts;

namespace Bourse.Secrets;

/// <summary>Applies facts about the use of secrets.</summary>
public static class UseFacts
{
    /// <summary>Applies a fact in place.</summary>
    public static void Evolve(SecretsState state, ISecretFact fact)
    {
        switch (fact)
        {
            case SecretUseExpected f:
                if (!state.Uses.TryGetValue(f.FrameworkId, out var tasks))
                    state.Uses[f.FrameworkId] = tasks = [];
                tasks[f.TaskId] = new(f.AgentId, f.Principal, f.Secrets);
                break;
            case SecretUseEnded f:
                state.Uses[f.FrameworkId].Remove(f.TaskId);
                if (state.Uses[f.FrameworkId].Count == 0)
                    state.Uses.Remove(f.FrameworkId);
                break;
            case SecretResolved f:
                Change(state, f.FrameworkId, f.TaskId, use => use with
                {
                    Given = use.Given.Where(given => given.Secret != f.Secret).Append(new(f.Secret, f.Version))
                        .OrderBy(given => given.Secret, StringComparer.Ordinal).ToValueList(),
                });
                break;
            case SecretDenied f:
                Change(state, f.FrameworkId, f.TaskId, use => use with { Denied = [.. use.Denied, new(f.Secret, f.AgentId, f.Reason)] });
                break;
            case SealingKeyLearned f:
                state.SealingKeys[f.AgentId] = f.SealingKey;
                break;
            default:
                throw new UnreachableException($"no evolution for {fact.GetType().Name}");
        }
    }

    private static void Change(SecretsState state, FrameworkId framework, TaskId task, Func<Use, Use> change) =>
        state.Uses[framework][task] = change(state.Uses[framework][task]);
}
