using Bourse.Contracts;
using Bourse.Contracts.Messages;
using static Bourse.Agent.Tests.Example;

namespace Bourse.Agent.Tests.Core;

public sealed class HavingExecutors
{
    private static readonly ExecutorKey Key = new(Web, new("e"));
    private static readonly FrameworkDescription Description = new("fw", "", ["*"], [], TimeSpan.Zero, "web");

    private static LaunchExecutor Executor(long number, ExecutorKind kind = ExecutorKind.Custom) =>
        new(number, Web, new(Key.ExecutorId, kind, "", Resources.None, kind == ExecutorKind.Custom ? new(true, "run") : null), Description);

    private static LaunchTask Task(long number, TaskId id, TaskGroup? group = null) =>
        Launch(number, id) with { Spec = Spec(id) with { Executor = Key.ExecutorId, Group = group } };

    private static Story Attached(params TaskId[] tasks)
    {
        var story = Story.Admitted().Do(Executor(1));
        foreach (var task in tasks)
            story.Do(Task(story.State.LastCommand + 1, task));
        return story.Started(run: 1).When((now, seed) => new Attach(Key, 1, [], [], now, seed));
    }

    private static IEnumerable<ExecutorEvent> Events(Story story) => story.Effects.OfType<TellExecutor>().Select(tell => tell.Event);

    [Fact]
    public void Starts_its_process_once_and_gives_it_what_was_queued_in_order()
    {
        Story.Admitted().Do(Executor(1)).Only<StartExecutor>().Executor.Run.ShouldBe(1);
        var story = Attached(T1, new("a"));
        Events(story).OfType<ExecutorEvent.Launch>().Select(launch => launch.Task.Spec.Id).ShouldBe([T1, new TaskId("a")]);
        story.Do(Task(4, new("b"))).Effects.ShouldNotContain(effect => effect is StartExecutor);
        Events(story).ShouldHaveSingleItem().ShouldBeOfType<ExecutorEvent.Launch>();
    }

    private static readonly ExecutorSpec Secretive =
        new(Key.ExecutorId, ExecutorKind.Custom, "", Resources.None, new(true, "run", Environment: [new("TOKEN", null, "db")]));

    private static (Story Story, string Request) Asked()
    {
        var story = Story.Admitted();
        var question = story.Do(new LaunchExecutor(1, Web, Secretive, Description)).Only<AskSecrets>().Question;
        story.Effects.ShouldNotContain(effect => effect is StartExecutor);
        question.TaskId.Value.ShouldBe("executor/agent-1/1/e");
        question.Secrets.ShouldBe(["db"]);
        return (story, question.Request);
    }

    [Fact]
    public void Waits_for_the_secrets_of_its_process()
    {
        var (story, request) = Asked();
        story.Do(Task(2, T1));
        var value = new SealedSecret("db", 1, "sealed");
        story.When((now, seed) => new HearSecrets(new(new("agent-1"), request, [value]), now, seed)).Only<StartExecutor>().Secrets.ShouldBe([value]);
        // A second answer starts no second process.
        story.When((now, seed) => new HearSecrets(new(new("agent-1"), request, [value]), now, seed)).Effects.ShouldBeEmpty();
    }

    [Fact]
    public void Refused_a_secret_fails_with_its_tasks()
    {
        var (story, request) = Asked();
        story.Do(Task(2, T1));
        story.When((now, seed) => new HearSecrets(new(new("agent-1"), request, [], Denied: "no grant"), now, seed));
        var update = story.Effects.OfType<SendReport>().ShouldHaveSingleItem().Report.Update;
        (update.State, update.Reason, update.Message).ShouldBe(
            (TaskState.Failed, "REASON_CONTAINER_LAUNCH_FAILED", "Principal 'web' was refused a secret of the executor: no grant"));
        story.Effects.ShouldContain(effect => effect is SendExecutorEnd);
    }

    [Fact]
    public void Asked_to_end_before_its_secrets_came_ends_without_a_process()
    {
        var (story, _) = Asked();
        story.Do(new ShutdownExecutor(2, Web, Key.ExecutorId));
        story.After(1).Effects.ShouldContain(effect => effect is SendExecutorEnd);
        story.Effects.ShouldNotContain(effect => effect is StartExecutor);
    }

    [Fact]
    public void Asks_again_when_no_answer_comes() => Asked().Story.After(5).Only<AskSecrets>();

    [Fact]
    public void Hands_a_group_over_when_it_is_complete()
    {
        var story = Attached();
        story.Do(Task(2, new("a"), new("g", 2))).Effects.OfType<TellExecutor>().ShouldBeEmpty();
        Events(story.Do(Task(3, new("b"), new("g", 2)))).ShouldHaveSingleItem().ShouldBeOfType<ExecutorEvent.LaunchGroup>().Tasks.Count.ShouldBe(2);
    }

