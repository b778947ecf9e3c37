using Bourse.Contracts;
using static Bourse.Allocator.Tests.Example;
using static Bourse.Allocator.Tests.SettingQuotas;

namespace Bourse.Allocator.Tests;

/// <summary>Each reason for which an agent is not offered is named.</summary>
public sealed class ExplainingWhy
{
    private static readonly FrameworkDescription Batch = Web with { Name = "chronos", Roles = ["batch"] };

    private static RoleExplanation Explain(Story story, FrameworkId? framework = null, DateTimeOffset? at = null) =>
        ExplainingOffers.Of(story.State, framework ?? Marathon, at ?? Noon)!.Roles.ShouldHaveSingleItem();

    private static AgentGroup Only(Story story, FrameworkId? framework = null, DateTimeOffset? at = null) =>
        Explain(story, framework, at).Agents.ShouldHaveSingleItem();

    private static void Gets(Story story, string reason, string text, FrameworkId? framework = null)
    {
        var group = Only(story, framework);
        (group.Reason, group.Text).ShouldBe((reason, text));
    }

    private static AgentDescription With(AgentId id, params Resource[] more) =>
        Machine(id) with { Total = Resources.Of([.. Machine(id).Total.Entries, .. more]) };

    [Fact]
    public void Nobody_explains_what_does_not_exist() => ExplainingOffers.Of(Story.Given().State, Marathon, Noon).ShouldBeNull();

    [Fact]
    public void There_are_no_agents() =>
        ExplainingOffers.Of(Story.Given(Subscribes(Marathon, Web)).State, Marathon, Noon)!.Summary.ShouldBe("no agent has registered, so there is nothing to offer");

    [Fact]
    public void It_is_offered()
    {
        var story = Story.GivenAnOffer();
        Only(story, at: Noon.AddSeconds(7)).Text.ShouldBe("offered, unanswered for 7 s");
        Explain(story).Summary.ShouldBe("1 agent offered now");
    }

    [Fact]
    public void The_next_cycle_offers_it() => Gets(
        Story.Given(Subscribes(Marathon, Web), new AgentJoined(Machine(A1), 1, Noon)), "next", "it is next: the coming cycle offers it");

    [Fact]
    public void It_declined_and_the_filter_holds_until_a_time()
    {
        var story = Story.GivenAnOffer().When(new Decline(Marathon, [new("o1-1")], TimeSpan.FromMinutes(10), Noon));
        Gets(story, "declined", "the framework declined it; the filter ends in 10 min");
        Only(story).Until.ShouldBe(Noon.AddMinutes(10));
        Only(story, at: Noon.AddMinutes(11)).Reason.ShouldBe("next");
    }

    [Fact]
    public void It_asked_for_none()
    {
        var story = Story.Given(Subscribes(Marathon, Web), new AgentJoined(Machine(A1), 1, Noon), new Suppress(Marathon, [], Noon));
        Gets(story, "suppressed", "open to it, but it asked for no offers in this role");
        Explain(story).Summary.ShouldBe("it asked for no offers (SUPPRESS); 1 agent would be open to it");
    }

    [Fact]
    public void Its_scheduler_is_away()
    {
        var story = Story.GivenAnOffer().When(new Disconnect(Marathon, 1, "gone", Noon));
        Only(story).Reason.ShouldBe("disconnected");
        Explain(story).Summary.ShouldBe("its scheduler is not connected; the framework is removed in 60 min unless it subscribes again");
    }

    [Fact]
    public void Its_quota_is_used_up()
    {
        var story = Story.GivenATask().When(Quota("web", limit: "cpus:1;mem:128", force: true)).When(new AgentJoined(Machine(A2), 1, Noon)).When(new Allocate(Noon));
        Gets(story, "quota-limit", "the quota limit of role web is reached: cpus 1 of 1");
        var quota = Explain(story).Quotas.ShouldHaveSingleItem();
        quota.Consumed.ShouldBe(Amounts("cpus:1;mem:128"));
    }

    [Fact]
    public void A_quota_that_keeps_a_resource_out_of_offers_counts_more_than_that_the_rest_was_declined()
    {
        var story = Story.Given(Subscribes(Marathon, Web), new AgentJoined(Machine(A1), 1, Noon), Quota("web", limit: "cpus:0"));
        Gets(story, "quota-limit", "the quota limit of role web is reached: cpus 0 of 0; the coming cycle offers the rest, without cpus");
        story.When(new Allocate(Noon)).When(new Decline(Marathon, [new("o1-1")], TimeSpan.FromMinutes(10), Noon));
        Gets(story, "quota-limit", "the quota limit of role web is reached: cpus 0 of 0; the rest, without cpus, it declined for 10 min more");
    }

    [Fact]
    public void The_quota_of_a_role_above_is_used_up() => Gets(
        Story.Given(Subscribes(Marathon, Web with { Roles = ["eng/a"] }), new AgentJoined(Machine(A1), 1, Noon), Quota("eng", limit: "cpus:0;mem:0"), new Allocate(Noon)),
        "quota-limit", "the quota limit of role eng is reached: cpus 0 of 0");

    [Fact]
    public void It_is_held_for_the_guarantee_of_another_role() => Gets(
        Story.Given(Subscribes(Marathon, Web), new AgentJoined(Machine(A1), 1, Noon), Quota("later", "cpus:4;mem:4096"), new Allocate(Noon)),
        "headroom", "mem is held for the guarantee of role later (4096 of its 4096 not taken yet)");

