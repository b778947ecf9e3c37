using Bourse.Contracts;
using static Bourse.Allocator.Tests.Example;

namespace Bourse.Allocator.Tests;

public sealed class WhitelistingHosts
{
    private static readonly ValueList<string> First = ["agent-1.example"];

    private static List<AgentId> Offered(Story story) =>
        [.. story.When(new Allocate(Noon)).Last.Facts.OfType<OffersMade>().SelectMany(made => made.Offers).Select(offer => offer.AgentId)];

    [Fact]
    public void Only_hosts_on_the_list_are_offered_until_the_others_are_back_on_it()
    {
        var story = Story.Given(Subscribes(Marathon, Web), new AgentJoined(Machine(A1), 1, Noon), new SetWhitelist(First, Noon), new AgentJoined(Machine(A2), 1, Noon));
        Offered(story).ShouldBe([A1]);
        story.When(new SetWhitelist(First, Noon)).ThenNothing();
        story.When(new SetWhitelist(null, Noon)).Then(new WhitelistChanged(null, Noon));
        Offered(story).ShouldBe([A2]);
        story.FoldsToTheSame().ShouldBeTrue();
    }

    [Fact]
    public void An_empty_list_is_of_no_host() =>
        Offered(Story.Given(Subscribes(Marathon, Web), new AgentJoined(Machine(A1), 1, Noon), new SetWhitelist([], Noon))).ShouldBeEmpty();

    [Fact]
    public void What_runs_on_a_host_that_is_taken_off_runs_on_and_its_offers_stay()
    {
        var story = Story.GivenATask().When(new Allocate(Noon)).When(new SetWhitelist([], Noon));
        story.Last.Facts.ShouldHaveSingleItem();
        story.State.Frameworks[Marathon].Tasks.ShouldNotBeEmpty();
        story.State.Offers.ShouldNotBeEmpty();
    }
}
