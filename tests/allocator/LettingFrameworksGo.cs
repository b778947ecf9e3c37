using Bourse.Contracts;
using Bourse.Deciding;
using static Bourse.Allocator.Tests.Example;

namespace Bourse.Allocator.Tests;

public sealed class LettingFrameworksGo
{
    [Fact]
    public void The_failover_timeout_runs_out_and_ends_the_tasks()
    {
        var story = Story.GivenATask().When(new Disconnect(Marathon, 1, "the scheduler died", Noon));
        story.When(new Tick(Noon.AddMinutes(59))).ThenNothing();
        story.When(new Tick(Noon.AddMinutes(60)));
        story.Last.Facts.Select(fact => fact.GetType()).ShouldBe([typeof(TaskKillRequested), typeof(FrameworkRemoved)]);
        story.When(new Subscribe(Marathon, Web, [], Marathon, Noon.AddMinutes(61))).ThenRefused(RefusalCode.FrameworkRemoved);
        story.When(Reports(A1, Marathon, T1, TaskState.Killed, "u1"));
        story.State.Frameworks.ShouldBeEmpty();
        story.State.CompletedFrameworks.Single().Id.ShouldBe(Marathon);
    }

    [Fact]
    public void One_that_comes_back_in_time_keeps_its_tasks()
    {
        var story = Story.GivenATask().When(new Disconnect(Marathon, 1, "the scheduler died", Noon))
            .When(new Subscribe(Marathon, Web, [], Marathon, Noon.AddMinutes(30)));
        story.When(new Tick(Noon.AddHours(2))).ThenNothing();
        story.State.Frameworks[Marathon].Tasks.Keys.ShouldBe([T1]);
    }

    [Fact]
    public void Two_that_run_out_at_once_number_their_commands_together()
    {
        var story = Story.Given(
            Subscribes(Marathon, Web), new AgentJoined(Machine(A1), 1, Noon), new Allocate(Noon),
            new Accept(Marathon, [new OfferId("o1-1")], [Run(T1, A1)], TimeSpan.Zero, Noon), Subscribes(Chronos, Web with { Name = "chronos" }),
            new Suppress(Marathon, [], Noon), new Allocate(Noon), new Accept(Chronos, [new OfferId("o2-1")], [Run(T1, A1)], TimeSpan.Zero, Noon),
            new Disconnect(Marathon, 1, "gone", Noon), new Disconnect(Chronos, 1, "gone", Noon), new Tick(Noon.AddHours(2)));
        story.Last.Facts.OfType<TaskKillRequested>().Select(kill => kill.Command).ShouldBe([3, 4]);
        story.Violations().ShouldBeEmpty();
    }

    [Fact]
    public void The_memory_of_completed_frameworks_is_bounded()
    {
        var story = Story.Given();
        for (var n = 0; n < AllocatorState.MaxCompletedFrameworks + 7; n++)
            story.When(Subscribes(new($"f{n:000}"), Web)).When(new Teardown(new($"f{n:000}"), "asked", Noon));
        story.State.CompletedFrameworks.Count.ShouldBe(AllocatorState.MaxCompletedFrameworks);
        story.State.CompletedFrameworks[0].Id.Value.ShouldBe("f007");
    }
}
