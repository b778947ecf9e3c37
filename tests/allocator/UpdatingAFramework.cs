using Bourse.Contracts;
using Bourse.Deciding;
using static Bourse.Allocator.Tests.Example;

namespace Bourse.Allocator.Tests;

public sealed class UpdatingAFramework
{
    private static readonly OfferId O1 = new("o1-1");
    private static readonly FrameworkDescription Both = Web with { Roles = ["db", "web"], Capabilities = ["MULTI_ROLE", "PARTITION_AWARE"] };

    private static UpdateFramework To(FrameworkDescription description, params string[] suppressed) =>
        new(Marathon, description, suppressed.ToValueList(), Noon);

    [Fact]
    public void Replaces_what_it_says_of_itself_and_leaves_its_offers() =>
        Story.GivenAnOffer()
            .When(To(Both with { Name = "marathon 2" }))
            .Then(new FrameworkUpdated(Marathon, Both with { Name = "marathon 2" }, Noon))
            .When(new Accept(Marathon, [O1], [Run(T1, A1)], TimeSpan.Zero, Noon))
            .Last.Facts.OfType<TaskLaunched>().ShouldHaveSingleItem();

    [Fact]
    public void To_what_it_already_is_changes_nothing() => Story.GivenAnOffer().When(To(Web)).ThenNothing();

    [Fact]
    public void Takes_back_the_offers_of_a_role_it_leaves_and_lets_its_tasks_live()
    {
        var story = Story.GivenATask().When(new Allocate(Noon));
        var offer = story.Last.Facts.OfType<OffersMade>().Single().Offers.Single().Id;
        story.When(To(Web with { Roles = ["db"] }))
            .Then(
                new OffersRescinded(Marathon, [offer], "the framework left their role", Noon),
                new FrameworkUpdated(Marathon, Web with { Roles = ["db"] }, Noon));
        story.State.Frameworks[Marathon].Tasks[T1].State.ShouldBe(TaskState.Staging);
        story.When(new Allocate(Noon));
        story.Last.Facts.OfType<OffersMade>().ShouldHaveSingleItem().Role.ShouldBe("db");
        story.OwesNoMoreThanItHas().ShouldBeTrue();
        story.FoldsToTheSame().ShouldBeTrue();
    }

    [Fact]
    public void Suppresses_roles_and_wants_them_again_without_their_filters()
    {
        var story = Story.GivenAnOffer().When(new Decline(Marathon, [O1], TimeSpan.FromDays(1), Noon));
        story.When(To(Web, "web")).Then(new FrameworkSuppressed(Marathon, ["web"], Noon));
        story.When(new Allocate(Noon)).ThenNothing();
        story.When(To(Web)).Then(new FrameworkRevived(Marathon, ["web"], Noon));
        story.When(new Allocate(Noon));
        story.Last.Facts.ShouldHaveSingleItem().ShouldBeOfType<OffersMade>();
    }

    [Fact]
    public void Forgets_what_it_wanted_in_a_role_it_left()
    {
        var story = Story.GivenAnOffer().When(new Decline(Marathon, [O1], TimeSpan.FromDays(1), Noon));
        story.When(To(Web, "web")).When(To(Web with { Roles = ["db"] })).When(To(Web)).When(new Allocate(Noon));
        story.Last.Facts.ShouldHaveSingleItem().ShouldBeOfType<OffersMade>().Role.ShouldBe("web");
    }

    [Fact]
    public void May_change_neither_user_nor_principal_nor_checkpoint()
    {
        foreach (var description in (FrameworkDescription[])[Web with { User = "root" }, Web with { Principal = "bob" }, Web with { Checkpoint = true }])
            Story.GivenAnOffer().When(To(description)).ThenRefused(RefusalCode.NotAllowed);
    }

    [Fact]
    public void Is_refused_for_roles_that_are_none_and_for_nobody()
    {
        Story.GivenAnOffer().When(To(Web with { Roles = ["a//b"] })).ThenRefused(RefusalCode.InvalidRole);
        Story.GivenAnOffer().When(To(Web, "db")).ThenRefused(RefusalCode.InvalidRole);
        Story.GivenAnOffer().When(To(Web) with { FrameworkId = Chronos }).ThenRefused(RefusalCode.UnknownFramework);
    }
}
