using Bourse.Contracts;
using Bourse.Contracts.Messages;

namespace Bourse.Agent;

/// <summary>Gets the values of a task's secrets, and starts the task with them. Values pass through sealed and are never kept.</summary>
internal static class Asking
{
    /// <summary>Asks, and keeps the task.</summary>
    public static Reaction Ask(Reaction reaction, AgentState state, AgentTask task, Input i) =>
        reaction.With(new TaskKept(Put(reaction, state, task, i, state.Limits.AskFirst)));

    public static Reaction Decide(AgentState state, HearSecrets i)
    {
        var reaction = new Reaction();
        // An answer to a question asked twice, or to one of an earlier run of the process.
        if (state.Tasks.FirstOrDefault(task => task.Question?.Request == i.Answer.Request) is not { Phase: Phase.AwaitingSecrets } task)
            return reaction;

        if (i.Answer.TryLater)
        {
            var delay = task.Question!.Again.Delay;
            var next = delay * 2 < state.Limits.AskMost ? delay * 2 : state.Limits.AskMost;
            return reaction.With(new TaskNoted(task with { Question = task.Question with { Again = new(i.Now + delay, next) } }));
        }
        if (i.Answer.Denied is { } why)
            return Fail($"Principal '{task.Principal}' was refused a secret of the task: {why}");
        if (task.Spec.Secrets().FirstOrDefault(secret => i.Answer.Values.All(value => value.Secret != secret)) is { } missing)
            return Fail($"The secrets service gave no value for secret '{missing}'");

        task = task with { Phase = Phase.Starting, Question = null };
        return reaction.With(new TaskKept(task)).Then(new StartProcess(task, i.Answer.Values));

        Reaction Fail(string message) =>
            Running.End(reaction, state, task, i, TaskState.Failed, Sources.Agent, message, "REASON_CONTAINER_LAUNCH_FAILED");
    }

    /// <summary>Asks again, after "try later" or when an answer stays out.</summary>
    public static AgentTask WhenDue(Reaction reaction, AgentState state, AgentTask task, Tick i)
    {
        if (task is not { Phase: Phase.AwaitingSecrets, Question.Again: { } again } || again.At > i.Now)
            return task;
        task = Put(reaction, state, task, i, again.Delay);
        reaction.With(new TaskNoted(task));
        return task;
    }

    private static AgentTask Put(Reaction reaction, AgentState state, AgentTask task, Input i, TimeSpan delay)
    {
        // The run makes ids of one input differ between tasks.
        var request = $"{i.Seed:N}-{task.Run}";
        reaction.Then(new AskSecrets(
            new(state.Id, request, task.FrameworkId, task.Spec.Id, task.Spec.Secrets().ToValueList()), task.Correlation));
        return task with { Question = new(request, new(i.Now + state.Limits.AskMost, delay)) };
    }
}
