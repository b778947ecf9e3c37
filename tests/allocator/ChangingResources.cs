using Bourse.Contracts;
using Bourse.Contracts.Messages;
using Bourse.Deciding;
using static Bourse.Allocator.Tests.Example;

namespace Bourse.Allocator.Tests;

/// <summary>Reservations and volumes by frameworks, in an ACCEPT.</summary>
public sealed class ChangingResources
{
    private static readonly OfferId O1 = new("o1-1");
    private static readonly Reservation ForWeb = new("web", Dynamic: true, "alice");
    private static readonly AgentDescription Disky = Machine(A1) with
    {
        Total = Resources.Of(Resource.Of("cpus", 4), Resource.Of("mem", 4096), Resource.Of("disk", 1000),
            Resource.Of("disk", 500) with { Disk = new Disk(SourceType: "MOUNT", SourceRoot: "/mnt/d1") }),
    };

    private static readonly FrameworkDescription Able = Web with { Capabilities = ["PARTITION_AWARE", "RESERVATION_REFINEMENT", "SHARED_RESOURCES"], Roles = ["web"] };

    private static Resource Reserved(string name, double amount) => Resource.Of(name, amount) with { Reservations = [ForWeb] };

    private static Resource Volume(double size, string id = "v1", bool shared = false) =>
        Reserved("disk", size) with { Disk = new Disk(id, "alice", "data"), Shared = shared };

    private static int count;

    private static Conversion Op(OperationType type, Resource resource, string? id = null, Resource? other = null, double subtract = 0)
    {
        var n = Interlocked.Increment(ref count);
        return new(type, Resources.Of(resource), $"op{n}", $"st{n}", id, other is null ? null : Resources.Of(other), Scalar.From(subtract));
    }

    private static Story GivenAnOffer(FrameworkDescription? of = null) =>
        Story.Given(Subscribes(Marathon, of ?? Able), new AgentJoined(Disky, 1, Noon), new Allocate(Noon));

    private static Accept Accepts(params Operation[] operations) => AcceptsOffer(O1, operations);

    private static Accept AcceptsOffer(OfferId offer, params Operation[] operations) => new(Marathon, [offer], [], TimeSpan.FromSeconds(5), Noon, operations.ToValueList());

    private static string Refused(Story story) => story.Last.Facts.OfType<OperationRefused>().Single().Message;

    private static OfferId Offered(Story story) => story.When(new Allocate(Noon)).Last.Facts.OfType<OffersMade>().Single().Offers.Single().Id;

    [Fact]
    public void A_reservation_and_a_volume_made_in_one_call_can_be_used_in_it()
    {
        var task = Run(T1, A1) with { Spec = Spec(T1) with { Resources = Resources.Of(Reserved("cpus", 1), Volume(256)) } };
        var story = GivenAnOffer().When(Accepts(
            Op(OperationType.Reserve, Reserved("cpus", 2)), Op(OperationType.Reserve, Reserved("disk", 300)),
            Op(OperationType.Create, Volume(256)), new LaunchTasks([task])));

        story.Last.Facts.OfType<OperationRefused>().ShouldBeEmpty();
        story.Last.Facts.OfType<OperationApplied>().Select(fact => fact.Command).ShouldBe([1, 2, 3]);
        story.Last.Facts.OfType<TaskLaunched>().Single().Command.ShouldBe(4);
        var agent = story.State.Agents[A1];
        agent.Kept.ShouldBe(Resources.Of(Reserved("cpus", 2), Reserved("disk", 44), Volume(256)));
        agent.Free.Entries.ShouldContain(Reserved("cpus", 1));
        ((KeepResources)agent.Pending[2]).Kept.ShouldBe(agent.Kept);
        story.OwesNoMoreThanItHas().ShouldBeTrue();
        story.FoldsToTheSame().ShouldBeTrue();
        story.Violations().ShouldBeEmpty();
    }

    [Fact]
    public void What_was_made_and_not_used_is_offered_again_at_once_and_the_rest_is_not()
    {
        var story = GivenAnOffer().When(Accepts(Op(OperationType.Reserve, Reserved("cpus", 2)), Op(OperationType.Reserve, Reserved("mem", 64))));
        story.Last.Facts.OfType<OffersAccepted>().Single().Unused.Total("cpus").ShouldBe(Scalar.From(2));
        story.When(new Allocate(Noon));
        story.Last.Facts.OfType<OffersMade>().Single().Offers.Single().Resources.Entries.ShouldContain(Reserved("cpus", 2) with { AllocationRole = "web" });
    }

