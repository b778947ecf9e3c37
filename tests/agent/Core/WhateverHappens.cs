using Bourse.Contracts;
using Bourse.Contracts.Messages;
using CsCheck;
using static Bourse.Agent.Tests.Example;

namespace Bourse.Agent.Tests.Core;

public sealed class WhateverHappens
{
    private enum Step
    {
        Launch, LaunchWithSecret, Kill, Repeat, Start, StartFail, Exit, Fail, Vanish, NeverStarted, Answer, Deny, Later, Forget, Tick, Crash, Admit, Reconnect,
    }

    private static readonly Gen<(Step Step, int Which)[]> AnyLife = Gen.Select(Gen.Enum<Step>(), Gen.Int[0, 3]).Array[0, 60];

    [Fact]
    public void A_task_ends_at_most_once_and_says_nothing_after_its_end() => AnyLife.Sample(life =>
    {
        foreach (var task in Live(life).Told.GroupBy(told => told.Task))
        {
            var states = task.Select(told => told.Update.State).ToList();
            states.Count(state => state.IsTerminal()).ShouldBeLessThanOrEqualTo(1, string.Join(',', states));
            states.Count(state => state == TaskState.Running).ShouldBeLessThanOrEqualTo(1, string.Join(',', states));
        }
    });

    [Fact]
    public void Every_launched_task_ends_exactly_once_when_its_world_comes_to_rest() => AnyLife.Sample(life =>
    {
        var story = Live(life);
        var launched = Launched(life);
        // Rest: the agent is admitted, every question answered, every process ended.
        story.When((now, seed) => new Admit(100, now, seed));
        Answer(story, denied: true);
        foreach (var run in story.State.Tasks.Select(task => task.Run).ToList())
            story.Exited(Zero, run);
        var ended = story.Told.Where(told => told.Update.State.IsTerminal()).Select(told => told.Task).ToList();
        ended.Order().ShouldBe(launched.Order());
    });

    [Fact]
    public void A_repeated_command_adds_nothing() => AnyLife.Sample(life =>
    {
        var story = Live(life);
        for (var number = 0; number <= story.State.LastCommand; number++)
            story.Do(Launch(number, new($"repeat-{number}"))).Effects.ShouldBeEmpty();
    });

    [Fact]
    public void What_is_stored_is_what_is_known() => AnyLife.Sample(life =>
    {
        var story = Live(life);
        var before = Known(story.State);
        Known(story.Crash().State).ShouldBe(before);

        static string Known(AgentState state) =>
            $"{state.LastCommand} {string.Join("; ", state.Tasks.Select(t => $"{t.Key} {t.Phase} {t.State} {t.Supervisor} {t.Kill is null} {t.Updates}"))}";
    });

    private static List<TaskId> Launched((Step Step, int Which)[] life) =>
        Enumerable.Range(0, life.Count(step => step.Step is Step.Launch or Step.LaunchWithSecret)).Select(n => new TaskId($"t{n}")).ToList();

    private static Story Live((Step Step, int Which)[] life)
    {
        var story = Story.Admitted();
        var launched = 0;
        var admitted = 1;
        foreach (var (step, which) in life)
        {
            var next = story.State.LastCommand + 1;
            var task = story.State.Tasks.ElementAtOrDefault(which);
            var run = task?.Run ?? 1;
            _ = step switch
            {
                Step.Launch => story.Do(Launch(next, new($"t{launched++}"))),
                Step.LaunchWithSecret => story.Do(Launch(next, new($"t{launched++}"), "db")),
                Step.Kill when task is not null => story.Do(new KillTask(next, Web, task.Spec.Id, TimeSpan.FromSeconds(which))),
                Step.Repeat => story.Do(Launch(next - 1 - which, new("repeated"))),
                Step.Start => story.Started(run),
                Step.StartFail => story.When((now, seed) => new SeeStartFailed(run, "no", now, seed)),
                Step.Exit => story.Exited(Zero, run),
                Step.Fail => story.Exited(ExitStatus.OfCode(which), run),
                Step.Vanish => story.When((now, seed) => new SeeVanished(run, now, seed)),
                Step.NeverStarted => story.When((now, seed) => new SeeNeverStarted(run, now, seed)),
                Step.Answer => Answer(story, denied: false),
                Step.Deny => Answer(story, denied: true),
                Step.Later when task?.Question is { } question => story.Answered(new(A1, question.Request, [], TryLater: true)),
                // Nobody acknowledges what was never told.
                Step.Forget when task?.Updates.FirstOrDefault(update => story.Told.Exists(told => told.Update.Uuid == update.Uuid)) is { } told =>
                    story.Do(Forget(next, told.Uuid!, task.Spec.Id)),
                Step.Tick => story.After(which * 2),
                Step.Crash => story.Crash(),
                Step.Admit => story.When((now, seed) => new Admit(++admitted, now, seed)),
                Step.Reconnect => story.When((now, seed) => new Reconnect(now, seed)),
                _ => story,
            };
        }
        return story;
    }

    private static Story Answer(Story story, bool denied)
    {
        foreach (var request in story.State.Tasks.Select(task => task.Question?.Request).OfType<string>().ToList())
            story.Answered(new(A1, request, denied ? [] : [new("db", 1, "box")], denied ? "secret 'db'" : null));
        return story;
    }
}
