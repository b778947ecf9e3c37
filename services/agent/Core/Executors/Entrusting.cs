using Bourse.Contracts.Messages;

namespace Bourse.Agent;

/// <summary>Gets the values of an executor's secrets, and starts its process with them. Values pass through sealed and are never kept.</summary>
internal static class Entrusting
{
    /// <summary>Begins, or begins again after a restart.</summary>
    public static Reaction Begin(Reaction reaction, AgentState state, AgentExecutor executor, Input i) =>
        executor.Spec.Secrets().Any()
            ? reaction.With(new ExecutorKept(Ask(reaction, state, executor, i, state.Limits.AskFirst)))
            : Start(reaction, state, executor, [], i);

    /// <summary>The executor whose question this answers; null for an answer to one asked twice, or to a task's.</summary>
    public static AgentExecutor? Asker(AgentState state, HearSecrets i) =>
        state.Executors.FirstOrDefault(executor => executor is { Phase: ExecutorPhase.Starting, Question: { } question } && question.Request == i.Answer.Request);

    public static Reaction Decide(AgentState state, AgentExecutor executor, HearSecrets i)
    {
        if (executor.Shutdown is not null)
            return GiveUp(state, executor, i);
        if (i.Answer.TryLater)
        {
            var delay = executor.Question!.Again.Delay;
            var next = delay * 2 < state.Limits.AskMost ? delay * 2 : state.Limits.AskMost;
            return new Reaction().With(new ExecutorNoted(executor with { Question = executor.Question with { Again = new(i.Now + delay, next) } }));
        }
        if (i.Answer.Denied is { } why)
            return Fail($"Principal '{executor.Framework.Principal}' was refused a secret of the executor: {why}");
        if (executor.Spec.Secrets().FirstOrDefault(secret => i.Answer.Values.All(value => value.Secret != secret)) is { } missing)
            return Fail($"The secrets service gave no value for secret '{missing}'");
        return Start(new(), state, executor, i.Answer.Values, i);

        Reaction Fail(string message) => Expiring.End(state, executor, new(null, message), "REASON_CONTAINER_LAUNCH_FAILED", i);
    }

    /// <summary>Asks again, after "try later" or when an answer stays out; or ends one that was asked to end meanwhile.</summary>
    public static void WhenDue(Reaction reaction, AgentState state, AgentExecutor executor, Tick i)
    {
        if (executor.Shutdown is not null)
            reaction.Add(GiveUp(state, executor, i));
        else if (executor.Question is { Again: var again } && again.At <= i.Now)
            reaction.With(new ExecutorNoted(Ask(reaction, state, executor, i, again.Delay)));
    }

    private static Reaction GiveUp(AgentState state, AgentExecutor executor, Input i) =>
        Expiring.End(state, executor, new(null, "The executor ended before its process was started"), null, i);

    // Its time to subscribe begins with its process.
    private static Reaction Start(Reaction reaction, AgentState state, AgentExecutor executor, Contracts.ValueList<SealedSecret> secrets, Input i)
    {
        executor = executor with { Question = null, SubscribeBy = executor.SubscribeBy ?? i.Now + state.Limits.ExecutorRegistration };
        return reaction.With(new ExecutorKept(executor)).Then(new StartExecutor(executor, secrets));
    }

    private static AgentExecutor Ask(Reaction reaction, AgentState state, AgentExecutor executor, Input i, TimeSpan delay)
    {
        var request = $"{i.Seed:N}-{executor.Run}";
        reaction.Then(new AskSecrets(
            new(state.Id, request, executor.FrameworkId, Contracts.ExecutorSpec.AsUser(executor.Spec.Id, state.Id, executor.Run), [.. executor.Spec.Secrets()]), executor.Correlation));
        return executor with { Question = new(request, new(i.Now + state.Limits.AskMost, delay)) };
    }
}