    [Fact]
    public void A_failed_operation_is_dropped_and_those_after_it_are_tried()
    {
        var story = GivenAnOffer().When(Accepts(
            Op(OperationType.Reserve, Reserved("cpus", 20), "too-much"), Op(OperationType.Reserve, Reserved("cpus", 2), "fits"), new LaunchTasks([Run(T1, A1)])));
        story.Last.Facts.OfType<OperationRefused>().Single().OperationId.ShouldBe("too-much");
        story.Last.Facts.OfType<OperationApplied>().Single().OperationId.ShouldBe("fits");
        story.Last.Facts.OfType<TaskLaunched>().Count().ShouldBe(1);
    }

    [Fact]
    public void Resources_are_reserved_for_the_role_of_the_offer_and_in_the_own_name_only()
    {
        var other = Resource.Of("cpus", 1) with { Reservations = [new("batch", true)] };
        Refused(GivenAnOffer().When(Accepts(Op(OperationType.Reserve, other)))).ShouldContain("allocated to role 'web'");
        var named = Resource.Of("cpus", 1) with { Reservations = [new("web", true, "mallory")] };
        Refused(GivenAnOffer().When(Accepts(Op(OperationType.Reserve, named)))).ShouldContain("principal 'mallory'");
        Refused(GivenAnOffer().When(Accepts(Op(OperationType.Reserve, Resource.Of("cpus", 1))))).ShouldContain("not dynamically reserved");
        var revocable = Reserved("cpus", 1) with { Revocable = true };
        Refused(GivenAnOffer().When(Accepts(Op(OperationType.Reserve, revocable)))).ShouldContain("revocable");
    }

    [Fact]
    public void A_refinement_needs_the_capability_and_pops_one_layer_at_a_time()
    {
        var team = Able with { Roles = ["web/ui"] };
        var outer = new Reservation("web", Dynamic: false);
        var agent = Disky with { Total = Resources.Of(Resource.Of("mem", 4096), Resource.Of("cpus", 4) with { Reservations = [outer] }) };
        var refined = Resource.Of("cpus", 1) with { Reservations = [outer, new("web/ui", true, "alice")] };
        Story Given(FrameworkDescription of) => Story.Given(Subscribes(Marathon, of), new AgentJoined(agent, 1, Noon), new Allocate(Noon));

        var story = Given(team).When(Accepts(Op(OperationType.Reserve, refined)));
        story.Last.Facts.OfType<OperationApplied>().Single().Consumed.ShouldBe(Resources.Of(Resource.Of("cpus", 1) with { Reservations = [outer] }));
        story.When(AcceptsOffer(Offered(story), Op(OperationType.Unreserve, refined)));
        story.State.Agents[A1].Total.ShouldBe(agent.Total);

        Refused(Given(team with { Capabilities = ["PARTITION_AWARE"] }).When(Accepts(Op(OperationType.Reserve, refined)))).ShouldContain("RESERVATION_REFINEMENT");
    }

    [Fact]
    public void A_volume_needs_reserved_disk_a_path_and_an_id_of_its_own()
    {
        Refused(GivenAnOffer().When(Accepts(Op(OperationType.Create, Volume(10) with { Reservations = [] })))).ShouldContain("not on reserved disk");
        Refused(GivenAnOffer().When(Accepts(Op(OperationType.Create, Volume(10) with { Disk = new Disk("v1", "alice") })))).ShouldContain("no container path");
        Refused(GivenAnOffer().When(Accepts(Op(OperationType.Create, Volume(10, "a/b"))))).ShouldContain("invalid characters");
        Refused(GivenAnOffer().When(Accepts(Op(OperationType.Create, Volume(10) with { Disk = new Disk("v1", "mallory", "data") })))).ShouldContain("mallory");
        Refused(GivenAnOffer().When(Accepts(
            Op(OperationType.Reserve, Reserved("disk", 300)), Op(OperationType.Create, Volume(100)), Op(OperationType.Create, Volume(50))))).ShouldContain("in use");
        Refused(GivenAnOffer(Able with { Capabilities = ["PARTITION_AWARE"] }).When(Accepts(
            Op(OperationType.Reserve, Reserved("disk", 300)), Op(OperationType.Create, Volume(100, shared: true))))).ShouldContain("SHARED_RESOURCES");
    }

