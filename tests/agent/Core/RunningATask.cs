using Bourse.Contracts;
using static Bourse.Agent.Tests.Example;

namespace Bourse.Agent.Tests.Core;

public sealed class RunningATask
{
    private static Story Running() => Story.Admitted().Do(Launch(1)).Started();

    [Fact]
    public void Starts_its_process_once_the_launch_is_kept()
    {
        var story = Story.Admitted().Do(Launch(1));
        story.Only<StartProcess>().Task.Run.ShouldBe(1);
        story.State.LastCommand.ShouldBe(1);
        story.Reports.ShouldBeEmpty();
    }

    [Fact]
    public void Is_running_when_its_supervisor_is_seen()
    {
        var update = Running().OnlyReport;
        update.ShouldBe(new TaskUpdate(TaskState.Running, Noon, "SOURCE_EXECUTOR", Uuid: update.Uuid));
        Convert.FromBase64String(update.Uuid!).Length.ShouldBe(16);
    }

    [Fact]
    public void Finishes_with_exit_code_0()
    {
        var update = Running().Exited(Zero).OnlyReport;
        (update.State, update.ExitCode, update.Message, update.Reason)
            .ShouldBe((TaskState.Finished, 0, "Command exited with status 0", null));
    }

    [Fact]
    public void Fails_with_any_other_exit_code()
    {
        var update = Running().Exited(ExitStatus.OfCode(3)).OnlyReport;
        (update.State, update.ExitCode, update.Message).ShouldBe((TaskState.Failed, 3, "Command exited with status 3"));
    }

    [Fact]
    public void Fails_by_a_signal_without_an_exit_code()
    {
        var update = Running().Exited(ExitStatus.OfSignal(9)).OnlyReport;
        (update.State, update.ExitCode, update.Message).ShouldBe((TaskState.Failed, null, "Command terminated with signal Killed"));
    }

    [Fact]
    public void Tells_of_its_start_even_when_only_its_end_was_seen() =>
        Story.Admitted().Do(Launch(1)).Exited(Zero).ReportedStates.ShouldBe([TaskState.Running, TaskState.Finished]);

    [Fact]
    public void Tells_of_its_start_once()
    {
        var story = Story.Admitted().Do(Launch(1)).Exited(Zero).Started();
        story.Effects.ShouldBeEmpty();
    }

    [Fact]
    public void Fails_when_its_process_cannot_be_started()
    {
        var story = Story.Admitted().Do(Launch(1)).When((now, seed) => new SeeStartFailed(1, "User 'x' does not exist", now, seed));
        (story.OnlyReport.State, story.OnlyReport.Reason, story.OnlyReport.Message)
            .ShouldBe((TaskState.Failed, "REASON_CONTAINER_LAUNCH_FAILED", "User 'x' does not exist"));
    }

    [Fact]
    public void Fails_when_its_supervisor_vanishes_and_kills_what_is_left()
    {
        var story = Running().When((now, seed) => new SeeVanished(1, now, seed));
        (story.OnlyReport.State, story.OnlyReport.Reason).ShouldBe((TaskState.Failed, "REASON_EXECUTOR_TERMINATED"));
        story.Only<SignalRun>().ShouldBe(new SignalRun(Supervisor, Kill: true));
    }

    [Fact]
    public void Is_killed_by_the_supervisor_that_has_the_run_when_two_were_started()
    {
        var first = new ProcessIdentity(4700, 99_000);
        var story = Running().When((now, seed) => new SeeStarted(1, first, now, seed));
        story.Reports.ShouldBeEmpty();
        story.Do(Kill(2)).Only<SignalRun>().Supervisor.ShouldBe(first);
    }

    [Fact]
    public void Is_forgotten_with_the_acknowledgement_of_its_last_update()
    {
        var story = Running().Exited(Zero);
        story.Do(Forget(2, story.Told[0].Update.Uuid!)).State.Tasks.Count.ShouldBe(1);
        story.Do(Forget(3, story.Told[1].Update.Uuid!)).State.Tasks.ShouldBeEmpty();
        story.State.Sandboxes.ShouldHaveSingleItem().Run.ShouldBe(1);
    }

    [Fact]
    public void Is_not_started_twice_by_a_repeated_command() => Running().Do(Launch(1)).Effects.ShouldBeEmpty();
}
