using Bourse.Contracts;
using Bourse.Deciding;
using static Bourse.Registry.Tests.Example;

namespace Bourse.Registry.Tests;

public sealed class PlanningMaintenance
{
    private static readonly AgentRegistered Registered = new(Describe(A1), 1, "boot-1", Noon);
    private static readonly MachineId M1 = new("agent-1.example", null), M2 = new(null, "10.0.0.2");
    private static readonly MaintenanceWindow Window = new([M1, M2], Noon.AddHours(1), TimeSpan.FromHours(2));
    private static readonly MaintenanceScheduled Scheduled = new([Window], Noon);

    [Fact]
    public void A_schedule_replaces_the_one_before()
    {
        Given().When(new Schedule([Window], Noon)).ShouldFollow(Scheduled);
        Given(Scheduled).When(new Schedule([Window], Noon)).NothingFollows();
        Given(Scheduled).When(new Schedule([], Noon)).ShouldFollow(new MaintenanceScheduled([], Noon));
    }

    [Fact]
    public void A_machine_is_named_once_and_by_something()
    {
        Given().When(new Schedule([Window, Window], Noon)).ShouldBeRefused(RefusalCode.Malformed, "more than once");
        Given().When(new Schedule([Window with { Machines = [new(null, "")] }], Noon)).ShouldBeRefused(RefusalCode.Malformed, "'hostname' or an 'ip'");
        Given().When(new Schedule([Window with { Machines = [new(null, "nowhere")] }], Noon)).ShouldBeRefused(RefusalCode.Malformed, "IP address");
        Given().When(new Schedule([Window with { Duration = TimeSpan.FromSeconds(-1) }], Noon)).ShouldBeRefused(RefusalCode.Malformed, "negative");
    }

    [Fact]
    public void A_scheduled_machine_goes_down_with_its_agents_and_they_may_not_register()
    {
        Given(Registered, Scheduled).When(new TakeDown([M1], Noon)).ShouldFollow(new MaintenanceStarted([M1], Noon), new AgentTakenDown(A1, 1, Noon));
        Given(Registered, Scheduled).When(new TakeDown([new("other", null)], Noon)).ShouldBeRefused(RefusalCode.Malformed, "not part of a maintenance schedule");
        var down = Given(Registered, Scheduled, new MaintenanceStarted([M1], Noon), new AgentTakenDown(A1, 1, Noon));
        down.When(new TakeDown([M1], Noon)).ShouldBeRefused(RefusalCode.Malformed, "not in DRAINING");
        down.When(new Register(Describe(A1), "boot-2", Noon)).ShouldBeRefused(RefusalCode.NotAllowed, "down for maintenance");
        down.When(new Beat(A1, 1, Noon)).ShouldBeRefused(RefusalCode.NotAllowed, "down for maintenance");
        down.When(new Schedule([], Noon)).ShouldBeRefused(RefusalCode.Malformed, "cannot be removed from the schedule");
    }

    [Fact]
    public void A_machine_that_is_up_again_leaves_the_schedule_and_its_agents_register()
    {
        Given(Scheduled).When(new BringUp([M1], Noon)).ShouldBeRefused(RefusalCode.Malformed, "not in DOWN mode");
        var up = Given(Registered, Scheduled, new MaintenanceStarted([M1], Noon), new AgentTakenDown(A1, 1, Noon), new MaintenanceStopped([M1], Noon));
        up.When(new Register(Describe(A1), "boot-1", Noon)).ShouldFollow(new AgentReregistered(Describe(A1), 2, "boot-1", Noon));
        up.When(new TakeDown([M1], Noon)).ShouldBeRefused(RefusalCode.Malformed, "not part of a maintenance schedule");
        up.When(new TakeDown([M2], Noon)).ShouldFollow(new MaintenanceStarted([M2], Noon));
    }

    [Fact]
    public void An_agent_in_the_schedule_is_not_drained_by_hand() =>
        Given(Registered, Scheduled).When(new StartDrain(A1, null, false, Noon)).ShouldBeRefused(RefusalCode.Malformed, "maintenance schedule");
}
