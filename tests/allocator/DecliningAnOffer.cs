using Bourse.Contracts;
using static Bourse.Allocator.Tests.Example;

namespace Bourse.Allocator.Tests;

public sealed class DecliningAnOffer
{
    private static readonly OfferId O1 = new("o1-1");

    [Fact]
    public void Frees_the_resources_and_sets_the_filter() =>
        Story.GivenAnOffer()
            .When(new Decline(Marathon, [O1], TimeSpan.FromSeconds(5), Noon))
            .Then(new OffersDeclined(Marathon, [O1], RefusedUntil: Noon.AddSeconds(5), At: Noon))
            .When(new Allocate(Noon.AddSeconds(4.9))).ThenNothing();

    [Fact]
    public void Lets_the_filter_lapse()
    {
        var story = Story.GivenAnOffer().When(new Decline(Marathon, [O1], TimeSpan.FromSeconds(5), Noon)).When(new Allocate(Noon.AddSeconds(5)));
        story.Last.Facts.Single().ShouldBeOfType<OffersMade>().Offers[0].Id.ShouldBe(new OfferId("o2-1"));
    }

    [Fact]
    public void Is_undone_by_a_revive()
    {
        var story = Story.GivenAnOffer().When(new Decline(Marathon, [O1], TimeSpan.FromDays(1), Noon))
            .When(new Revive(Marathon, [], Noon)).When(new Allocate(Noon));
        story.Last.Facts.Single().ShouldBeOfType<OffersMade>();
    }

    [Fact]
    public void Twice_changes_nothing() =>
        Story.GivenAnOffer().When(new Decline(Marathon, [O1], TimeSpan.Zero, Noon)).When(new Decline(Marathon, [O1], TimeSpan.Zero, Noon)).ThenNothing();

    [Theory]
    [InlineData(null, 5d)]
    [InlineData(-1d, 5d)]
    [InlineData(0d, 0d)]
    [InlineData(0.5, 0.5)]
    [InlineData(1e300, 365d * 86400)]
    public void Takes_seconds_as_Mesos_does(double? seconds, double expected) => RefuseFor.From(seconds).TotalSeconds.ShouldBe(expected);
}
