using Bourse.Contracts;
using static Bourse.Allocator.Tests.Example;
using static Bourse.Allocator.Tests.SettingQuotas;

namespace Bourse.Allocator.Tests;

/// <summary>Rules of sharing that a setting or a kind of resource brings in, and what they do for the small.</summary>
public sealed class SharingOtherwise
{
    private static readonly FrameworkDescription Batch = Web with { Name = "chronos", Roles = ["batch"] };

    private static AgentDescription With(AgentId id, params Resource[] more) => Machine(id) with { Total = Resources.Of([.. Machine(id).Total.Entries, .. more]) };

    private static FrameworkId First(Story story) => story.When(new Allocate(Noon)).Last.Facts.OfType<OffersMade>().First().FrameworkId;

    [Theory]
    [InlineData(true, "marathon"), InlineData(false, "chronos")]
    public void Resources_that_are_left_out_of_fair_sharing_push_nobody_back(bool leftOut, string first)
    {
        ValueList<string> gpus = ["GPU_RESOURCES"];
        var story = Story.Given(new AllocatorSettings { FairSharingExcluded = leftOut ? ["gpus"] : [] },
            Subscribes(Marathon, Web with { Capabilities = gpus }), new AgentJoined(With(A1, Resource.Of("gpus", 2)), 1, Noon), new Allocate(Noon));
        // Marathon takes all gpus and no cpus, chronos one cpu of what is left.
        story.When(new Accept(Marathon, [new("o1-1")], [new(T1, A1, Spec(T1) with { Resources = Resources.Of(Resource.Of("gpus", 2)) })], TimeSpan.FromDays(1), Noon));
        story.When(Subscribes(Chronos, Batch with { Capabilities = gpus })).When(new Allocate(Noon));
        story.When(new Accept(Chronos, [new("o2-1")], [Run(T2, A1)], TimeSpan.FromDays(1), Noon));

        First(story.When(new AgentJoined(Machine(A2), 1, Noon))).ShouldBe(new FrameworkId(first));
    }

    [Fact]
    public void In_random_order_weights_are_chances()
    {
        var story = Story.Given(new AllocatorSettings { RandomRoles = true }, Subscribes(Marathon, Web), Subscribes(Chronos, Batch),
            new UpdateWeights([new("web", 3)], "operator", Noon), new AgentJoined(Machine(A1), 1, Noon));
        var firsts = new Dictionary<FrameworkId, int> { [Marathon] = 0, [Chronos] = 0 };
        for (var run = 0; run < 2000; run++)
        {
            var made = story.When(new Allocate(Noon)).Last.Facts.OfType<OffersMade>().Single();
            firsts[made.FrameworkId]++;
            story.When(new Decline(made.FrameworkId, [made.Offers[0].Id], TimeSpan.Zero, Noon));
        }
        // Three quarters of 2000, with five standard deviations of room.
        firsts[Marathon].ShouldBeInRange(1403, 1597);
    }

    [Fact]
    public void A_role_may_have_more_than_its_guarantee_up_to_its_limit()
    {
        var story = Story.Given(new AgentJoined(Machine(A1, cpus: 6), 1, Noon), Quota("web", "cpus:1", "cpus:4"), Subscribes(Marathon, Web));
        story.When(new Allocate(Noon)).Last.Facts.OfType<OffersMade>().Single().Offers.Single().Resources.Total("cpus").ShouldBe(Scalar.From(4));
    }

    [Theory]
    [InlineData(false), InlineData(true)]
    public void Revocable_resources_go_to_who_can_live_with_that(bool able)
    {
        var story = Story.Given(
            Subscribes(Marathon, able ? Web with { Capabilities = ["REVOCABLE_RESOURCES"] } : Web),
            new AgentJoined(With(A1, Resource.Of("cpus", 2) with { Revocable = true }), 1, Noon), new Allocate(Noon));
        var offered = story.State.Offers.Values.Single().Resources.Entries.Where(entry => entry.Revocable).ToList();
        offered.Sum(entry => entry.Scalar!.Value.ToDouble()).ShouldBe(able ? 2 : 0);
    }

    [Fact]
    public void Fifty_small_frameworks_of_one_role_all_have_a_task_after_as_many_cycles_as_agents_are_short()
    {
        // Five agents are offered whole, so five frameworks at a time; each takes a little and lets the rest go.
        const int agents = 5, frameworks = 50;
        var story = Story.Given();
        for (var i = 0; i < frameworks; i++)
            story.When(Subscribes(new($"f{i:00}"), Web));
        for (var i = 0; i < agents; i++)
            story.When(new AgentJoined(Machine(new($"agent-{i}"), cpus: 64, mem: 65_536), 1, Noon));

        var cycles = 0;
        for (; story.State.Frameworks.Values.Any(framework => framework.Tasks.Count == 0) && cycles < frameworks; cycles++)
            foreach (var made in story.When(new Allocate(Noon.AddSeconds(cycles))).Last.Facts.OfType<OffersMade>().ToList())
                foreach (var offer in made.Offers)
                {
                    var had = story.State.Frameworks[made.FrameworkId].Tasks.Count > 0;
                    story.When(had
                        ? new Decline(made.FrameworkId, [offer.Id], TimeSpan.FromSeconds(5), Noon.AddSeconds(cycles))
                        : new Accept(made.FrameworkId, [offer.Id], [Run(T1, offer.AgentId)], TimeSpan.FromSeconds(5), Noon.AddSeconds(cycles)));
                }
        cycles.ShouldBe(frameworks / agents);
    }
}
