using Bourse.Contracts;
using Bourse.Deciding;

namespace Bourse.Secrets;

/// <summary>Learns from the other services what will be asked, by whom, and which key the answer is sealed to.</summary>
public static class Expecting
{
    /// <summary>What follows from a launch. A task without secrets is nothing to this service.</summary>
    public static Decision Decide(SecretsState state, ExpectUse c) => Decision.Of(Expected(state, c).ToArray());

    /// <summary>What follows from a task's end.</summary>
    public static Decision Decide(SecretsState state, EndUse c) =>
        state.UseOf(c.FrameworkId, c.TaskId) is null ? [] : [new SecretUseEnded(c.FrameworkId, c.TaskId)];

    /// <summary>What follows from the list of all living tasks.</summary>
    public static Decision Decide(SecretsState state, ExpectOnly c)
    {
        var living = c.Living.Select(use => (use.FrameworkId, use.TaskId)).ToHashSet();
        var ended =
            from framework in state.Uses
            from task in framework.Value
            where !living.Contains((framework.Key, task.Key))
            select (IFact)new SecretUseEnded(framework.Key, task.Key);
        return Decision.Of([.. ended, .. c.Living.SelectMany(use => Expected(state, use))]);
    }

    /// <summary>What follows from an agent's key.</summary>
    public static Decision Decide(SecretsState state, LearnKey c) =>
        state.SealingKeys.GetValueOrDefault(c.AgentId) == c.SealingKey ? [] : [new SealingKeyLearned(c.AgentId, c.SealingKey)];

    private static IEnumerable<IFact> Expected(SecretsState state, ExpectUse c)
    {
        if (c.Secrets.Count == 0)
            yield break;

        // A framework may use a task's id again once the task has ended; the same launch heard twice is no news.
        if (state.UseOf(c.FrameworkId, c.TaskId) is { } known
            && known.AgentId == c.AgentId && known.Principal == c.Principal && known.Secrets == c.Secrets)
            yield break;
        yield return new SecretUseExpected(c.FrameworkId, c.TaskId, c.AgentId, c.Principal, c.Secrets);
    }
}
