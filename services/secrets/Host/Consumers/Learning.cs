using Bourse.Contracts;

namespace Bourse.Secrets.Host;

/// <summary>What facts of the other services mean here.</summary>
public static class Learning
{
    /// <summary>
    /// The command that follows from a fact; null when it is nothing to this service. A <c>TaskRefused</c> is: that task was never
    /// expected, and its id may be that of another one which lives.
    /// </summary>
    public static SecretsCommand? From(IFact fact) => fact switch
    {
        TaskLaunched f when f.Spec.Secrets().Any() => Expect(f),
        TaskStatusChanged f when f.Update.State.IsTerminal() => new EndUse(f.FrameworkId, f.TaskId),
        AgentRegistered f => Learn(f.Description),
        AgentReregistered f => Learn(f.Description),
        _ => null,
    };

    /// <summary>The command that follows from the allocator's picture: every task that lives, and no other.</summary>
    public static ExpectOnly FromPicture(IEnumerable<IFact> facts) =>
        new(facts.OfType<TaskLaunched>().Where(f => f.Spec.Secrets().Any()).Select(Expect).ToValueList());

    private static ExpectUse Expect(TaskLaunched f) => new(f.FrameworkId, f.Spec.Id, f.AgentId, f.Principal, f.Spec.Secrets().ToValueList());

    // A key that nothing can be sealed to is not learnt: the agent is asked to come back until it registers with a good one.
    private static LearnKey? Learn(AgentDescription agent) =>
        Vault.IsSealingKey(agent.SealingKey) ? new LearnKey(agent.Id, agent.SealingKey) : null;
}
