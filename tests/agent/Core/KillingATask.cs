using Bourse.Contracts;
using static Bourse.Agent.Tests.Example;

namespace Bourse.Agent.Tests.Core;

public sealed class KillingATask
{
    private static readonly SignalRun Term = new(Supervisor, Kill: false);
    private static readonly SignalRun KillSignal = new(Supervisor, Kill: true);

    private static Story Running() => Story.Admitted().Do(Launch(1)).Started();

    [Fact]
    public void Sends_TERM_and_nothing_more_within_the_grace_period() =>
        Running().Do(Kill(2)).Effects.ShouldBe([Term]);

    [Fact]
    public void Sends_KILL_after_the_tasks_own_grace_period()
    {
        var story = Running().Do(Kill(2));
        story.After(2.9).Effects.OfType<SignalRun>().ShouldBeEmpty();
        story.After(0.1).Effects.OfType<SignalRun>().ShouldBe([KillSignal]);
    }

    [Fact]
    public void Sends_KILL_again_while_the_task_lives_on() =>
        Running().Do(Kill(2)).After(3).After(1).Effects.OfType<SignalRun>().ShouldBe([KillSignal]);

    [Fact]
    public void Sends_KILL_at_once_without_a_grace_period() =>
        Running().Do(Kill(2, graceSeconds: 0)).Effects.ShouldBe([Term, KillSignal]);

    [Fact]
    public void Ends_KILLED_whatever_the_exit_status()
    {
        var update = Running().Do(Kill(2)).Exited(Zero).OnlyReport;
        (update.State, update.ExitCode, update.Message).ShouldBe((TaskState.Killed, null, "Command exited with status 0"));
    }

    [Fact]
    public void Can_be_hurried_by_a_shorter_grace_period() =>
        Running().Do(Kill(2, 60)).Do(Kill(3, 1)).After(1).Effects.OfType<SignalRun>().ShouldBe([KillSignal]);

    [Fact]
    public void Cannot_be_delayed_by_a_longer_grace_period() =>
        Running().Do(Kill(2, 1)).Do(Kill(3, 60)).After(1).Effects.OfType<SignalRun>().ShouldBe([KillSignal]);

    [Fact]
    public void Waits_for_a_process_that_is_being_started()
    {
        var story = Story.Admitted().Do(Launch(1)).Do(Kill(2));
        story.Effects.ShouldBe([new CancelStart(1)]);
        story.Started().Effects.OfType<SignalRun>().ShouldBe([Term]);
        story.ReportedStates.ShouldBe([TaskState.Running]);
    }

    [Fact]
    public void Ends_a_task_that_awaits_its_secrets_at_once()
    {
        var story = Story.Admitted().Do(Launch(1, T1, "db")).Do(Kill(2));
        (story.OnlyReport.State, story.OnlyReport.Reason).ShouldBe((TaskState.Killed, "REASON_TASK_KILLED_DURING_LAUNCH"));
    }

    [Fact]
    public void Succeeds_for_a_task_that_is_not_there() => Story.Admitted().Do(Kill(1)).Effects.ShouldBeEmpty();

    [Fact]
    public void Keeps_its_deadline_over_a_crash_and_repeats_TERM()
    {
        var story = Running().Do(Kill(2)).Crash().Started();
        story.Effects.OfType<SignalRun>().ShouldBe([Term]);
        story.After(3).Effects.OfType<SignalRun>().ShouldBe([KillSignal]);
    }
}
