using Bourse.Contracts;
using Bourse.Deciding;
using static Bourse.Allocator.Tests.Example;

namespace Bourse.Allocator.Tests;

public sealed class SettingWeights
{
    private static UpdateWeights Weights(params ValueList<RoleWeight> weights) => new(weights, "operator", Noon);

    [Fact]
    public void A_weight_is_recorded_with_who_asked() => Story.GivenAnOffer()
        .When(Weights(new RoleWeight("web", 2))).Then(new WeightsUpdated([new("web", 2)], "operator", Noon));

    // Thirty agents offered half and half.
    private static Story HalfAndHalf()
    {
        var story = Story.Given(Subscribes(Marathon, Web), Subscribes(Chronos, Web with { Roles = ["batch"] }));
        for (var i = 1; i <= 30; i++)
            story.When(new AgentJoined(Machine(new($"agent-{i:00}")), 1, Noon)).When(new Allocate(Noon));
        return story;
    }

    [Fact]
    public void Only_offers_that_would_go_elsewhere_by_the_new_weights_end()
    {
        var story = HalfAndHalf().When(Weights(new RoleWeight("web", 2)));
        var ended = story.Last.Facts.OfType<OffersRescinded>().ShouldHaveSingleItem();
        (ended.FrameworkId, ended.OfferIds.Count, ended.Reason).ShouldBe((Chronos, 5, "the weights of roles changed"));
        story.When(new Allocate(Noon));
        story.State.OffersTo(Marathon).Count().ShouldBe(20);
        story.State.OffersTo(Chronos).Count().ShouldBe(10);
        story.FoldsToTheSame().ShouldBeTrue();
    }

    [Fact]
    public void To_look_who_would_be_due_changes_nothing()
    {
        var (story, other) = (HalfAndHalf(), HalfAndHalf());
        OtherwiseDue.Of(story.State, [new("web", 3)], Noon).Count.ShouldBe(7);
        // The same thing decided twice, with the look in between, comes out the same.
        OtherwiseDue.Of(story.State, [new("web", 3)], Noon).Count.ShouldBe(7);
        story.When(Weights(new RoleWeight("batch", 4)));
        story.Last.Facts.ShouldBe(other.When(Weights(new RoleWeight("batch", 4))).Last.Facts);
        Ledger.EngineOf(story.State).ShareOf("web").ShouldBe(Ledger.EngineOf(other.State).ShareOf("web"));
    }

    [Fact]
    public void A_role_that_wants_nothing_more_keeps_what_it_is_offered() =>
        HalfAndHalf().When(new Suppress(Chronos, [], Noon)).When(Weights(new RoleWeight("web", 2))).Last.Facts.OfType<OffersRescinded>().ShouldBeEmpty();

    [Fact]
    public void The_weight_of_a_role_nobody_is_in_ends_no_offer() =>
        Story.GivenAnOffer().When(Weights(new RoleWeight("other", 2))).Then(new WeightsUpdated([new("other", 2)], "operator", Noon));

    [Fact]
    public void What_is_so_already_changes_nothing() => Story.GivenAnOffer().When(Weights(new RoleWeight("web", 1))).ThenNothing();

    [Fact]
    public void A_weight_must_be_positive_and_its_role_proper()
    {
        var story = Story.Given();
        foreach (var weight in (double[])[0, -1, double.NaN, double.PositiveInfinity])
            story.When(Weights(new RoleWeight("web", weight))).ThenRefused(RefusalCode.Malformed);
        story.When(Weights(new RoleWeight("-x", 1))).ThenRefused(RefusalCode.InvalidRole)
            .When(Weights(new RoleWeight("a", 2), new RoleWeight("a", 3))).ThenRefused(RefusalCode.Malformed)
            .When(Weights()).ThenRefused(RefusalCode.Malformed);
    }

    [Fact]
    public void Twice_the_weight_gets_twice_as_much()
    {
        var story = Story.Given(Subscribes(Marathon, Web), Subscribes(Chronos, Web with { Roles = ["batch"] }), Weights(new RoleWeight("web", 2)));
        for (var i = 1; i <= 30; i++)
            story.When(new AgentJoined(Machine(new($"agent-{i:00}")), 1, Noon)).When(new Allocate(Noon));
        story.State.OffersTo(Marathon).Count().ShouldBe(20);
        story.State.OffersTo(Chronos).Count().ShouldBe(10);
        story.FoldsToTheSame().ShouldBeTrue();
    }
}