    [Fact]
    public void A_volume_is_used_whole_or_not_at_all()
    {
        var half = Run(T1, A1) with { Spec = Spec(T1) with { Resources = Resources.Of(Resource.Of("cpus", 1), Volume(128)) } };
        GivenAnOffer().When(Accepts(Op(OperationType.Reserve, Reserved("disk", 256)), Op(OperationType.Create, Volume(256)), new LaunchTasks([half])))
            .Last.Facts.OfType<TaskRefused>().Single().Update.Message.ShouldStartWith("Task uses more resources");
    }

    [Fact]
    public void A_volume_on_a_mount_takes_the_whole_mount()
    {
        Resource Mount(double size, Disk disk) => Resource.Of("disk", size) with { Reservations = [ForWeb], Disk = disk };
        var bare = new Disk(SourceType: "MOUNT", SourceRoot: "/mnt/d1");
        var story = GivenAnOffer().When(Accepts(Op(OperationType.Reserve, Mount(200, bare))));
        Refused(story).ShouldContain("The operation needs");
        story = GivenAnOffer().When(Accepts(
            Op(OperationType.Reserve, Mount(500, bare)),
            Op(OperationType.Create, Mount(500, bare with { PersistenceId = "m1", PersistencePrincipal = "alice", ContainerPath = "m" }))));
        story.Last.Facts.OfType<OperationApplied>().Count().ShouldBe(2);
    }

    [Fact]
    public void The_result_of_a_resize_is_not_for_this_call_and_adds_up()
    {
        var story = GivenAnOffer().When(Accepts(Op(OperationType.Reserve, Reserved("disk", 300)), Op(OperationType.Create, Volume(100)),
            Op(OperationType.GrowVolume, Volume(100), other: Reserved("disk", 50)), Op(OperationType.Destroy, Volume(150))));
        Refused(story).ShouldContain("does not exist on the agent");
        story.State.Agents[A1].Kept.ShouldBe(Resources.Of(Volume(150), Reserved("disk", 150)));

        story.When(AcceptsOffer(Offered(story), Op(OperationType.ShrinkVolume, Volume(150), subtract: 30)));
        story.State.Agents[A1].Kept.ShouldBe(Resources.Of(Volume(120), Reserved("disk", 180)));
        story.When(AcceptsOffer(Offered(story), Op(OperationType.ShrinkVolume, Volume(120), subtract: 120)));
        Refused(story).ShouldContain("smaller than the size");
        story.OwesNoMoreThanItHas().ShouldBeTrue();
        story.Violations().ShouldBeEmpty();
    }

    [Fact]
    public void A_shared_volume_is_used_by_many_and_destroyed_when_nobody_does()
    {
        Launch Uses(TaskId id) => Run(id, A1) with { Spec = Spec(id) with { Resources = Resources.Of(Resource.Of("cpus", 1), Volume(100, shared: true)) } };
        var story = GivenAnOffer().When(Accepts(Op(OperationType.Reserve, Reserved("disk", 100)), Op(OperationType.Create, Volume(100, shared: true)),
            new LaunchTasks([Uses(T1), Uses(T2)]), Op(OperationType.Destroy, Volume(100, shared: true))));
        story.Last.Facts.OfType<TaskLaunched>().Count().ShouldBe(2);
        Refused(story).ShouldContain("does not exist"); // made in this very call, so the agent has none yet
        story.OwesNoMoreThanItHas().ShouldBeTrue();
        story.Violations().ShouldBeEmpty();

        var again = Offered(story);
        story.State.Offers[again].Resources.Entries.ShouldContain(Volume(100, shared: true) with { AllocationRole = "web" });
        story.When(AcceptsOffer(again, Op(OperationType.Destroy, Volume(100, shared: true))));
        Refused(story).ShouldContain("in use by task");
        story.When(Reports(A1, Marathon, T1, TaskState.Finished, "u1")).When(Reports(A1, Marathon, T2, TaskState.Finished, "u2"));
        story.When(AcceptsOffer(Offered(story), Op(OperationType.Destroy, Volume(100, shared: true))));
        story.State.Agents[A1].Kept.ShouldBe(Resources.Of(Reserved("disk", 100)));
        story.OwesNoMoreThanItHas().ShouldBeTrue();
        story.FoldsToTheSame().ShouldBeTrue();
    }

