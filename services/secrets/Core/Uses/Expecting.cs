using System.Diagnostics;
using Bourse.Contracts;
using Bourse.Deciding;

namespace Bourse.Secrets;

/// <summary>Learns from the other services what will be asked, by whom, and which key the answer is sealed to.</summary>
public static class Expecting
{
    /// <summary>What follows from commits of the others.</summary>
    public static Decision Decide(SecretsState state, Learn c)
    {
        var learning = new Learning(state);
        foreach (var learnt in c.What)
            learning.Take(learnt);
        return Decision.Of(learning.Facts);
    }

    /// <summary>What follows from the list of all living tasks.</summary>
    public static Decision Decide(SecretsState state, ExpectOnly c)
    {
        var living = c.Living.Select(use => (use.FrameworkId, use.TaskId)).ToHashSet();
        var learning = new Learning(state);
        foreach (var (framework, tasks) in state.Uses)
        {
            foreach (var task in tasks.Keys.Where(task => !living.Contains((framework, task))))
                learning.Take(new EndUse(framework, task));
        }
        foreach (var use in c.Living)
            learning.Take(use);
        return Decision.Of(learning.Facts);
    }

    // One commit may hold a task's launch and its end: what was learnt before counts for what is learnt after.
    private sealed class Learning(SecretsState state)
    {
        private readonly Dictionary<(FrameworkId, TaskId), ExpectUse?> uses = [];
        private readonly Dictionary<AgentId, string> keys = [];

        public List<IFact> Facts { get; } = [];

        public void Take(Learnt learnt)
        {
            switch (learnt)
            {
                // A framework may use a task's id again once the task has ended; the same launch heard twice is no news.
                case ExpectUse use when use.Secrets.Count > 0 && Known(use.FrameworkId, use.TaskId) != use:
                    Facts.Add(new SecretUseExpected(use.FrameworkId, use.TaskId, use.AgentId, use.Principal, use.Secrets));
                    uses[(use.FrameworkId, use.TaskId)] = use;
                    break;
                case EndUse end when Known(end.FrameworkId, end.TaskId) is not null:
                    Facts.Add(new SecretUseEnded(end.FrameworkId, end.TaskId));
                    uses[(end.FrameworkId, end.TaskId)] = null;
                    break;
                case LearnKey key when (keys.GetValueOrDefault(key.AgentId) ?? state.SealingKeys.GetValueOrDefault(key.AgentId)) != key.SealingKey:
                    Facts.Add(new SealingKeyLearned(key.AgentId, key.SealingKey));
                    keys[key.AgentId] = key.SealingKey;
                    break;
                case ExpectUse or EndUse or LearnKey:
                    break;
                default:
                    throw new UnreachableException($"nothing is learnt from {learnt.GetType().Name}");
            }
        }

        private ExpectUse? Known(FrameworkId framework, TaskId task) =>
            uses.TryGetValue((framework, task), out var learnt) ? learnt
            : state.UseOf(framework, task) is { } use ? new(framework, task, use.AgentId, use.Principal, use.Secrets)
            : null;
    }
}
