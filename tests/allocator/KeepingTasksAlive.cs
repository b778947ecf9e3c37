using Bourse.Contracts;
using Bourse.Contracts.Messages;
using static Bourse.Allocator.Tests.Example;

namespace Bourse.Allocator.Tests;

public sealed class KeepingTasksAlive
{
    [Fact]
    public void Records_a_repeated_update_once() =>
        Story.GivenATask().When(Reports(A1, Marathon, T1, TaskState.Running, "u1", lastCommand: 1))
            .When(Reports(A1, Marathon, T1, TaskState.Running, "u1", lastCommand: 1)).ThenNothing();

    [Fact]
    public void Records_the_updates_that_a_report_has_overtaken_before_its_own()
    {
        var (running, finished) = (Reports(A1, Marathon, T1, TaskState.Running, "u1", lastCommand: 1), Reports(A1, Marathon, T1, TaskState.Finished, "u2", lastCommand: 1));
        var overtaking = finished with { Reported = finished.Reported with { Earlier = [running.Reported.Update] } };
        var story = Story.GivenATask().When(overtaking);
        story.Last.OfType<TaskStatusChanged>().Select(fact => fact.Update.Uuid).ShouldBe(["u1", "u2"]);
        story.When(running).ThenNothing().When(overtaking).ThenNothing();
        // And does not tell again what came in time.
        Story.GivenATask().When(running).When(overtaking).Last.OfType<TaskStatusChanged>().Select(fact => fact.Update.Uuid).ShouldBe(["u2"]);
    }

    [Fact]
    public void Tells_the_agent_to_forget_an_acknowledged_update()
    {
        var story = Story.GivenATask().When(Reports(A1, Marathon, T1, TaskState.Finished, "u1", lastCommand: 1));
        story.State.Agents[A1].Used.IsEmpty.ShouldBeTrue();
        story.State.Agents[A1].Pending.ShouldBeEmpty();
        story.When(new Acknowledge(Marathon, T1, A1, "u1", Noon)).Then(new TaskStatusAcknowledged(Marathon, T1, A1, "u1", Command: 2, Noon));
        story.State.Frameworks[Marathon].CompletedTasks.Single().State.ShouldBe(TaskState.Finished);
        story.State.Agents[A1].Pending.ShouldBe([new ForgetUpdate(2, Marathon, T1, "u1")]);
        story.When(new Acknowledge(Marathon, T1, A1, "u1", Noon)).ThenNothing();
    }

    [Fact]
    public void Stops_an_agent_that_repeats_what_nobody_knows()
    {
        var story = Story.GivenATask().When(Reports(A1, new("ghost"), T1, TaskState.Running, "u9", lastCommand: 1));
        story.Then(new CommandsConfirmed(A1, 1, 1), new TaskStatusAcknowledged(new("ghost"), T1, A1, "u9", Command: 2, Noon));
        story.When(Reports(A1, new("ghost"), T1, TaskState.Running, "u9", lastCommand: 1)).ThenNothing();
    }

    [Fact]
    public void Leaves_them_unreachable_with_their_agent_and_takes_them_back()
    {
        var story = Story.GivenATask().When(Reports(A1, Marathon, T1, TaskState.Running, "u1", lastCommand: 1)).When(new AgentSilent(A1, 1, Noon));
        story.State.Frameworks[Marathon].Tasks[T1].State.ShouldBe(TaskState.Unreachable);
        story.When(new AgentJoined(Machine(A1), 2, Noon)).When(new Greet(new AgentHello(A1, 2, 1, [new(Marathon, T1, TaskState.Running)]), Noon));
        story.State.Frameworks[Marathon].Tasks[T1].State.ShouldBe(TaskState.Running);
        story.OwesNoMoreThanItHas().ShouldBeTrue();
    }

    [Fact]
    public void Gives_up_what_the_agent_has_lost()
    {
        var story = Story.GivenATask().When(Reports(A1, Marathon, T1, TaskState.Running, "u1", lastCommand: 1))
            .When(new AgentJoined(Machine(A1), 2, Noon)).When(new Greet(new AgentHello(A1, 2, 0, []), Noon));
        story.Last.Facts.OfType<TaskStatusChanged>().Single().Update.State.ShouldBe(TaskState.Gone);
    }

    [Fact]
    public void Does_not_give_up_what_the_agent_was_not_told_yet() =>
        Story.GivenATask().When(new Greet(new AgentHello(A1, 1, 0, []), Noon)).ThenNothing();

    [Fact]
    public void Survives_a_change_of_leader()
    {
        var story = Story.GivenATask().When(new TakeOver(Noon.AddSeconds(1)));
        story.State.Frameworks[Marathon].Connected.ShouldBeFalse();
        story.When(new Tick(Noon.AddMinutes(59))).ThenNothing();
        story.When(new Subscribe(Marathon, Web, [], new("unused"), Noon.AddMinutes(59)));
        story.When(new Tick(Noon.AddHours(5))).ThenNothing();
        story.State.Frameworks[Marathon].Tasks.Keys.ShouldBe([T1]);
    }

    [Fact]
    public void Grants_a_grace_to_frameworks_without_failover_timeout()
    {
        var story = Story.Given(Subscribes(Marathon, Web with { FailoverTimeout = TimeSpan.Zero }), new TakeOver(Noon.AddSeconds(1)));
        story.When(new Tick(Noon.AddSeconds(60))).ThenNothing().When(new Tick(Noon.AddSeconds(121)));
        story.Last.Facts.Single().ShouldBeOfType<FrameworkRemoved>();
    }

    [Fact]
    public void Kills_them_when_their_framework_is_torn_down()
    {
        var story = Story.GivenATask().When(new Teardown(Marathon, "asked", Noon));
        story.Then(new TaskKillRequested(Marathon, T1, A1, null, Command: 2, Noon), new FrameworkRemoved(Marathon, "asked", Noon));
        story.When(Reports(A1, Marathon, T1, TaskState.Killed, "u1", lastCommand: 2));
        story.State.Frameworks.ShouldBeEmpty();
        story.State.CompletedFrameworks.Single().CompletedTasks.Single().State.ShouldBe(TaskState.Killed);
        story.When(new Subscribe(Marathon, Web, [], new("unused"), Noon)).ThenRefused(Deciding.RefusalCode.FrameworkRemoved);
    }
}
