using Bourse.Contracts;
using Bourse.Deciding;
using static Bourse.Allocator.Tests.Example;

namespace Bourse.Allocator.Tests;

public sealed class SettingQuotas
{
    private static readonly FrameworkDescription Batch = Web with { Name = "chronos", Roles = ["batch"] };

    internal static ValueList<Quantity> Amounts(string text) => text.Split(';', StringSplitOptions.RemoveEmptyEntries)
        .Select(item => item.Split(':')).Select(item => new Quantity(item[0], Scalar.From(double.Parse(item[1])))).ToValueList();

    internal static UpdateQuota Quota(string role, string guarantee = "", string limit = "", bool force = false) =>
        new([new RoleQuota(role, Amounts(guarantee), Amounts(limit))], force, "operator", Noon);

    private static Story Cluster() => Story.Given(
        new AgentJoined(Machine(A1), 1, Noon), new AgentJoined(Machine(A2), 1, Noon),
        Subscribes(Marathon, Web), Subscribes(Chronos, Batch));

    private static double Offered(Story story, FrameworkId to) =>
        story.State.OffersTo(to).Sum(offer => offer.Resources.Total("cpus").ToDouble());

    [Fact]
    public void A_quota_is_recorded_with_who_asked() => Cluster().When(Quota("web", "cpus:2", "cpus:4;mem:1024"))
        .Then(new QuotasUpdated([new("web", Amounts("cpus:2"), Amounts("cpus:4;mem:1024"))], Forced: false, "operator", Noon));

    [Fact]
    public void What_is_so_already_changes_nothing() =>
        Cluster().When(Quota("web", limit: "cpus:4")).When(Quota("web", limit: "cpus:4")).ThenNothing();

    [Fact]
    public void An_empty_quota_is_none()
    {
        var story = Cluster().When(Quota("web", limit: "cpus:4")).When(Quota("web"));
        story.State.Quotas.ShouldBeEmpty();
        story.FoldsToTheSame().ShouldBeTrue();
    }

    [Fact]
    public void One_bad_quota_changes_nothing()
    {
        var story = Cluster().When(new UpdateQuota(
            [new("web", [], Amounts("cpus:4")), new("batch", Amounts("cpus:2"), Amounts("cpus:1"))], Force: true, "operator", Noon));
        story.ThenRefused(RefusalCode.Malformed).State.Quotas.ShouldBeEmpty();
    }

    [Fact]
    public void A_limit_is_never_exceeded_by_offers()
    {
        var story = Cluster().When(Quota("web", limit: "cpus:3")).When(Quota("batch", limit: "cpus:0")).When(new Allocate(Noon));
        Offered(story, Marathon).ShouldBe(3);
        Offered(story, Chronos).ShouldBe(0);
    }

    [Fact]
    public void A_guarantee_is_left_to_a_role_nobody_is_in_yet()
    {
        var story = Cluster().When(Quota("later", guarantee: "cpus:5")).When(new Allocate(Noon));
        (Offered(story, Marathon) + Offered(story, Chronos)).ShouldBe(3);
    }

    [Fact]
    public void A_limit_binds_the_roles_below()
    {
        var story = Story.Given(
            new AgentJoined(Machine(A1), 1, Noon), Subscribes(Marathon, Web with { Roles = ["eng/a"] }), Subscribes(Chronos, Web with { Roles = ["eng/b"] }),
            Quota("eng", limit: "cpus:3"), Quota("eng/a", limit: "cpus:1"), new Allocate(Noon), new AgentJoined(Machine(A2), 1, Noon), new Allocate(Noon));
        Offered(story, Marathon).ShouldBe(1);
        (Offered(story, Marathon) + Offered(story, Chronos)).ShouldBe(3);
    }

    [Fact]
    public void A_child_may_not_be_above_its_parent()
    {
        Cluster().When(Quota("eng", "cpus:2", "cpus:4")).When(Quota("eng/a", limit: "cpus:5")).ThenRefused(RefusalCode.Malformed)
            .When(Quota("eng/a", "cpus:3", "cpus:4", force: true)).ThenRefused(RefusalCode.Malformed);
        Cluster().When(Quota("eng", "cpus:2")).When(Quota("eng/a", "cpus:1")).When(Quota("eng/b/c", "cpus:2")).ThenRefused(RefusalCode.Malformed)
            .When(Quota("eng/b/c", "cpus:1")).When(Quota("eng", "cpus:1")).ThenRefused(RefusalCode.Malformed);
    }

