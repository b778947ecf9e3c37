using Bourse.Contracts;
using Bourse.Deciding;
using static Bourse.Allocator.Tests.Example;
using static Bourse.Allocator.Tests.SettingQuotas;

namespace Bourse.Allocator.Tests;

/// <summary>What frameworks ask of their offers, and what the configuration says of everybody's.</summary>
public sealed class AskingForOffers
{
    private static readonly AllocatorCommand Agent = new AgentJoined(Machine(A1), 1, Noon), Cycle = new Allocate(Noon);

    private static FrameworkDescription Wants(params ValueList<AttributeCondition>[] groups) =>
        Web with { Constraints = [new RoleConstraints("web", groups.ToValueList())] };

    private static AttributeCondition Rack(AttributePredicate predicate, string? text = null) => new(AgentSelector.Attribute, "rack", predicate, text);

    private static AllocatorCommand Joins(AgentId id, string? rack = null, string region = "here") => new AgentJoined(
        Machine(id) with { Attributes = rack is null ? [] : [new AgentAttribute("rack", rack)], Domain = new(region, "z1") }, 1, Noon);

    private static AgentId[] OfferedBy(Story story) => [.. story.State.Offers.Values.Select(offer => offer.AgentId).Order()];

    [Fact]
    public void Constraints_choose_agents_by_attribute()
    {
        AgentId[] With(AttributeCondition condition) =>
            OfferedBy(Story.Given(Subscribes(Marathon, Wants([condition])), Joins(A1, "r1"), Joins(A2), Cycle));
        With(Rack(AttributePredicate.Exists)).ShouldBe([A1]);
        With(Rack(AttributePredicate.NotExists)).ShouldBe([A2]);
        With(Rack(AttributePredicate.TextEquals, "r1")).ShouldBe([A1]);
        With(Rack(AttributePredicate.TextNotEquals, "r1")).ShouldBe([A2]);
        With(Rack(AttributePredicate.TextMatches, "r[12]")).ShouldBe([A1]);
        With(Rack(AttributePredicate.TextMatches, "r")).ShouldBeEmpty();
        With(Rack(AttributePredicate.TextNotMatches, "r.")).ShouldBe([A2]);
        With(new(AgentSelector.Hostname, null, AttributePredicate.TextEquals, "agent-2.example")).ShouldBe([A2]);
        With(new(AgentSelector.Region, null, AttributePredicate.TextEquals, "here")).ShouldBe([A1, A2]);
        With(new(AgentSelector.Zone, null, AttributePredicate.TextEquals, "z2")).ShouldBeEmpty();
    }

    [Fact]
    public void Any_group_of_constraints_suffices_and_in_it_all_must_hold() => OfferedBy(Story.Given(
        Subscribes(Marathon, Wants([Rack(AttributePredicate.Exists), Rack(AttributePredicate.TextEquals, "r2")], [Rack(AttributePredicate.TextEquals, "r3")])),
        Joins(A1, "r1"), Joins(A2, "r3"), Cycle)).ShouldBe([A2]);

    [Fact]
    public void Constraints_may_change_while_subscribed()
    {
        var story = Story.Given(Subscribes(Marathon, Wants([Rack(AttributePredicate.TextEquals, "r2")])), Joins(A1, "r1"), Cycle);
        story.State.Offers.ShouldBeEmpty();
        story.When(new UpdateFramework(Marathon, Wants([Rack(AttributePredicate.TextEquals, "r1")]), [], Noon)).When(Cycle);
        OfferedBy(story).ShouldBe([A1]);
        story.FoldsToTheSame().ShouldBeTrue();
    }

    [Fact]
    public void An_agent_that_is_excluded_is_explained() => ExplainingOffers
        .Of(Story.Given(Subscribes(Marathon, Wants([Rack(AttributePredicate.Exists)])), Joins(A1), Cycle).State, Marathon, Noon)!
        .Roles.Single().Agents.Single().Reason.ShouldBe("constraint");

    [Theory]
    [InlineData("("), InlineData("(a{60}){60}"), InlineData(@"(a)\1")]
    public void An_expression_that_is_none_or_costs_too_much_is_refused(string expression) =>
        Story.Given(Subscribes(Marathon, Wants([Rack(AttributePredicate.TextMatches, expression)]))).ThenRefused(RefusalCode.Malformed);

