using Bourse.Contracts;
using Bourse.Contracts.Messages;
using static Bourse.Agent.Tests.Example;

namespace Bourse.Agent.Tests.Core;

public sealed class ReportingUpdates
{
    private static Story Running() => Story.Admitted().Do(Launch(1)).Started();

    [Fact]
    public void Repeats_the_oldest_after_10_s_then_20_s_up_to_10_min()
    {
        var story = Running().Exited(Zero);
        story.After(9.9).Reports.ShouldBeEmpty();
        story.After(0.1).ReportedStates.ShouldBe([TaskState.Running]);
        story.After(19.9).Reports.ShouldBeEmpty();
        story.After(0.1).ReportedStates.ShouldBe([TaskState.Running]);
        for (var i = 0; i < 10; i++)
            story.After(600);
        story.After(599).Reports.ShouldBeEmpty();
        story.After(1).ReportedStates.ShouldBe([TaskState.Running]);
    }

    [Fact]
    public void Starts_the_waits_anew_for_the_next_one()
    {
        var story = Running().Exited(Zero).After(10);
        story.Do(Forget(2, story.Told[0].Update.Uuid!));
        story.After(10).ReportedStates.ShouldBe([TaskState.Finished]);
    }

    [Fact]
    public void Tells_with_each_what_came_before_it_and_is_not_acknowledged()
    {
        var first = Running().OnlyReport;
        var report = Running().Exited(Zero).Reports.ShouldHaveSingleItem();
        report.Update.State.ShouldBe(TaskState.Finished);
        report.Earlier.Select(update => update.State).ShouldBe([first.State]);
        Running().Reports.ShouldHaveSingleItem().Earlier.ShouldBeEmpty();
    }

    [Fact]
    public void Repeats_the_same_update() => Running().After(10).OnlyReport.ShouldBe(Running().OnlyReport);

    [Fact]
    public void Sends_everything_again_at_once_after_a_reconnect()
    {
        var story = Running().Exited(Zero).When((now, seed) => new Reconnect(now, seed));
        story.ReportedStates.ShouldBe([TaskState.Running, TaskState.Finished]);
        story.Effects[0].ShouldBeOfType<SayHello>().Hello.Tasks.ShouldBe([new HeldTask(Web, T1, TaskState.Finished)]);
    }

    [Fact]
    public void Sends_everything_again_at_once_under_a_new_incarnation()
    {
        var story = Running().Crash();
        story.When((now, seed) => new Admit(2, now, seed));
        (story.OnlyReport.State, story.Reports.Single().Incarnation).ShouldBe((TaskState.Running, 2));
    }

    [Fact]
    public void Says_nothing_before_it_is_admitted()
    {
        var story = Running().Crash();
        story.Exited(Zero).Reports.ShouldBeEmpty();
        story.After(60).Effects.ShouldBeEmpty();
        story.When((now, seed) => new Admit(2, now, seed)).ReportedStates.ShouldBe([TaskState.Running, TaskState.Finished]);
    }

    [Fact]
    public void Confirms_commands_within_a_second_when_no_report_does()
    {
        var story = Running();
        story.Do(Forget(2, story.Told[0].Update.Uuid!));
        var hello = story.After(1).Only<SayHello>().Hello;
        (hello.LastCommand, hello.Tasks).ShouldBe((2, null));
        story.After(1).Effects.ShouldBeEmpty();
    }

    [Fact]
    public void Says_hello_every_so_often_when_idle() => Story.Admitted().After(30).Only<SayHello>().Hello.Tasks.ShouldBeNull();

    [Fact]
    public void Ignores_a_late_admission() =>
        Story.Admitted().When((now, seed) => new Admit(2, now, seed)).When((now, seed) => new Admit(1, now, seed)).State.Incarnation.ShouldBe(2);
}
