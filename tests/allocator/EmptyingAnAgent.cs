using Bourse.Contracts;
using Bourse.Contracts.Messages;
using static Bourse.Allocator.Tests.Example;

namespace Bourse.Allocator.Tests;

/// <summary>Deactivating, draining and giving up agents, as the registry says.</summary>
public sealed class EmptyingAnAgent
{
    private static LearnFromRegistry Says(params AllocatorCommand[] about) => new(about.ToValueList(), Noon);

    private static AgentWithheld Drains(double? grace = null, bool gone = false) =>
        new(A1, 1, new(grace is { } seconds ? TimeSpan.FromSeconds(seconds) : null, gone, Noon), Noon);

    private static TaskUpdate Last(Story story) => story.Last.Facts.OfType<TaskStatusChanged>().Single().Update;

    [Fact]
    public void Deactivating_withdraws_offers_and_leaves_tasks_alone()
    {
        var story = Story.GivenATask().When(new Allocate(Noon)).When(Says(new AgentWithheld(A1, 1, null, Noon)));
        story.Last.Facts.Select(fact => fact.GetType()).ShouldBe([typeof(OffersRescinded), typeof(CapacityWithheld)]);
        story.When(Says(new AgentWithheld(A1, 1, null, Noon))).ThenNothing();
        story.When(new Allocate(Noon)).ThenNothing();
        story.When(Says(new AgentJoined(Machine(A1), 2, Noon))).When(new Allocate(Noon)).ThenNothing();
        story.When(Says(new AgentReleased(A1, 2, Noon))).When(new Allocate(Noon)).Last.Facts.OfType<OffersMade>().ShouldNotBeEmpty();
        story.FoldsToTheSame().ShouldBeTrue();
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData(1.0, 1.0)]
    [InlineData(60.0, null)]
    public void Draining_asks_tasks_to_end_with_at_most_the_given_grace(double? most, double? asked) =>
        Story.GivenATask().When(Says(Drains(most))).Last.Facts.OfType<TaskKillRequested>().Single()
            .Grace.ShouldBe(asked is { } seconds ? TimeSpan.FromSeconds(seconds) : null);

    [Fact]
    public void It_is_drained_when_every_end_is_acknowledged_and_no_operation_is_open()
    {
        var story = Story.GivenATask().When(Says(Drains()));
        story.When(new Tick(Noon)).ThenNothing();
        story.When(Reports(A1, Marathon, T1, TaskState.Killed, "u1"));
        (Last(story).State, Last(story).Reason).ShouldBe((TaskState.Killed, "REASON_AGENT_DRAINING"));
        story.When(new Tick(Noon)).ThenNothing();
        story.When(new Acknowledge(Marathon, T1, A1, "u1", Noon)).When(new Tick(Noon)).Then(new CapacityDrained(A1, 1, Noon));
        story.When(new Tick(Noon)).ThenNothing();
        story.FoldsToTheSame().ShouldBeTrue();
    }

    [Fact]
    public void What_ends_by_itself_while_draining_is_told_as_it_was() =>
        Last(Story.GivenATask().When(Says(Drains())).When(Reports(A1, Marathon, T1, TaskState.Finished, "u1"))).State.ShouldBe(TaskState.Finished);

    [Theory]
    [InlineData(true, TaskState.GoneByOperator)]
    [InlineData(false, TaskState.Killed)]
    public void Draining_for_good_is_told_to_those_who_know_the_word(bool aware, TaskState state)
    {
        var story = Story.Given(
            Subscribes(Marathon, Web with { Capabilities = aware ? ["PARTITION_AWARE"] : [] }), new AgentJoined(Machine(A1), 1, Noon), new Allocate(Noon),
            new Accept(Marathon, [new OfferId("o1-1")], [Run(T1, A1)], TimeSpan.Zero, Noon), Says(Drains(gone: true)));
        Last(story.When(Reports(A1, Marathon, T1, TaskState.Killed, "u1"))).State.ShouldBe(state);
    }

    [Theory]
    [InlineData(true, true, TaskState.GoneByOperator, "REASON_AGENT_REMOVED_BY_OPERATOR")]
    [InlineData(false, true, TaskState.Lost, "REASON_AGENT_REMOVED_BY_OPERATOR")]
    [InlineData(true, false, TaskState.Lost, "REASON_AGENT_REMOVED")]
    public void The_tasks_of_an_agent_that_is_out_are_over(bool aware, bool gone, TaskState state, string reason)
    {
        var story = Story.Given(
            Subscribes(Marathon, Web with { Capabilities = aware ? ["PARTITION_AWARE"] : [] }), new AgentJoined(Machine(A1), 1, Noon), new Allocate(Noon),
            new Accept(Marathon, [new OfferId("o1-1")], [Run(T1, A1)], TimeSpan.Zero, Noon), Says(new AgentOut(A1, 1, gone, Noon)));
        (Last(story).State, Last(story).Reason).ShouldBe((state, reason));
        story.Last.Facts[^1].ShouldBeOfType<CapacityRemoved>().Gone.ShouldBe(gone);
        story.When(new Allocate(Noon)).ThenNothing();
        story.When(Says(new AgentOut(A1, 1, gone, Noon))).ThenNothing();
        story.FoldsToTheSame().ShouldBeTrue();
        story.Violations().ShouldBeEmpty();

        // Only one whose machine was down comes back.
        story.When(Says(new AgentJoined(Machine(A1), 2, Noon))).When(new Allocate(Noon)).Last.Facts.Count.ShouldBe(gone ? 0 : 1);
    }

    [Fact]
    public void An_unreachable_agent_that_is_marked_gone_ends_what_was_thought_unreachable()
    {
        var story = Story.GivenATask().When(Says(new AgentSilent(A1, 1, Noon))).When(Says(new AgentOut(A1, 1, Gone: true, Noon)));
        Last(story).State.ShouldBe(TaskState.GoneByOperator);
        Reconciling.Answer(story.State, Marathon, [(new TaskId("unheard-of"), A1)], Noon).Single().Update.State.ShouldBe(TaskState.GoneByOperator);
    }

    [Fact]
    public void Everything_said_of_an_agent_in_one_commit_counts()
    {
        var story = Story.Given(Subscribes(Marathon, Web)).When(Says(new AgentJoined(Machine(A1), 1, Noon), new AgentWithheld(A1, 1, null, Noon)));
        story.When(new Allocate(Noon)).ThenNothing();
        story = Story.GivenAnOffer().When(Says(new AgentSilent(A1, 1, Noon), new AgentOut(A1, 1, Gone: true, Noon)));
        story.Last.Facts.OfType<OffersRescinded>().Count().ShouldBe(1);
        story.FoldsToTheSame().ShouldBeTrue();
    }
}
