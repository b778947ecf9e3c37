using Bourse.Contracts;
using static Bourse.Allocator.Tests.Example;

namespace Bourse.Allocator.Tests;

public sealed class SharingFairly
{
    private static Story Cluster(int agents, params (FrameworkId Id, string Role)[] frameworks) =>
        Story.Given([
            .. frameworks.Select(f => Subscribes(f.Id, Web with { Name = f.Id.Value, Roles = [f.Role] })),
            .. Enumerable.Range(1, agents).Select(n => new AgentJoined(Machine(new AgentId($"agent-{n}")), 1, Noon)),
            new Allocate(Noon)]);

    [Fact]
    public void Gives_equal_roles_equal_parts()
    {
        var story = Cluster(10, (Marathon, "web"), (Chronos, "batch"));
        story.State.OffersTo(Marathon).Count().ShouldBe(5);
        story.State.OffersTo(Chronos).Count().ShouldBe(5);
    }

    [Fact]
    public void Gives_frameworks_of_one_role_equal_parts()
    {
        var story = Cluster(9, (Marathon, "web"), (Chronos, "web"), (new("third"), "web"));
        new[] { Marathon, Chronos, new("third") }.Select(id => story.State.OffersTo(id).Count()).ShouldBe([3, 3, 3]);
    }

    [Fact]
    public void Offers_nothing_to_who_wants_nothing()
    {
        var story = Story.Given(Subscribes(Marathon, Web), new Suppress(Marathon, [], Noon), new AgentJoined(Machine(A1), 1, Noon));
        story.When(new Allocate(Noon)).ThenNothing().When(new Revive(Marathon, ["web"], Noon)).When(new Allocate(Noon));
        story.Last.Facts.ShouldHaveSingleItem();
    }

    [Fact]
    public void Offers_each_agent_once() => Cluster(3, (Marathon, "web")).When(new Allocate(Noon)).ThenNothing();

    [Fact]
    public void Goes_on_in_the_next_cycle_when_there_are_too_many_agents_for_one()
    {
        var story = Cluster(Propose.MaxAgentsPerCycle + 5, (Marathon, "web"), (Chronos, "batch"));
        story.State.Offers.Count.ShouldBe(Propose.MaxAgentsPerCycle);
        story.State.CycleGoesOn.ShouldBeTrue();
        story.When(new Allocate(Noon)).State.Offers.Count.ShouldBe(Propose.MaxAgentsPerCycle + 5);
        story.When(new Allocate(Noon)).ThenNothing().State.CycleGoesOn.ShouldBeFalse();
    }

    [Fact]
    public void Keeps_reserved_resources_for_their_role()
    {
        var reserved = Machine(A1) with
        {
            Total = Resources.Of(Resource.Of("cpus", 2), Resource.Of("mem", 1024), Resource.Of("cpus", 2) with { Reservations = [new("db", Dynamic: false)] }),
        };
        var story = Story.Given(Subscribes(Marathon, Web), new AgentJoined(reserved, 1, Noon), new Allocate(Noon));
        story.Last.Facts.OfType<OffersMade>().Single().Offers[0].Resources.Total("cpus").ShouldBe(Scalar.From(2));
    }
}