    [Fact]
    public void It_is_reserved_for_another_role() => Gets(
        Story.Given(Subscribes(Marathon, Web), new AgentJoined(Machine(A1) with
        {
            Total = Resources.Of(new Resource("cpus") { Scalar = Scalar.From(4), Reservations = [new("db", Dynamic: false)] }),
        }, 1, Noon)),
        "reserved", "what is free is reserved for role db");

    [Fact]
    public void It_is_too_small() => Gets(
        Story.Given(Subscribes(Marathon, Web), new AgentJoined(Machine(A1, cpus: 0.001, mem: 1), 1, Noon)),
        "below-minimum", "what the agent has is below the least that is offered (cpus 0.01 or mem 32)");

    [Fact]
    public void It_is_in_another_frameworks_offer_which_was_due_first()
    {
        var story = Story.Given(
            Subscribes(Chronos, Batch), new AgentJoined(Machine(A1), 1, Noon), new Allocate(Noon), Subscribes(Marathon, Web));
        Gets(story, "offered-to-another",
            "offered to chronos (chronos) in role batch, which was due first: share 0.00 of role batch against 0.00 of web; of equal shares the one with fewer offers so far comes first");
    }

    [Fact]
    public void Another_role_is_due_first()
    {
        // Web has a task of a quarter of the cluster, batch nothing.
        var story = Story.GivenATask().When(Subscribes(Chronos, Batch));
        var group = Only(story);
        group.Reason.ShouldBe("another-due-first");
        group.Text.ShouldBe("chronos (chronos) is due first: share 0.00 of role batch against 0.25 of web");
        Only(story, Chronos).Reason.ShouldBe("next");
    }

    [Fact]
    public void It_is_in_use() => Gets(
        Story.GivenAnOffer().When(new Accept(Marathon, [new("o1-1")], [new(T1, A1, Spec(T1, 4, 4096))], TimeSpan.Zero, Noon)),
        "in-use", "in use by tasks of role web");

    [Fact]
    public void It_has_gpus_that_are_kept_for_others()
    {
        var agent = new AgentJoined(With(A1, Resource.Of("gpus", 1)), 1, Noon);
        Only(Story.Given(Subscribes(Marathon, Web), agent)).Reason.ShouldBe("gpu");
        Only(Story.Given(Subscribes(Marathon, Web with { Capabilities = ["GPU_RESOURCES"] }), agent)).Reason.ShouldBe("next");
    }

    [Fact]
    public void It_cannot_be_reached() => Gets(
        Story.GivenAnOffer().When(new AgentSilent(A1, 1, Noon)), "unreachable", "the agent is unreachable");

    private static LearnFromRegistry Says(params AllocatorCommand[] about) => new(about.ToValueList(), Noon);

    private static AgentWithheld Withheld(Drain? drain) => new(A1, 1, drain, Noon);

    [Fact]
    public void It_was_deactivated() => Gets(
        Story.GivenATask().When(Says(Withheld(drain: null))), "deactivated", "an operator deactivated the agent; its tasks run on");

    [Fact]
    public void It_drains_and_then_is_drained()
    {
        var story = Story.GivenATask().When(Says(Withheld(new Drain(MaxGrace: null, MarkGone: false, Noon))));
        Gets(story, "draining", "the agent is draining: its tasks are being ended");
        story.When(Reports(A1, Marathon, T1, TaskState.Killed, "u1")).When(new Acknowledge(Marathon, T1, A1, "u1", Noon)).When(new Tick(Noon));
        Gets(story, "drained", "the agent is drained: nothing runs on it any more");
    }

    [Fact]
    public void Its_machine_is_down_for_maintenance()
    {
        var story = Story.GivenATask().When(Says(new LearnMaintenance(null, [new("agent-1.example", null)], [], Noon), new AgentOut(A1, 1, Gone: false, Noon)));
        Gets(story, "maintenance", "its machine is down for maintenance");
        Only(story).Advice.ShouldBe("the agent may register again once the machine's maintenance is stopped");
    }

    [Fact]
    public void Its_host_is_not_whitelisted() => Gets(
        Story.Given(Subscribes(Marathon, Web), new AgentJoined(Machine(A1), 1, Noon), new SetWhitelist(["elsewhere"], Noon)),
        "not-whitelisted", "the agent's host is not on the whitelist");

    [Fact]
    public void It_is_gone() => Gets(
        Story.GivenATask().When(Says(new AgentOut(A1, 1, Gone: true, Noon))), "gone", "an operator declared the agent gone for ever");

    [Fact]
    public void Agents_are_told_together_by_reason_with_what_is_free_on_them()
    {
        var story = Story.Given([Subscribes(Marathon, Web), .. Enumerable.Range(1, 5).Select(n => new AgentJoined(Machine(new($"agent-{n}")), 1, Noon)), new Allocate(Noon)]);
        foreach (var offer in story.State.Offers.Keys.Take(3).ToList())
            story.When(new Decline(Marathon, [offer], TimeSpan.FromMinutes(1), Noon));
        var role = Explain(story);
        role.Agents.Select(group => (group.Reason, group.Count)).ShouldBe([("offered", 2), ("declined", 3)]);
        role.Agents[1].Free.ShouldBe(Amounts("cpus:12;mem:12288"));
        (role.Place, role.Roles, role.Share, role.TaskShare).ShouldBe((1, 1, 0.4, 0));
    }

    [Fact]
    public void To_explain_changes_nothing()
    {
        var story = Story.GivenATask().When(Subscribes(Chronos, Batch));
        var before = new AllocatorCore().Save(story.State);
        Explain(story);
        Explain(story, Chronos);
        new AllocatorCore().Save(story.State).ShouldBe(before);
        story.When(new Allocate(Noon)).Last.Facts.OfType<OffersMade>().Single().FrameworkId.ShouldBe(Chronos);
    }
}
