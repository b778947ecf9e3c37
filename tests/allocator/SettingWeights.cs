using Bourse.Contracts;
using Bourse.Deciding;
using static Bourse.Allocator.Tests.Example;

namespace Bourse.Allocator.Tests;

public sealed class SettingWeights
{
    private static UpdateWeights Weights(params ValueList<RoleWeight> weights) => new(weights, "operator", Noon);

    [Fact]
    public void A_weight_is_recorded_with_who_asked_and_ends_the_offers_made_by_the_one_before() => Story.GivenAnOffer()
        .When(Weights(new RoleWeight("web", 2)))
        .Then(
            new WeightsUpdated([new("web", 2)], "operator", Noon),
            new OffersRescinded(Marathon, [new("o1-1")], "the weights of roles changed", Noon));

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