    [Fact]
    public void Acknowledges_an_update_once_it_is_kept_and_reports_it_once()
    {
        var story = Attached(T1);
        var update = new TaskUpdate(TaskState.Running, Noon, "SOURCE_EXECUTOR", Uuid: "AAAAAAAAAAAAAAAAAAAAAQ==");
        story.When((now, seed) => new HearUpdate(Key, T1, update, now, seed));
        (story.OnlyReport.State, story.OnlyReport.Executor).ShouldBe((TaskState.Running, Key.ExecutorId));
        Events(story).ShouldBe([new ExecutorEvent.Acknowledged(T1, update.Uuid!)]);
        // Also after the framework's own acknowledgement, and over a crash.
        story.Do(Forget(3, update.Uuid!)).Crash().Started(1).When((now, seed) => new Admit(2, now, seed))
            .When((now, seed) => new Attach(Key, 2, [T1], [(T1, update)], now, seed));
        story.Reports.ShouldBeEmpty();
        Events(story).ShouldContain(new ExecutorEvent.Acknowledged(T1, update.Uuid!));
    }

    [Fact]
    public void Drops_what_an_executor_that_came_back_never_got()
    {
        var story = Attached(T1).Crash().Started(1).When((now, seed) => new Admit(2, now, seed));
        story.When((now, seed) => new Attach(Key, 2, [], [], now, seed));
        (story.OnlyReport.State, story.OnlyReport.Reason).ShouldBe((TaskState.Dropped, "REASON_SLAVE_RESTARTED"));
    }

    [Fact]
    public void Tells_a_kill_again_to_an_executor_that_was_away()
    {
        var story = Attached(T1).When((now, seed) => new Detach(Key, 1, now, seed)).Do(Kill(3, graceSeconds: 4));
        story.Effects.OfType<TellExecutor>().ShouldBeEmpty();
        story.When((now, seed) => new Attach(Key, 2, [T1], [], now, seed));
        Events(story).ShouldContain(new ExecutorEvent.Kill(T1, TimeSpan.FromSeconds(4)));
    }

    [Fact]
    public void Ends_what_is_still_queued_at_once_and_the_executor_that_gets_nothing()
    {
        var story = Story.Admitted().Do(Executor(1)).Do(Task(2, T1)).Do(Kill(3));
        (story.OnlyReport.State, story.OnlyReport.Reason).ShouldBe((TaskState.Killed, "REASON_TASK_KILLED_DURING_LAUNCH"));
        story.Started(run: 1).Effects.ShouldContain(new SignalRun(Supervisor, Kill: true));
    }

    [Fact]
    public void Refuses_tasks_for_an_executor_that_ends()
    {
        var story = Attached(T1).Do(new ShutdownExecutor(3, Web, Key.ExecutorId)).Do(Task(4, new("late")));
        (story.OnlyReport.State, story.OnlyReport.Reason).ShouldBe((TaskState.Dropped, "REASON_EXECUTOR_TERMINATED"));
    }

    [Fact]
    public void Tells_the_end_until_it_is_to_be_forgotten()
    {
        var story = Attached(T1).Exited(ExitStatus.OfCode(1), run: 1);
        var end = story.Only<SendExecutorEnd>().Report;
        (end.Run, end.Status).ShouldBe((1, 256));
        story.After(10).Only<SendExecutorEnd>().Report.ShouldBe(end);
        story.Crash().When((now, seed) => new Admit(2, now, seed)).Only<SendExecutorEnd>().Report.Run.ShouldBe(1);
        story.Do(new ForgetExecutor(3, Web, Key.ExecutorId, 1)).After(1000).Effects.OfType<SendExecutorEnd>().ShouldBeEmpty();
        story.State.Executors.ShouldBeEmpty();
    }

    [Fact]
    public void Gives_tasks_that_end_at_the_same_moment_ids_of_their_own()
    {
        var story = Attached(T1, new("a"), new("b")).Exited(ExitStatus.OfCode(1), run: 1);
        story.Reports.Select(report => report.Update.Uuid).Distinct().Count().ShouldBe(3);
    }

    [Fact]
    public void Ends_the_default_executor_with_its_last_task()
    {
        var story = Story.Admitted().Do(Executor(1, ExecutorKind.Default)).Do(Task(2, T1, new("g", 1)));
        story.Started(run: 2).After(1).Effects.OfType<SendExecutorEnd>().ShouldBeEmpty();
        story.Exited(Zero, run: 2).After(1).Only<SendExecutorEnd>().Report.Status.ShouldBe(0);
    }

    [Fact]
    public void Ends_the_others_of_a_group_when_one_fails_and_not_when_one_finishes()
    {
        Story Pod() => Story.Admitted().Do(Executor(1, ExecutorKind.Default)).Do(Task(2, new("a"), new("g", 2))).Do(Task(3, new("b"), new("g", 2)))
            .Started(2).Started(3);
        Pod().Exited(Zero, run: 2).Effects.OfType<SignalRun>().ShouldBeEmpty();
        Pod().Exited(ExitStatus.OfCode(1), run: 2).Effects.OfType<SignalRun>().ShouldBe([new SignalRun(Supervisor, Kill: false)]);
        Pod().Do(new KillTask(4, Web, new("a"), null)).Exited(Zero, run: 2).Effects.OfType<SignalRun>().ShouldBe([new SignalRun(Supervisor, Kill: false)]);
    }
}