    [Fact]
    public void Constraints_and_minimums_are_for_own_roles_and_never_empty()
    {
        Story.Given(Subscribes(Marathon, Web with { Constraints = [new("other", [[Rack(AttributePredicate.Exists)]])] })).ThenRefused(RefusalCode.InvalidRole);
        Story.Given(Subscribes(Marathon, Web with { Minimums = [new("other", [])] })).ThenRefused(RefusalCode.InvalidRole);
        Story.Given(Subscribes(Marathon, Wants())).ThenRefused(RefusalCode.Malformed);
        Story.Given(Subscribes(Marathon, Wants([]))).ThenRefused(RefusalCode.Malformed);
    }

    [Fact]
    public void What_is_below_the_general_minimum_is_offered_to_nobody()
    {
        var settings = new AllocatorSettings { MinAllocatable = [Amounts("cpus:8"), Amounts("mem:4000;cpus:4")] };
        Story.Given(settings, Subscribes(Marathon, Web), Agent, Cycle).State.Offers.Count.ShouldBe(1);
        Story.Given(settings, Subscribes(Marathon, Web), new AgentJoined(Machine(A1, cpus: 7, mem: 100), 1, Noon), Cycle).State.Offers.ShouldBeEmpty();
    }

    [Fact]
    public void A_framework_may_ask_for_more_or_less_in_a_role()
    {
        FrameworkDescription Least(params ValueList<Quantity>[] alternatives) => Web with { Minimums = [new("web", alternatives.ToValueList())] };
        Story.Given(Subscribes(Marathon, Least(Amounts("cpus:5"))), Agent, Cycle).State.Offers.ShouldBeEmpty();
        Story.Given(Subscribes(Marathon, Least(Amounts("cpus:5"), Amounts("mem:4096"))), Agent, Cycle).State.Offers.Count.ShouldBe(1);
        Story.Given(Subscribes(Marathon, Least()), new AgentJoined(Machine(A1, cpus: 0.001, mem: 1), 1, Noon), Cycle).State.Offers.Count.ShouldBe(1);
    }

    [Fact]
    public void Agents_with_gpus_are_kept_for_those_who_use_them()
    {
        var machine = new AgentJoined(Machine(A1) with { Total = Resources.Of([.. Machine(A1).Total.Entries, Resource.Of("gpus", 2)]) }, 1, Noon);
        var able = Web with { Capabilities = ["GPU_RESOURCES"] };
        Story.Given(Subscribes(Marathon, Web), machine, Cycle).State.Offers.ShouldBeEmpty();
        Story.Given(Subscribes(Marathon, able), machine, Cycle).State.Offers.Count.ShouldBe(1);
        Story.Given(new AllocatorSettings { FilterGpuResources = false }, Subscribes(Marathon, Web), machine, Cycle).State.Offers.Count.ShouldBe(1);
    }

    [Fact]
    public void Agents_of_other_regions_go_to_frameworks_that_know_regions()
    {
        var settings = new AllocatorSettings { Domain = new("here", "z") };
        AllocatorCommand[] agents = [Joins(A1, region: "here"), Joins(A2, region: "far")];
        OfferedBy(Story.Given(settings, [Subscribes(Marathon, Web), .. agents, Cycle])).ShouldBe([A1]);
        OfferedBy(Story.Given(settings, [Subscribes(Marathon, Web with { Capabilities = ["REGION_AWARE"] }), .. agents, Cycle])).ShouldBe([A1, A2]);
        OfferedBy(Story.Given([Subscribes(Marathon, Web), .. agents, Cycle])).ShouldBe([A1, A2]);
    }

    [Fact]
    public void An_offer_that_is_not_answered_in_time_is_rescinded()
    {
        var story = Story.Given(new AllocatorSettings { OfferTimeout = TimeSpan.FromSeconds(30) }, Subscribes(Marathon, Web), Agent, Cycle);
        story.When(new Tick(Noon.AddSeconds(29))).ThenNothing();
        story.When(new Tick(Noon.AddSeconds(30))).Then(new OffersRescinded(Marathon, [new("o1-1")], "the framework did not answer in time", Noon.AddSeconds(30)));
        // Without a filter: it may be offered to the same framework again.
        story.When(new Allocate(Noon.AddSeconds(30))).Last.Facts.OfType<OffersMade>().Count().ShouldBe(1);
    }

    [Fact]
    public void Offers_wait_for_ever_unless_a_time_is_set() => Story.GivenAnOffer().When(new Tick(Noon.AddDays(1))).ThenNothing();
}
