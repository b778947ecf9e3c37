using Bourse.Contracts;
using Bourse.Contracts.Messages;
using static Bourse.Allocator.Tests.Example;
using static Bourse.Allocator.Tests.SettingQuotas;

namespace Bourse.Allocator.Tests;

/// <summary>A new leader offers nothing until enough agents are heard from, when quotas are set.</summary>
public sealed class WaitingForAgents
{
    private static readonly DateTimeOffset Later = Noon.AddSeconds(1);

    private static AgentId Id(int number) => new($"agent-{number:00}");

    private static Greet Hello(int number, long incarnation = 1) => new(new AgentHello(Id(number), incarnation, 0, Tasks: null), Later);

    // Ten agents, a quota, a framework that is back; the leader has just changed.
    private static Story AfterAChangeOfLeader(bool quota = true, AllocatorSettings? settings = null)
    {
        var story = Story.Given(settings ?? new(), [.. Enumerable.Range(1, 10).Select(number => new AgentJoined(Machine(Id(number)), 1, Noon))]);
        if (quota)
            story.When(Quota("web", "cpus:1"));
        return story.When(new TakeOver(Later)).When(Subscribes(Marathon, Web) with { Now = Later });
    }

    private static bool Offers(Story story, DateTimeOffset? at = null) => story.When(new Allocate(at ?? Later)).Last.Facts.OfType<OffersMade>().Any();

    [Fact]
    public void Offers_wait_for_eight_of_ten_agents()
    {
        var story = AfterAChangeOfLeader();
        Offers(story).ShouldBeFalse();
        for (var number = 1; number <= 7; number++)
            story.When(Hello(number)).Then(new AgentRecovered(Id(number), Later));
        story.When(Hello(7)).ThenNothing();
        Offers(story).ShouldBeFalse();
        story.FoldsToTheSame().ShouldBeTrue();

        story.When(Hello(8)).Then(new AgentRecovered(Id(8), Later), new AllocationResumed(8, "8 of 10 agents are back", Later));
        Offers(story).ShouldBeTrue();
        story.Violations().ShouldBeEmpty();
        story.FoldsToTheSame().ShouldBeTrue();
    }

    [Fact]
    public void Offers_wait_no_longer_than_the_timeout()
    {
        var story = AfterAChangeOfLeader();
        story.When(new Tick(Later.AddMinutes(10).AddTicks(-1))).ThenNothing();
        story.When(new Tick(Later.AddMinutes(10))).Then(new AllocationResumed(0, "only 0 of 10 agents came back in time", Later.AddMinutes(10)));
        Offers(story, Later.AddMinutes(10)).ShouldBeTrue();
    }

    [Fact]
    public void Without_a_quota_nothing_waits() => Offers(AfterAChangeOfLeader(quota: false)).ShouldBeTrue();

    [Fact]
    public void Without_agents_nothing_waits() =>
        Story.Given(Quota("web", "cpus:1", force: true), new TakeOver(Later)).ThenNothing();

    [Fact]
    public void How_many_and_how_long_is_configured()
    {
        Offers(AfterAChangeOfLeader(settings: new() { AgentRecoveryFactor = 0 })).ShouldBeTrue();
        var story = AfterAChangeOfLeader(settings: new() { AgentRecoveryFactor = 0.2, RecoveryTimeout = TimeSpan.FromSeconds(5) });
        story.State.Recovery!.Needed.ShouldBe(2);
        story.When(new Tick(Later.AddSeconds(5))).Last.Facts.OfType<AllocationResumed>().ShouldHaveSingleItem();
    }

    [Fact]
    public void New_agents_and_those_that_register_again_count_too()
    {
        var story = AfterAChangeOfLeader(settings: new() { AgentRecoveryFactor = 0.2 });
        story.When(new LearnFromRegistry([new AgentJoined(Machine(Id(1)), 2, Later), new AgentJoined(Machine(Id(11)), 1, Later)], Later));
        story.Last.Facts[^1].ShouldBe(new AllocationResumed(2, "2 of 10 agents are back", Later));
    }

    [Fact]
    public void An_agent_that_falls_silent_meanwhile_counts_no_more()
    {
        var story = AfterAChangeOfLeader(settings: new() { AgentRecoveryFactor = 0.2 });
        story.When(Hello(1)).When(new AgentSilent(Id(1), 1, Later)).When(Hello(1)).ThenNothing();
        story.When(Hello(2)).Then(new AgentRecovered(Id(2), Later));
        story.When(new AgentHeard(Id(1), 1, Later)).Last.Facts.OfType<AllocationResumed>().ShouldHaveSingleItem();
    }

    [Fact]
    public void Agents_that_were_away_before_are_not_waited_for()
    {
        var story = Story.Given([.. Enumerable.Range(1, 10).Select(number => new AgentJoined(Machine(Id(number)), 1, Noon)), Quota("web", "cpus:1")]);
        for (var number = 3; number <= 10; number++)
            story.When(new AgentSilent(Id(number), 1, Noon));
        story.When(new TakeOver(Later)).Then(new AllocationHeld(Known: 2, Needed: 1, [], Later.AddMinutes(10), Later));
    }

    [Fact]
    public void What_is_waited_for_is_told()
    {
        var story = AfterAChangeOfLeader().When(Hello(1));
        var role = ExplainingOffers.Of(story.State, Marathon, Later)!.Roles.ShouldHaveSingleItem();
        role.Reason.ShouldBe("held-off");
        role.Agents.ShouldHaveSingleItem().Text.ShouldBe(
            "the leader has changed, and offers wait until 8 of 10 agents are heard from (1 so far) or 10 min have passed");
    }
}
