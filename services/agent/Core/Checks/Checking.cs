using System.Text.Json.Serialization;
using Bourse.Contracts;

namespace Bourse.Agent;

/// <summary>Which of a task's two checks.</summary>
public enum CheckKind
{
    /// <summary>The one that decides over its life.</summary>
    Health,
    /// <summary>The one that is only reported.</summary>
    Check,
}

/// <summary>How far a check has come.</summary>
/// <param name="Due">UTC instant of the next look.</param>
/// <param name="Failures">Counted failures in a row.</param>
/// <param name="Passed">Whether it has ever succeeded: the grace period is over for good then.</param>
/// <param name="Healthy">What was reported last.</param>
/// <param name="Result">What the latest look found.</param>
public sealed record Watching(DateTimeOffset Due, int Failures = 0, bool Passed = false, bool? Healthy = null, CheckResult? Result = null)
{
    /// <summary>The look that is under way. Forgotten with the process: it looks again.</summary>
    [JsonIgnore]
    public Guid? Look { get; init; }
}

/// <summary>Look at a task from outside.</summary>
public sealed record LookAt(AgentTask Task, CheckKind Kind, CheckSpec Spec, Guid Look) : Effect;

/// <summary>A look has ended.</summary>
/// <param name="Run">Whose.</param>
/// <param name="Kind">Which check.</param>
/// <param name="Look">Which look.</param>
/// <param name="Result">What it found; without a result it failed or took too long.</param>
/// <param name="Now">UTC instant.</param>
/// <param name="Seed">Fresh and random.</param>
public sealed record SeeLook(long Run, CheckKind Kind, Guid Look, CheckResult Result, DateTimeOffset Now, Guid Seed) : Input(Now, Seed);

/// <summary>Checks of running tasks: when to look, what counts, what is told.</summary>
internal static class Checking
{
    /// <summary>The task's process was seen: the clocks of its checks begin to run.</summary>
    public static AgentTask Begin(AgentTask task, DateTimeOffset now) => task with
    {
        StartedAt = now,
        Health = task.Spec.Health is { } health ? new Watching(now + health.Check.Delay) : null,
        Check = task.Spec.Check is { } check ? new Watching(now + check.Delay, Result: new(KindOf(check))) : null,
    };

    public static AgentTask WhenDue(Reaction reaction, AgentTask task, Tick i)
    {
        // Whoever is asked to end is not looked at any more.
        if (task is not { Phase: Phase.Running, Kill: null })
            return task;
        if (task is { Health: { Look: null } health, Spec.Health: { } spec } && health.Due <= i.Now)
            Look(task = task with { Health = health with { Look = i.Seed } }, CheckKind.Health, spec.Check);
        if (task is { Check: { Look: null } check, Spec.Check: { } reported } && check.Due <= i.Now)
            Look(task = task with { Check = check with { Look = i.Seed } }, CheckKind.Check, reported);
        return task;

        void Look(AgentTask looked, CheckKind kind, CheckSpec how) =>
            reaction.With(new TaskNoted(looked)).Then(new LookAt(looked, kind, how, i.Seed));
    }

    public static Reaction Decide(AgentState state, SeeLook i)
    {
        var reaction = new Reaction();
        if (state.Find(i.Run) is not { Phase: Phase.Running, Kill: null } task)
            return reaction;
        return i.Kind switch
        {
            CheckKind.Health when task.Health?.Look == i.Look => Health(reaction, state, task, i),
            CheckKind.Check when task.Check?.Look == i.Look => Report(reaction, state, task, i),
            _ => reaction,
        };
    }

    /// <summary>COMMAND, HTTP or TCP.</summary>
    public static string KindOf(CheckSpec spec) => spec.Http is not null ? "HTTP" : spec.Tcp is not null ? "TCP" : "COMMAND";

    private static Reaction Health(Reaction reaction, AgentState state, AgentTask task, SeeLook i)
    {
        var (spec, before) = (task.Spec.Health!, task.Health!);
        var next = before with { Due = i.Now + spec.Check.Interval, Look = null };
        if (IsGood(i.Result))
        {
            next = next with { Failures = 0, Passed = true, Healthy = true };
            return before.Healthy == true
                ? reaction.With(new TaskNoted(task with { Health = next }))
                : reaction.With(new TaskKept(Tell(reaction, state, task with { Health = next }, i, "REASON_TASK_HEALTH_CHECK_STATUS_UPDATED")));
        }
        if (!before.Passed && i.Now - task.StartedAt < spec.Grace)
            return reaction.With(new TaskNoted(task with { Health = next }));

        next = next with { Failures = before.Failures + 1, Healthy = false };
        task = Tell(reaction, state, task with { Health = next }, i, "REASON_TASK_HEALTH_CHECK_STATUS_UPDATED");
        reaction.With(new TaskKept(task));
        if (next.Failures >= spec.Failures)
            Grouping.Kill(reaction, state, task, task.Spec.KillGrace, i.Now);
        return reaction;
    }

    private static Reaction Report(Reaction reaction, AgentState state, AgentTask task, SeeLook i)
    {
        var before = task.Check!;
        task = task with { Check = before with { Due = i.Now + task.Spec.Check!.Interval, Look = null, Result = i.Result } };
        return before.Result == i.Result
            ? reaction.With(new TaskNoted(task))
            : reaction.With(new TaskKept(Tell(reaction, state, task, i, "REASON_TASK_CHECK_STATUS_UPDATED")));
    }

    private static AgentTask Tell(Reaction reaction, AgentState state, AgentTask task, SeeLook i, string reason) =>
        Reporting.Add(reaction, state, task, new(TaskState.Running, i.Now, Sources.Executor, reason, Uuid: Reporting.NewUuid(i, task)), i.Now);

    private static bool IsGood(CheckResult result) => result is { ExitCode: 0 } or { StatusCode: >= 200 and < 400 } or { Succeeded: true };
}

/// <summary>Ends tasks that run longer than they may.</summary>
internal static class Overrunning
{
    public static AgentTask WhenDue(Reaction reaction, AgentState state, AgentTask task, DateTimeOffset now)
    {
        if (task is not { Phase: Phase.Running, Overran: false, Spec.Longest: { } longest, StartedAt: { } since } || since + longest > now)
            return task;
        task = task with { Overran = true, Kill = new(TimeSpan.Zero, now) };
        reaction.With(new TaskKept(task));
        return Killing.WhenDue(reaction, state, task, now);
    }
}
