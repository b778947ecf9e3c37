using Bourse.Contracts;
using Bourse.Contracts.Messages;
using static Bourse.Agent.Tests.Example;

namespace Bourse.Agent.Tests.Core;

public sealed class KeepingResources
{
    private static readonly Resources Kept = Resources.Of(
        Resource.Of("disk", 10) with { Reservations = [new("web", true)], Disk = new Disk("v1", ContainerPath: "data") });

    [Fact]
    public void They_are_kept_over_a_crash_and_their_directories_made_sure_of()
    {
        var story = Story.Admitted().Do(new KeepResources(1, Kept));
        story.Effects.ShouldBe([new ChangeVolumes(Resources.None, Kept)]);
        story.Crash().Effects.ShouldContain(new ChangeVolumes(Kept, Kept));
        story.State.Kept.ShouldBe(Kept);
        story.State.LastCommand.ShouldBe(1);
    }

    [Fact]
    public void A_command_done_is_not_done_again() =>
        Story.Admitted().Do(new KeepResources(1, Kept)).Do(new KeepResources(1, Kept)).Effects.ShouldBeEmpty();

    [Fact]
    public void An_agent_that_is_not_admitted_leaves_its_tasks_alone() =>
        Story.Admitted().Do(Launch(1)).Started().When((now, seed) => new Stop("no", EndTasks: false, now, seed)).Effects.ShouldBe([new Leave("no")]);

    [Fact]
    public void An_agent_that_is_gone_ends_its_tasks_and_then_itself()
    {
        var story = Story.Admitted().Do(Launch(1)).Started().When((now, seed) => new Stop("gone", EndTasks: true, now, seed));
        story.Effects.OfType<SignalRun>().Single().Kill.ShouldBeFalse();
        story.After(0.1).Effects.OfType<Leave>().ShouldBeEmpty();
        story.Exited(ExitStatus.OfCode(0)).After(0.1).Effects.OfType<Leave>().Single().Reason.ShouldBe("gone");
    }
}
