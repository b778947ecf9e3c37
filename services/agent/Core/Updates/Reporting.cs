using Bourse.Contracts;
using Bourse.Contracts.Messages;

namespace Bourse.Agent;

/// <summary>
/// Status updates: kept in order and sent at once; then the oldest is sent again, after ever longer waits, until it is forgotten.
/// </summary>
internal static class Reporting
{
    /// <summary>Adds an update to a task, which the caller keeps.</summary>
    public static AgentTask Add(Reaction reaction, AgentState state, AgentTask task, TaskUpdate update, DateTimeOffset now)
    {
        // What the checks found last belongs to whatever is told.
        update = update with
        {
            Executor = task.Spec.Executor,
            Healthy = update.Healthy ?? task.Health?.Healthy,
            Check = update.Check ?? task.Check?.Result,
        };
        task = task with { State = update.State, Updates = [.. task.Updates, update] };
        if (!state.Admitted)
            return task;
        reaction.Then(Report(state, state.Incarnation, task, update)).With(new ToldOf(state.LastCommand, now));
        return task.Repeat is null ? FromTheStart(task, state.Limits, now) : task;
    }

    public static SendReport Report(AgentState state, long incarnation, AgentTask task, TaskUpdate update) =>
        new(new TaskReported(state.Id, incarnation, task.FrameworkId, task.Spec.Id, update, state.LastCommand,
            task.Updates.TakeWhile(before => before.Uuid != update.Uuid).ToValueList()), task.Correlation);

    /// <summary>The task with its waits starting anew.</summary>
    public static AgentTask FromTheStart(AgentTask task, AgentLimits limits, DateTimeOffset now) =>
        task with { Repeat = task.Updates.Count == 0 ? null : new(now + limits.RepeatFirst, limits.RepeatFirst) };

    public static void WhenDue(Reaction reaction, AgentState state, AgentTask task, DateTimeOffset now)
    {
        if (!state.Admitted || task.Updates.Count == 0 || task.Repeat is not { } repeat || repeat.At > now)
            return;
        var delay = repeat.Delay * 2 < state.Limits.RepeatMost ? repeat.Delay * 2 : state.Limits.RepeatMost;
        reaction
            .With(new TaskNoted(task with { Repeat = new(now + delay, delay) }))
            .Then(Report(state, state.Incarnation, task, task.Updates[0]));
    }

    /// <summary>An id that follows from an input: its seed, made to differ between tasks and between the updates of one.</summary>
    public static string NewUuid(Input i, AgentTask task)
    {
        Span<byte> bytes = stackalloc byte[16];
        i.Seed.TryWriteBytes(bytes);
        for (var n = 0; n < sizeof(long) - 1; n++)
            bytes[8 + n] ^= (byte)(task.Run >> (8 * n));
        bytes[15] ^= (byte)task.Updates.Count;
        return Convert.ToBase64String(bytes);
    }
}
