using Bourse.Contracts;
using static Bourse.Allocator.Tests.Example;

namespace Bourse.Allocator.Tests;

public sealed class AcceptingAnOffer
{
    private static readonly OfferId O1 = new("o1-1");

    private static Accept Accepts(params Launch[] launches) => new(Marathon, [O1], launches.ToValueList(), TimeSpan.FromSeconds(5), Noon);

    [Fact]
    public void Launches_the_task_and_frees_the_rest()
    {
        var story = Story.GivenAnOffer().When(Accepts(Run(T1, A1)));
        story.Then(
            new OffersAccepted(Marathon, [O1], A1, "web", Resources.Of(Resource.Of("cpus", 3), Resource.Of("mem", 3968)), Noon.AddSeconds(5), Noon),
            new TaskLaunched(Marathon, Spec(T1) with { Resources = Spec(T1).Resources.AllocatedTo("web") }, A1, "web", O1, "alice", Command: 1, Noon));
        story.State.Agents[A1].Free.Total("cpus").ShouldBe(Scalar.From(3));
        story.OwesNoMoreThanItHas().ShouldBeTrue();
    }

    [Fact]
    public void Changes_nothing_when_repeated_after_a_lost_answer() =>
        Story.GivenAnOffer().When(Accepts(Run(T1, A1))).When(Accepts(Run(T1, A1))).ThenNothing();

    [Fact]
    public void Refuses_only_the_task_that_does_not_fit()
    {
        var story = Story.GivenAnOffer().When(Accepts(Run(T1, A1, cpus: 3), Run(T2, A1, cpus: 2)));
        story.Last.Facts.OfType<TaskLaunched>().Single().Spec.Id.ShouldBe(T1);
        var refused = story.Last.Facts.OfType<TaskRefused>().Single();
        (refused.TaskId, refused.Update.State, refused.Update.Reason).ShouldBe((T2, TaskState.Error, "REASON_TASK_INVALID"));
        refused.Update.Message.ShouldStartWith("Task uses more resources");
    }

    [Fact]
    public void Refuses_two_tasks_of_one_id() =>
        Story.GivenAnOffer().When(Accepts(Run(T1, A1), Run(T1, A1)))
            .Last.Facts.OfType<TaskRefused>().Single().Update.Message.ShouldBe("Task has duplicate ID: t1");

    [Fact]
    public void Drops_the_tasks_of_an_offer_that_is_over()
    {
        var refused = Story.GivenAnOffer()
            .When(new Decline(Marathon, [O1], TimeSpan.Zero, Noon)).When(Accepts(Run(T1, A1)))
            .Last.Facts.Single().ShouldBeOfType<TaskRefused>();
        (refused.Update.State, refused.Update.Reason).ShouldBe((TaskState.Dropped, "REASON_INVALID_OFFERS"));
    }

    [Fact]
    public void Does_not_touch_the_offer_of_another_framework()
    {
        var story = Story.GivenAnOffer().When(Subscribes(Chronos, Web with { Name = "chronos" }))
            .When(new Accept(Chronos, [O1], [Run(T1, A1)], TimeSpan.Zero, Noon));
        story.Last.Facts.Single().ShouldBeOfType<TaskRefused>();
        story.State.Offers.Keys.ShouldBe([O1]);
    }

    [Fact]
    public void Filters_what_was_left_until_it_grows()
    {
        var story = Story.GivenAnOffer().When(Accepts(Run(T1, A1))).When(new Allocate(Noon.AddSeconds(1))).ThenNothing();
        story.When(Reports(A1, Marathon, T1, TaskState.Finished, "u1")).When(new Allocate(Noon.AddSeconds(2)));
        story.Last.Facts.OfType<OffersMade>().Single().Offers[0].Resources.Total("cpus").ShouldBe(Scalar.From(4));
    }

    // Two offers of one agent: the second of what the first launch left.
    private static (Story Story, OfferId First, OfferId Second) TwoOffersOfOneAgent()
    {
        var story = Story.Given(
            new AgentJoined(Machine(A1) with { Total = Resources.Of(Resource.Of("cpus", 2), Resource.Of("mem", 4096)) }, 1, Noon), Subscribes(Marathon, Web), new Allocate(Noon));
        story.When(new AgentJoined(Machine(A2), 1, Noon)).When(new Allocate(Noon));
        var first = story.State.Offers.Values.Single(offer => offer.AgentId == A1).Id;
        story.When(new Accept(Marathon, [first], [Run(T2, A1)], TimeSpan.Zero, Noon)).When(new Allocate(Noon));
        story.When(Reports(A1, Marathon, T2, TaskState.Finished, "u1", lastCommand: 1)).When(new Allocate(Noon));
        var offers = story.State.Offers.Values.Where(offer => offer.AgentId == A1).Select(offer => offer.Id).ToList();
        return (story, offers[0], offers[1]);
    }

    [Fact]
    public void Two_offers_of_one_agent_carry_a_task_that_is_larger_than_either()
    {
        var (story, first, second) = TwoOffersOfOneAgent();
        story.When(new Accept(Marathon, [first, second], [Run(T1, A1, cpus: 2)], TimeSpan.Zero, Noon));
        story.Last.Facts.OfType<TaskLaunched>().ShouldHaveSingleItem();
        story.OwesNoMoreThanItHas().ShouldBeTrue();
    }

    [Fact]
    public void Offers_of_two_agents_are_no_place_for_a_task()
    {
        var (story, first, _) = TwoOffersOfOneAgent();
        var other = story.State.Offers.Values.First(offer => offer.AgentId == A2).Id;
        story.When(new Accept(Marathon, [first, other], [Run(T1, A1)], TimeSpan.Zero, Noon));
        story.Last.Facts.OfType<TaskRefused>().Single().Update.Message.ShouldBe(
            "Task launched with invalid offers: Aggregated offers must belong to one single agent");
    }

    [Fact]
    public void The_id_of_a_task_that_runs_or_cannot_be_reached_is_taken()
    {
        var story = Story.GivenATask().When(new AgentJoined(Machine(A2), 1, Noon)).When(new Allocate(Noon));
        Again("o2-");
        story.When(new AgentSilent(A1, 1, Noon)).When(new Allocate(Noon));
        story.State.Frameworks[Marathon].Tasks[T1].State.ShouldBe(TaskState.Unreachable);
        Again("o3-");

        void Again(string cycle)
        {
            var offer = story.State.Offers.Values.Single(offer => offer.AgentId == A2 && offer.Id.Value.StartsWith(cycle, StringComparison.Ordinal));
            story.When(new Accept(Marathon, [offer.Id], [Run(T1, A2)], TimeSpan.Zero, Noon));
            var refused = story.Last.Facts.OfType<TaskRefused>().ShouldHaveSingleItem();
            (refused.Update.State, refused.Update.Message).ShouldBe((TaskState.Error, "Task has duplicate ID: t1"));
        }
    }

    [Fact]
    public void The_offers_of_a_framework_whose_stream_ends_go_to_another_at_once()
    {
        var story = Story.GivenAnOffer().When(Subscribes(Chronos, Web with { Name = "chronos" })).When(new Disconnect(Marathon, 1, "gone", Noon));
        story.When(new Allocate(Noon)).Last.Facts.OfType<OffersMade>().Single().FrameworkId.ShouldBe(Chronos);
    }
}
