using Bourse.Contracts;
using static Bourse.Allocator.Tests.Example;

namespace Bourse.Allocator.Tests;

/// <summary>A framework in several roles is offered, suppressed and left alone in each on its own.</summary>
public sealed class HavingSeveralRoles
{
    private static readonly FrameworkDescription Both = Web with { Roles = ["batch", "web"], Capabilities = ["MULTI_ROLE"] };

    private static Story Cluster(params AllocatorCommand[] more) =>
        Story.Given([Subscribes(Marathon, Both), new AgentJoined(Machine(A1), 1, Noon), new AgentJoined(Machine(A2), 1, Noon), .. more]);

    private static List<string> Offered(Story story, DateTimeOffset? at = null) =>
        [.. story.When(new Allocate(at ?? Noon)).Last.Facts.OfType<OffersMade>().Select(made => made.Role)];

    [Fact]
    public void An_offer_is_of_one_agent_in_one_role() => Offered(Cluster()).ShouldBe(["batch", "web"]);

    [Fact]
    public void Leaving_a_role_takes_back_the_offers_in_it_only()
    {
        var story = Cluster(new Allocate(Noon)).When(new UpdateFramework(Marathon, Both with { Roles = ["web"] }, [], Noon));
        var ended = story.Last.Facts.OfType<OffersRescinded>().ShouldHaveSingleItem().OfferIds.ShouldHaveSingleItem();
        story.State.Offers.Values.ShouldHaveSingleItem().Role.ShouldBe("web");
        story.State.Offers.ContainsKey(ended).ShouldBeFalse();
    }

    [Fact]
    public void A_suppressed_role_gets_nothing_and_the_other_gets_all() =>
        Offered(Cluster(new Suppress(Marathon, ["batch"], Noon))).ShouldBe(["web"]);

    [Fact]
    public void A_revived_role_is_offered_without_waiting_for_its_filters()
    {
        var story = Cluster(new Suppress(Marathon, ["batch"], Noon), new Allocate(Noon));
        story.When(new Decline(Marathon, story.State.Offers.Keys.ToValueList(), TimeSpan.FromHours(1), Noon)).When(new Suppress(Marathon, ["web"], Noon));
        Offered(story).ShouldBeEmpty();
        story.When(new Revive(Marathon, ["web"], Noon));
        Offered(story).ShouldBe(["web"]);
    }

    [Fact]
    public void A_filter_in_one_role_is_none_in_the_other()
    {
        var story = Cluster(new Suppress(Marathon, ["batch"], Noon), new Allocate(Noon));
        story.When(new Decline(Marathon, story.State.Offers.Keys.ToValueList(), TimeSpan.FromHours(1), Noon));
        story.When(new Revive(Marathon, ["batch"], Noon));
        Offered(story).ShouldBe(["batch"]);
        story.State.Offers.Count.ShouldBe(2);
    }
}