    [Fact]
    public void What_has_a_volume_on_it_is_not_unreserved()
    {
        var story = GivenAnOffer().When(Accepts(
            Op(OperationType.Reserve, Reserved("disk", 100)), Op(OperationType.Create, Volume(100)), Op(OperationType.Unreserve, Volume(100))));
        Refused(story).ShouldContain("destroy the persistent volume first");
    }

    [Fact]
    public void Everything_is_kept_when_the_agent_registers_again_and_goes_when_its_resources_do()
    {
        var story = GivenAnOffer().When(Accepts(Op(OperationType.Reserve, Reserved("disk", 100)), Op(OperationType.Create, Volume(100))));
        var kept = story.State.Agents[A1].Kept;
        story.When(new AgentJoined(Disky, 2, Noon));
        story.Last.Facts.OfType<CapacityAdded>().Single().Kept.ShouldBe(kept);
        story.OwesNoMoreThanItHas().ShouldBeTrue();
        story.Violations().ShouldBeEmpty();
        story.When(new AgentJoined(Machine(A1), 3, Noon));
        story.State.Agents[A1].Kept.ShouldBe(Resources.None);
        story.OwesNoMoreThanItHas().ShouldBeTrue();
    }

    [Fact]
    public void An_operation_that_wants_to_hear_of_its_end_is_finished_when_the_agent_has_done_it_and_over_when_acknowledged()
    {
        var reserve = Op(OperationType.Reserve, Reserved("cpus", 1), "mine");
        var story = GivenAnOffer().When(Accepts(reserve, Op(OperationType.Reserve, Reserved("mem", 1))));
        story.When(new Greet(new AgentHello(A1, 1, 2, null), Noon));
        var ended = story.Last.Facts.OfType<OperationStatusChanged>().ToList();
        ended.Select(fact => (fact.State, fact.StatusUuid)).ShouldBe([(OperationState.Finished, reserve.StatusUuid), (OperationState.Finished, null)]);
        story.State.Operations.Keys.ShouldBe([reserve.Uuid]);
        story.When(new AcknowledgeOperation(Marathon, "mine", "another", Noon)).ThenNothing();
        story.When(new AcknowledgeOperation(Marathon, "mine", reserve.StatusUuid, Noon)).Then(new OperationStatusAcknowledged(reserve.Uuid, Marathon, Noon));
        story.State.Operations.ShouldBeEmpty();
    }

    [Fact]
    public void A_group_is_launched_whole_or_not_at_all()
    {
        var story = GivenAnOffer().When(Accepts(
            Op(OperationType.Reserve, Reserved("cpus", 1)), new LaunchTasks([Run(T1, A1, cpus: 2) with { Group = "g" }, Run(T2, A1, cpus: 3) with { Group = "g" }]), new LaunchTasks([Run(T1, A1)])));
        story.Last.Facts.OfType<TaskRefused>().Select(fact => (fact.TaskId, fact.Update.Reason))
            .ShouldBe([(T1, "REASON_TASK_GROUP_INVALID"), (T2, "REASON_TASK_GROUP_INVALID")]);
        story.Last.Facts.OfType<TaskLaunched>().Single().Command.ShouldBe(2);
        story.Violations().ShouldBeEmpty();
    }

    [Fact]
    public void Operations_of_invalid_offers_are_refused()
    {
        var story = GivenAnOffer().When(AcceptsOffer(new OfferId("o9-9"), Op(OperationType.Reserve, Reserved("cpus", 1), "x")));
        story.Last.Facts.Single().ShouldBeOfType<OperationRefused>().Message.ShouldContain("no longer valid");
    }

