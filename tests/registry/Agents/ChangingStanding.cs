using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Contracts.Messages;
using Bourse.Deciding;
using Bourse.Journal;
using Bourse.Registry.Host;
using static Bourse.Registry.Tests.Example;

namespace Bourse.Registry.Tests;

public sealed class ChangingStanding
{
    private static readonly AgentRegistered Registered = new(Describe(A1), 1, "boot-1", Noon);
    private static readonly AgentDrainStarted Draining = new(A1, 1, TimeSpan.FromSeconds(30), MarkGone: false, Noon);
    private static readonly AgentMarkedGone Gone = new(A1, 1, Noon);

    private static StartDrain Drain(double seconds = 30, bool gone = false) => new(A1, TimeSpan.FromSeconds(seconds), gone, Noon);

    [Fact]
    public void Deactivates_once_and_reactivates_what_is_deactivated()
    {
        Given(Registered).When(new Deactivate(A1, Noon)).ShouldFollow(new AgentDeactivated(A1, 1, Noon));
        Given(Registered, new AgentDeactivated(A1, 1, Noon)).When(new Deactivate(A1, Noon)).NothingFollows();
        Given(Registered, new AgentDeactivated(A1, 1, Noon)).When(new Reactivate(A1, Noon)).ShouldFollow(new AgentReactivated(A1, 1, Noon));
        Given(Registered).When(new Reactivate(A1, Noon)).ShouldBeRefused(RefusalCode.Malformed, "not deactivated");
        Given().When(new Deactivate(A1, Noon)).ShouldBeRefused(RefusalCode.UnknownAgent, "agent-1");
    }

    [Fact]
    public void Drains_an_agent_which_cannot_be_taken_back_until_it_is_drained()
    {
        Given(Registered).When(Drain()).ShouldFollow(Draining);
        Given(Registered, Draining).When(Drain()).NothingFollows();
        Given(Registered, Draining).When(Drain(seconds: 5)).ShouldBeRefused(RefusalCode.Malformed, "already");
        Given(Registered, Draining).When(new Reactivate(A1, Noon)).ShouldBeRefused(RefusalCode.Malformed, "DRAINING");
        Given(Registered, Draining).When(new FinishDrain(A1, Noon)).ShouldFollow(new AgentDrained(A1, 1, Noon));
        Given(Registered, Draining, new AgentDrained(A1, 1, Noon)).When(new FinishDrain(A1, Noon)).NothingFollows();
        Given(Registered, Draining, new AgentDrained(A1, 1, Noon)).When(new Reactivate(A1, Noon)).ShouldFollow(new AgentReactivated(A1, 1, Noon));
        Given(Registered).When(Drain(seconds: -1)).ShouldBeRefused(RefusalCode.Malformed, "max_grace_period");
    }

    [Fact]
    public void A_drained_agent_that_is_to_be_gone_is() =>
        Given(Registered, Draining with { MarkGone = true }).When(new FinishDrain(A1, Noon)).ShouldFollow(new AgentDrained(A1, 1, Noon), Gone);

    [Fact]
    public void What_is_gone_never_comes_back()
    {
        Given(Registered).When(new MarkGone(A1, Noon)).ShouldFollow(Gone);
        Given(Registered, Gone).When(new MarkGone(A1, Noon)).NothingFollows();
        Given().When(new MarkGone(A1, Noon)).ShouldBeRefused(RefusalCode.UnknownAgent, "agent-1");
        Given(Registered, Gone).When(new Register(Describe(A1), "boot-2", Noon)).ShouldBeRefused(RefusalCode.NotAllowed, "marked gone");
        Given(Registered, Gone).When(new Beat(A1, 1, Noon)).ShouldBeRefused(RefusalCode.NotAllowed, "marked gone");
        Given(Registered, Gone).When(Drain()).ShouldBeRefused(RefusalCode.UnknownAgent, "agent-1");
        Given(Registered, Gone).When(new Sweep(Patience, [new(A1, 1, Noon)], Noon.AddMinutes(1))).NothingFollows();
    }

    [Fact]
    public void Standing_outlives_unreachability_a_restart_and_a_snapshot_and_is_told_to_newcomers()
    {
        var state = Core.New();
        foreach (var fact in (IFact[])[Registered, Draining, new AgentUnreachable(A1, 1, Noon, Noon), new AgentReregistered(Describe(A1), 2, "boot-2", Noon)])
            Core.Evolve(state, fact);
        state.Agents[A1].Standing.IsDraining.ShouldBeTrue();
        Core.Load(Core.Save(state)).Agents[A1].ShouldBe(state.Agents[A1]);
        Core.Picture(state).ShouldContain(Draining with { Incarnation = 2 });
    }

    [Theory]
    [InlineData("Additive", 8, "r1", true)]
    [InlineData("Additive", 2, "r1", false)]
    [InlineData("Additive", 4, "r2", false)]
    [InlineData("Equal", 8, "r1", false)]
    [InlineData("Equal", 4, "r1", true)]
    [InlineData("Any", 2, "r2", true)]
    public void An_agent_may_change_as_much_as_the_policy_allows(string policy, double cpus, string rack, bool allowed)
    {
        var now = Describe(A1, cpus) with { Attributes = [new("rack", Text: rack), new("level", Scalar: Scalar.From(3))] };
        var then = Given(Registered).When(new Register(now, "boot-2", Noon, Enum.Parse<ReconfigurationPolicy>(policy)));
        if (allowed)
            then.ShouldFollow(new AgentReregistered(now, 2, "boot-2", Noon));
        else
            then.ShouldBeRefused(RefusalCode.Conflict, "what changed");
    }

