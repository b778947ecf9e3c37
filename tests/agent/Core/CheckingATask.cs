using Bourse.Contracts;
using static Bourse.Agent.Tests.Example;

namespace Bourse.Agent.Tests.Core;

public sealed class CheckingATask
{
    private static readonly CheckSpec Every10 = new(
        null, null, Tcp: 80, Delay: TimeSpan.FromSeconds(15), Interval: TimeSpan.FromSeconds(10), Timeout: TimeSpan.FromSeconds(20));

    private static readonly CheckResult Good = new("TCP", Succeeded: true), Bad = new("TCP", Succeeded: false);

    private static Story Running(double graceSeconds = 10, CheckSpec? check = null, TimeSpan? longest = null)
    {
        var launch = Launch(1);
        return Story.Admitted().Do(launch with
        {
            Spec = launch.Spec with { Health = new(Every10, Failures: 3, Grace: TimeSpan.FromSeconds(graceSeconds)), Check = check, Longest = longest },
        }).Started();
    }

    private static Story Saw(Story story, CheckResult result, CheckKind kind = CheckKind.Health)
    {
        var look = story.Effects.OfType<LookAt>().Single(look => look.Kind == kind);
        return story.When((now, seed) => new SeeLook(1, kind, look.Look, result, now, seed));
    }

    [Fact]
    public void Begins_after_the_delay_and_goes_on_after_the_interval()
    {
        var story = Running();
        story.After(14.9).Effects.OfType<LookAt>().ShouldBeEmpty();
        Saw(story.After(0.1), Good);
        story.After(9.9).Effects.OfType<LookAt>().ShouldBeEmpty();
        story.After(0.1).Only<LookAt>().Kind.ShouldBe(CheckKind.Health);
        // While one is under way there is no second.
        story.After(100).Effects.OfType<LookAt>().ShouldBeEmpty();
    }

    [Fact]
    public void Tells_the_first_success_and_none_after_it()
    {
        var story = Saw(Running().After(15), Good);
        (story.OnlyReport.State, story.OnlyReport.Healthy, story.OnlyReport.Reason)
            .ShouldBe((TaskState.Running, true, "REASON_TASK_HEALTH_CHECK_STATUS_UPDATED"));
        Saw(story.After(10), Good).Reports.ShouldBeEmpty();
    }

    [Fact]
    public void Tells_every_failure_and_ends_the_task_with_the_last()
    {
        var story = Running().After(15);
        for (var n = 0; n < 2; n++)
        {
            Saw(story, Bad).OnlyReport.Healthy.ShouldBe(false);
            story.Effects.OfType<SignalRun>().ShouldBeEmpty();
            story.After(10);
        }
        Saw(story, Bad).Effects.OfType<SignalRun>().ShouldBe([new SignalRun(Supervisor, Kill: false)]);
        story.After(10).Effects.OfType<LookAt>().ShouldBeEmpty();
        var end = story.Exited(Zero).OnlyReport;
        (end.State, end.Healthy).ShouldBe((TaskState.Killed, false));
    }

    [Fact]
    public void Begins_to_count_anew_after_a_success()
    {
        var story = Running().After(15);
        foreach (var result in (CheckResult[])[Bad, Bad, Good, Bad, Bad])
        {
            Saw(story, result).Effects.OfType<SignalRun>().ShouldBeEmpty();
            story.OnlyReport.Healthy.ShouldBe(result == Good);
            story.After(10);
        }
    }

    [Fact]
    public void Counts_no_failure_in_the_grace_period_until_the_first_success()
    {
        var story = Running(graceSeconds: 60).After(15);
        Saw(story, Bad).Reports.ShouldBeEmpty();
        Saw(story.After(10), Good).OnlyReport.Healthy.ShouldBe(true);
        Saw(story.After(10), Bad).OnlyReport.Healthy.ShouldBe(false);
    }

    [Fact]
    public void Takes_no_result_of_a_look_of_an_earlier_agent()
    {
        var story = Running().After(15);
        var look = story.Only<LookAt>();
        story.Crash().Started().When((now, seed) => new SeeLook(1, CheckKind.Health, look.Look, Bad, now, seed)).Reports.ShouldBeEmpty();
        story.After(0.1).Only<LookAt>().Look.ShouldNotBe(look.Look);
    }

    [Fact]
    public void Tells_a_mere_checks_result_when_it_changes_and_ends_nothing()
    {
        var story = Running(graceSeconds: 10_000, check: Every10);
        story.OnlyReport.Check.ShouldBe(new CheckResult("TCP"));
        story.After(15);
        (Saw(story, Bad, CheckKind.Check).OnlyReport.Check, story.OnlyReport.Reason).ShouldBe((Bad, "REASON_TASK_CHECK_STATUS_UPDATED"));
        for (var n = 0; n < 5; n++)
            Saw(story.After(10), Bad, CheckKind.Check).Effects.ShouldNotContain(effect => effect is SendReport || effect is SignalRun);
        Saw(story.After(10), Good, CheckKind.Check).OnlyReport.Check.ShouldBe(Good);
    }

    [Fact]
    public void Fails_a_task_that_runs_too_long_and_gives_it_no_grace()
    {
        var story = Running(longest: TimeSpan.FromSeconds(5));
        story.After(4.9).Effects.OfType<SignalRun>().ShouldBeEmpty();
        story.After(0.1).Effects.OfType<SignalRun>().ShouldBe([new SignalRun(Supervisor, Kill: true)]);
        var end = story.Exited(ExitStatus.OfSignal(9)).OnlyReport;
        (end.State, end.Reason).ShouldBe((TaskState.Failed, "REASON_MAX_COMPLETION_TIME_REACHED"));
    }

    [Fact]
    public void Announces_the_end_to_frameworks_that_know_the_state()
    {
        var story = Running().Do(Kill(2) with { Announce = true });
        story.OnlyReport.State.ShouldBe(TaskState.Killing);
        Running().Do(Kill(2)).Reports.ShouldBeEmpty();
    }
}