    [Fact]
    public void An_operator_works_on_what_nobody_uses_and_offers_in_the_way_are_withdrawn()
    {
        var story = GivenAnOffer().When(new Operate(A1, Op(OperationType.Reserve, Resource.Of("cpus", 2) with { Reservations = [new("ops", true, "root")] }), "root", Noon));
        story.Last.Facts.Select(fact => fact.GetType()).ShouldBe([typeof(OffersRescinded), typeof(OperationApplied)]);
        story.OwesNoMoreThanItHas().ShouldBeTrue();
        story.Violations().ShouldBeEmpty();
        story.When(new Allocate(Noon)).Last.Facts.OfType<OffersMade>().Single().Offers.Single().Resources.Total("cpus").ShouldBe(Scalar.From(2));

        story.When(new Operate(A1, Op(OperationType.Reserve, Resource.Of("cpus", 9) with { Reservations = [new("ops", true)] }), "root", Noon))
            .ThenRefused(RefusalCode.Conflict);
        story.When(new Operate(A2, Op(OperationType.Reserve, Reserved("cpus", 1)), null, Noon)).ThenRefused(RefusalCode.UnknownAgent);
        story.When(new Operate(A1, Op(OperationType.Reserve, Reserved("cpus", 1)), "root", Noon)).ThenRefused(RefusalCode.Malformed);
    }

    [Fact]
    public void An_operator_moves_a_reservation_to_another_role_by_naming_its_source()
    {
        var (from, to) = (Resource.Of("cpus", 2) with { Reservations = [new("web", true)] }, Resource.Of("cpus", 2) with { Reservations = [new("ops", true)] });
        var story = Story.Given(new AgentJoined(Disky, 1, Noon), new Operate(A1, Op(OperationType.Reserve, from), null, Noon));
        story.When(new Operate(A1, Op(OperationType.Reserve, to, other: from), null, Noon));
        story.State.Agents[A1].Kept.ShouldBe(Resources.Of(to));
        story.When(new Operate(A1, Op(OperationType.Reserve, to with { Scalar = Scalar.From(3) }, other: from), null, Noon)).ThenRefused(RefusalCode.Malformed);
    }

    [Fact]
    public void A_disk_that_holds_a_volume_is_destroyed_after_the_volume_only()
    {
        var disk = Volume(100) with { ProviderId = "csi", Disk = new Disk("v1", "alice", "data", SourceType: "MOUNT", SourceId: "d1") };
        Refused(GivenAnOffer().When(Accepts(Op(OperationType.DestroyDisk, disk)))).ShouldStartWith("A disk resource containing a persistent volume disk(web):100");
    }

    [Fact]
    public void A_piece_of_raw_storage_with_an_identity_is_taken_whole()
    {
        Resource Raw(double size, string? id) => Resource.Of("disk", size) with { Disk = new Disk(SourceType: "RAW", SourceId: id) };
        Resources.Of(Raw(100, "d1")).CanTake(Resources.Of(Raw(40, "d1"))).ShouldBeFalse();
        Resources.Of(Raw(100, null)).CanTake(Resources.Of(Raw(40, null))).ShouldBeTrue();
    }

    [Fact]
    public void A_reservation_with_other_labels_is_another()
    {
        Resource Labelled(string value) => Resource.Of("cpus", 1) with { Reservations = [ForWeb with { Labels = [new("team", value)] }] };
        var story = GivenAnOffer().When(Accepts(Op(OperationType.Reserve, Labelled("a")), Op(OperationType.Reserve, Labelled("b"))));
        story.State.Agents[A1].Kept.Entries.ShouldBe([Labelled("a"), Labelled("b")], ignoreOrder: true);
        story.When(new Operate(A1, Op(OperationType.Unreserve, Labelled("a") with { Scalar = Scalar.From(2) }), null, Noon)).ThenRefused(RefusalCode.Conflict);
        story.When(new Operate(A1, Op(OperationType.Unreserve, Labelled("a")), null, Noon));
        story.State.Agents[A1].Kept.ShouldBe(Resources.Of(Labelled("b")));
        story.FoldsToTheSame().ShouldBeTrue();
    }

    [Fact]
    public void Destroying_a_shared_volume_withdraws_the_offers_that_have_it()
    {
        var story = Story.Given(Subscribes(Marathon, Able), new AgentJoined(Disky, 1, Noon),
            new Operate(A1, Op(OperationType.Reserve, Reserved("disk", 100)), "alice", Noon), new Operate(A1, Op(OperationType.Create, Volume(100, shared: true)), "alice", Noon),
            new Allocate(Noon));
        story.Last.Facts.OfType<OffersMade>().ShouldNotBeEmpty();
        story.When(new Operate(A1, Op(OperationType.Destroy, Volume(100, shared: true)), "alice", Noon));
        story.Last.Facts.Select(fact => fact.GetType()).ShouldBe([typeof(OffersRescinded), typeof(OperationApplied)]);
        story.OwesNoMoreThanItHas().ShouldBeTrue();
    }
}