    [Fact]
    public void Attributes_may_come_and_hostnames_may_not_change()
    {
        var more = Describe(A1) with { Attributes = [.. Describe(A1).Attributes, new("ssd", Text: "yes")] };
        Given(Registered).When(new Register(more, "boot-2", Noon, ReconfigurationPolicy.Additive)).ShouldFollow(new AgentReregistered(more, 2, "boot-2", Noon));
        Given(Registered).When(new Register(Describe(A1) with { Hostname = "other" }, "boot-2", Noon, ReconfigurationPolicy.Additive))
            .ShouldBeRefused(RefusalCode.Conflict, "hostname");
    }

    [Theory]
    [InlineData(ReconfigurationPolicy.Additive)]
    [InlineData(ReconfigurationPolicy.Equal)]
    public void What_an_agent_found_out_itself_may_change(ReconfigurationPolicy policy)
    {
        AgentDescription With(string containerizer) =>
            Describe(A1) with { Attributes = [.. Describe(A1).Attributes, new("containerizer", Text: containerizer)] };
        Given(new AgentRegistered(With("plain"), 1, "boot-1", Noon))
            .When(new Register(With("runc"), "boot-2", Noon, policy)).ShouldFollow(new AgentReregistered(With("runc"), 2, "boot-2", Noon));
    }

    private static (IFact[] Facts, ValueList<LastHeard> Heard) Ten()
    {
        var ids = Enumerable.Range(0, 10).Select(n => new AgentId($"agent-{n}")).ToList();
        return ([.. ids.Select(id => (IFact)new AgentRegistered(Describe(id), 1, "b", Noon))],
            ids.Select((id, n) => new LastHeard(id, 1, Noon.AddSeconds(-n))).ToValueList());
    }

    [Fact]
    public void A_network_split_makes_no_more_unreachable_than_the_safety_limit_allows_the_longest_silent_first()
    {
        var (facts, heard) = Ten();
        Given(facts).When(new Sweep(Patience, heard, Noon.AddMinutes(1), new(null, default, 0.3)))
            .Decision.Facts.OfType<AgentUnreachable>().Select(fact => fact.AgentId.Value).ShouldBe(["agent-7", "agent-8", "agent-9"]);
        var state = Core.New();
        foreach (var fact in facts)
            Core.Evolve(state, fact);
        Sweeping.Held(state, new(Patience, heard, Noon.AddMinutes(1), new(null, default, 0.3))).ShouldBe(7);
    }

    [Fact]
    public void Agents_are_given_up_no_faster_than_the_rate_limit()
    {
        var (facts, heard) = Ten();
        var limits = new RemovalLimits(2, TimeSpan.FromMinutes(10), 1);
        var first = Given(facts).When(new Sweep(Patience, heard, Noon.AddMinutes(1), limits)).Decision.Facts;
        first.Count.ShouldBe(2);
        Given([.. facts, .. first]).When(new Sweep(Patience, heard, Noon.AddMinutes(5), limits)).NothingFollows();
        Given([.. facts, .. first]).When(new Sweep(Patience, heard, Noon.AddMinutes(12), limits)).Decision.Facts.Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_refused_agent_is_told_why_and_one_that_is_gone_is_to_end_its_tasks()
    {
        await using var host = await RegistryHost.Start();
        var agent = await host.Agent(A1);
        await agent.Registers(A1, "boot-1");
        await host.Settled();
        agent.Heard();
        (await Ask(host, new MarkAgentGone(A1))).ShouldBeOfType<Done>();
        await agent.Beats(A1, 1);
        await agent.Registers(A1, "boot-2");
        await host.Settled();
        agent.Heard().OfType<AgentRefused>().Select(refused => (refused.Boot, refused.EndTasks)).ShouldBe([(null, true), ("boot-2", true)], ignoreOrder: true);
    }

    [Fact]
    public async Task An_agent_that_shrank_is_told_why_and_keeps_its_tasks()
    {
        await using var host = await RegistryHost.Start();
        var agent = await host.Agent(A1);
        await agent.Registers(A1, "boot-1");
        await host.Settled(); // two that are under way may change places
        await agent.Registers(A1, "boot-2", cpus: 2);
        await host.Settled();
        var refused = agent.Heard().OfType<AgentRefused>().Single();
        (refused.Boot, refused.EndTasks).ShouldBe(("boot-2", false));
        refused.Reason.ShouldContain("resources");
    }

    [Fact]
    public async Task Only_the_edge_may_ask()
    {
        await using var host = await RegistryHost.Start();
        (await Ask(host, new MarkAgentGone(A1), sender: "agent-1")).ShouldBeOfType<Refused>().Code.ShouldBe("not-allowed");
        (await Ask(host, new MarkAgentGone(A1))).ShouldBeOfType<Refused>().Code.ShouldBe("unknown-agent");
    }

    [Fact]
    public void An_agent_that_is_out_is_sent_the_order_to_stop()
    {
        var sent = new StopOrders().For([new Recorded(1, "agent.marked-gone", Gone, new("operator", "c"), Noon, 1)]).Single();
        (sent.To, sent.Message).ShouldBe((Destination.Agent(A1), new AgentRefused(A1, null, "this agent was marked gone", EndTasks: true)));
    }

    private static Task<object?> Ask(RegistryHost host, object request, string sender = Services.Allocator) =>
        host.Requests.Answer(new Delivery(request, "m1", new("operator", "c"), sender), TestContext.Current.CancellationToken);
}
