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
}
