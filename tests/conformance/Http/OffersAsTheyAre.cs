using System.Net;
using Bourse.Allocator;
using Bourse.Allocator.Host.Loop;
using Bourse.Contracts;
using Microsoft.Extensions.DependencyInjection;
using V1 = Bourse.MesosV1;

namespace Bourse.Conformance.Http;

/// <summary>What an agent has, down to its sets and typed attributes, is in its offers.</summary>
public sealed class OffersAsTheyAre : IAsyncLifetime
{
    private readonly TestCluster cluster = new();

    public ValueTask InitializeAsync() => cluster.InitializeAsync();

    public ValueTask DisposeAsync() => cluster.DisposeAsync();

    private Task Joins() => cluster.Command(new AgentJoined(
        new AgentDescription(TestCluster.A1, "a1.example", "10.0.0.7", 5051,
            Resources.Of(Resource.Of("cpus", 4), Resource.Of("mem", 4096), Resource.Of("disk", 10_000),
                Resource.Of("ports", new Interval(31000, 31009)), Resource.Of("licences", "a", "b")),
            [new("rack", Text: "r1"), new("level", Scalar: Scalar.From(3)), new("slots", Ranges: [new(1, 4), new(9, 9)])],
            new("eu", "eu-1"), "1", ""),
        Incarnation: 1, cluster.Clock.GetUtcNow()));

    private async Task<V1.Offer> Offer(TestScheduler scheduler)
    {
        await cluster.Allocates();
        return (await scheduler.NextNews()).Offers.Offers_.ShouldHaveSingleItem();
    }

    private static double Amount(V1.Offer offer, string name) => offer.Resources.Single(resource => resource.Name == name).Scalar.Value;

    [Fact]
    public async Task Amounts_are_exactly_those_of_the_agent()
    {
        await using var scheduler = await TestScheduler.Subscribe(cluster);
        await Joins();
        var offer = await Offer(scheduler);
        (Amount(offer, "cpus"), Amount(offer, "mem"), Amount(offer, "disk")).ShouldBe((4, 4096, 10_000));
    }

    [Fact]
    public async Task Ports_and_items_that_tasks_hold_are_in_no_other_offer()
    {
        await using var scheduler = await TestScheduler.Subscribe(cluster);
        await Joins();
        await scheduler.Launch((await Offer(scheduler)).Id.Value, "t1",
            """{"name":"ports","type":"RANGES","ranges":{"range":[{"begin":31000,"end":31000}]}}""");
        await scheduler.Launch((await Offer(scheduler)).Id.Value, "t2", """{"name":"licences","type":"SET","set":{"item":["a"]}}""");
        var left = await Offer(scheduler);
        left.Resources.Single(resource => resource.Name == "ports").Ranges.Range.Select(range => (range.Begin, range.End)).ShouldBe([(31001ul, 31009ul)]);
        left.Resources.Single(resource => resource.Name == "licences").Set.Item.ShouldBe(["b"]);
        cluster.Facts.OfType<TaskLaunched>().Count().ShouldBe(2);
    }

    [Fact]
    public async Task Attributes_keep_their_types_and_the_domain_is_told()
    {
        await using var scheduler = await TestScheduler.Subscribe(cluster);
        await Joins();
        var offer = await Offer(scheduler);
        var (rack, level, slots) = (offer.Attributes.Single(a => a.Name == "rack"), offer.Attributes.Single(a => a.Name == "level"), offer.Attributes.Single(a => a.Name == "slots"));
        (rack.Type, rack.Text.Value).ShouldBe((V1.Value.Types.Type.Text, "r1"));
        (level.Type, level.Scalar.Value).ShouldBe((V1.Value.Types.Type.Scalar, 3));
        slots.Type.ShouldBe(V1.Value.Types.Type.Ranges);
        slots.Ranges.Range.Select(range => (range.Begin, range.End)).ShouldBe([(1ul, 4ul), (9ul, 9ul)]);
        offer.Domain.FaultDomain.Zone.Name.ShouldBe("eu-1");
    }

    [Fact]
    public async Task The_frameworks_own_executors_on_the_agent_are_named()
    {
        await using var scheduler = await TestScheduler.Subscribe(cluster);
        await using var other = await TestScheduler.Subscribe(cluster, role: "\"role\":\"batch\"");
        await Joins();
        await other.Call("SUPPRESS");
        var first = await Offer(scheduler);
        first.ExecutorIds.ShouldBeEmpty();
        await scheduler.Launch(first.Id.Value, "t1", command: "",
            more: ",\"executor\":{\"executor_id\":{\"value\":\"e\"},\"command\":{\"value\":\"./run\"},\"resources\":[" + TestScheduler.Cpu + "]}");
        var next = await Offer(scheduler);
        next.ExecutorIds.ShouldHaveSingleItem().Value.ShouldBe("e");
        await scheduler.Call("DECLINE", $$$""","decline":{"offer_ids":[{"value":"{{{next.Id.Value}}}"}],"filters":{"refuse_seconds":3600}}""");
        await other.Call("REVIVE");
        (await Offer(other)).ExecutorIds.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("0", false), InlineData("10", true)]
    public async Task Declined_for_no_time_they_wait_for_the_next_second(string seconds, bool atOnce)
    {
        await using var scheduler = await TestScheduler.Subscribe(cluster);
        await Joins();
        var offer = await Offer(scheduler);
        var occasions = cluster.Services.GetRequiredService<Occasions>();
        await occasions.Wait(TimeSpan.Zero, TestContext.Current.CancellationToken); // that the agent joined
        (await scheduler.Call("DECLINE", $$$""","decline":{"offer_ids":[{"value":"{{{offer.Id.Value}}}"}],"filters":{"refuse_seconds":{{{seconds}}}}}"""))
            .Status.ShouldBe(HttpStatusCode.Accepted);
        (await occasions.Wait(TimeSpan.Zero, TestContext.Current.CancellationToken)).ShouldBe(atOnce);
    }
}
