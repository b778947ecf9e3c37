using Bourse.Contracts;
using Bourse.Journal;

namespace Bourse.Secrets.Host;

/// <summary>What facts of the other services mean here.</summary>
public static class Learning
{
    /// <summary>The command that follows from what the allocator committed; null when it is nothing to this service.</summary>
    public static SecretsCommand? FromAllocator(IReadOnlyList<Recorded> events)
    {
        var learnt = events.Select(recorded => From(recorded.Fact)).OfType<Learnt>().ToValueList();

        // The facts of a picture have no positions. They are all that lives: what is not among them has ended while nobody listened.
        if (events is [{ Position: 0 }, ..])
            return new ExpectOnly(learnt.OfType<ExpectUse>().ToValueList());
        return learnt.Count > 0 ? new Learn(learnt) : null;
    }

    /// <summary>The command that follows from what the registry committed; null when it is nothing to this service.</summary>
    public static SecretsCommand? FromRegistry(IReadOnlyList<Recorded> events) =>
        events.Select(recorded => From(recorded.Fact)).OfType<Learnt>().ToValueList() is { Count: > 0 } learnt ? new Learn(learnt) : null;

    // A TaskRefused means nothing: that task was never expected, and its id may be that of another one which lives.
    private static Learnt? From(IFact fact) => fact switch
    {
        TaskLaunched f when f.Spec.Secrets().Any() =>
            new ExpectUse(f.FrameworkId, f.Spec.Id, f.AgentId, f.Principal, f.Spec.Secrets().ToValueList()),
        TaskStatusChanged f when f.Update.State.IsTerminal() => new EndUse(f.FrameworkId, f.TaskId),
        // The process of an executor asks as a task of this name would.
        ExecutorLaunched f when f.Spec.Secrets().Any() =>
            new ExpectUse(f.FrameworkId, ExecutorSpec.AsUser(f.Spec.Id, f.AgentId, f.Command), f.AgentId, f.Framework.Principal, f.Spec.Secrets().ToValueList()),
        ExecutorEnded f => new EndUse(f.FrameworkId, ExecutorSpec.AsUser(f.ExecutorId, f.AgentId, f.Run)),
        AgentRegistered f => Key(f.Description),
        AgentReregistered f => Key(f.Description),
        _ => null,
    };

    // A key that nothing can be sealed to is not learnt: the agent is asked to come back until it registers with a good one.
    private static LearnKey? Key(AgentDescription agent) =>
        Vault.IsSealingKey(agent.SealingKey) ? new LearnKey(agent.Id, agent.SealingKey) : null;
}