    [Fact]
    public void Guarantees_beyond_the_cluster_need_force()
    {
        var story = Cluster().When(Quota("web", "cpus:6")).When(Quota("batch", "cpus:3")).ThenRefused(RefusalCode.Overcommitted)
            .When(Quota("batch", "cpus:3", force: true));
        story.Last.Refusal.ShouldBeNull();
        // What a role below is guaranteed is inside its parent's guarantee.
        Cluster().When(Quota("eng", "cpus:6")).When(Quota("eng/a", "cpus:6")).Last.Refusal.ShouldBeNull();
    }

    [Fact]
    public void A_limit_below_what_is_in_use_needs_force()
    {
        var story = Story.GivenATask().When(Quota("web", limit: "cpus:0.5")).ThenRefused(RefusalCode.Overcommitted)
            .When(Quota("web", limit: "cpus:0.5", force: true));
        story.Last.Refusal.ShouldBeNull();
        story.State.Quotas["web"].Limit.ShouldBe(Amounts("cpus:0.5"));
    }

    [Fact]
    public void Offers_above_a_new_limit_are_rescinded()
    {
        var story = Story.GivenAnOffer().When(new AgentJoined(Machine(A2), 1, Noon)).When(new Allocate(Noon));
        story.State.Offers.Count.ShouldBe(2);
        story.When(Quota("web", limit: "cpus:5")).Last.Facts.OfType<OffersRescinded>().Single().OfferIds.Count.ShouldBe(1);
        story.When(new Allocate(Noon));
        Offered(story, Marathon).ShouldBe(5);
    }

    [Fact]
    public void Offers_that_a_guarantee_needs_are_rescinded_and_no_more()
    {
        var story = Story.Given(
            new AgentJoined(Machine(A1), 1, Noon), new AgentJoined(Machine(A2), 1, Noon), Subscribes(Marathon, Web), new Allocate(Noon));
        Offered(story, Marathon).ShouldBe(8);
        story.When(Quota("batch", "cpus:3")).Last.Facts.OfType<OffersRescinded>().Single().OfferIds.Count.ShouldBe(1);
        story.When(Subscribes(Chronos, Batch)).When(new Allocate(Noon));
        Offered(story, Chronos).ShouldBeGreaterThanOrEqualTo(3);
        story.Violations().ShouldBeEmpty();
    }

    [Fact]
    public void A_guarantee_that_fits_into_what_is_free_rescinds_nothing() =>
        Story.GivenAnOffer().When(new AgentJoined(Machine(A2), 1, Noon)).When(Quota("batch", "cpus:3")).Last.Facts.ShouldHaveSingleItem();

    [Fact]
    public void Reservations_count_even_when_nobody_uses_them()
    {
        var reserved = new Resource("cpus") { Scalar = Scalar.From(3), Reservations = [new("web", Dynamic: false)] };
        var machine = Machine(A1) with { Total = Resources.Of(Resource.Of("cpus", 4), Resource.Of("mem", 4096), reserved) };
        var story = Story.Given(new AgentJoined(machine, 1, Noon), Subscribes(Marathon, Web), Quota("web", limit: "cpus:4"), new Allocate(Noon));
        Offered(story, Marathon).ShouldBe(4);
        RoleUse.Of(story.State).Consumed("web", "cpus").ShouldBe(Scalar.From(3));
    }

    [Fact]
    public void The_older_form_sets_a_limit_too_and_only_once()
    {
        var set = new SetQuota(new("web", Amounts("cpus:2"), Amounts("cpus:2")), Force: false, "operator", Noon);
        var story = Cluster().When(set).Then(new QuotasUpdated([set.Quota], Forced: false, "operator", Noon)).When(set).ThenRefused(RefusalCode.Malformed);
        story.When(new RemoveQuota("web", "operator", Noon)).Then(new QuotasUpdated([new("web", [], [])], Forced: false, "operator", Noon))
            .When(new RemoveQuota("web", "operator", Noon)).ThenRefused(RefusalCode.Malformed);
    }

    [Theory]
    [InlineData("cpus", double.NaN), InlineData("cpus", -1), InlineData("mem", 1.2e12), InlineData("cpus", 2e12), InlineData("", 1)]
    public void Amounts_that_are_none_are_named(string name, double amount) => QuotaRules.Problem(name, amount).ShouldNotBeNull();

    [Fact]
    public void A_role_must_have_a_proper_name() => Cluster().When(Quota("a//b", limit: "cpus:1")).ThenRefused(RefusalCode.InvalidRole);

    [Fact]
    public void The_quota_of_the_default_role_holds()
    {
        var story = Story.Given(new AgentJoined(Machine(A1), 1, Noon), Subscribes(Marathon, Web with { Roles = ["*"] }), Quota("*", limit: "cpus:1"), new Allocate(Noon));
        Offered(story, Marathon).ShouldBe(1);
    }
}
