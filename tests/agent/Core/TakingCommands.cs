using static Bourse.Agent.Tests.Example;

namespace Bourse.Agent.Tests.Core;

public sealed class TakingCommands
{
    [Fact]
    public void Answers_a_hole_with_a_hello()
    {
        var story = Story.Admitted().Do(Launch(2));
        story.Only<SayHello>().Hello.LastCommand.ShouldBe(0);
        story.State.Tasks.ShouldBeEmpty();
    }

    [Fact]
    public void Drops_what_was_done() => Story.Admitted().Do(Launch(1)).Do(Launch(1, new("other"))).State.Tasks.Count.ShouldBe(1);

    [Fact]
    public void Goes_on_from_what_is_confirmed_when_the_checkpoint_was_lost()
    {
        var story = Story.Admitted().Do(Launch(41), confirmed: 40);
        story.State.LastCommand.ShouldBe(41);
        story.Only<StartProcess>().Task.Run.ShouldBe(41);
    }

    [Fact]
    public void Does_not_do_again_what_was_confirmed_before_the_checkpoint_was_lost() =>
        Story.Admitted().Do(Launch(40), confirmed: 40).Effects.ShouldBeEmpty();

    [Fact]
    public void Gives_a_name_used_again_a_sandbox_nobody_collects()
    {
        var story = Story.Admitted(new() { SandboxesKept = 0 }).Do(Launch(1)).Exited(Zero);
        story.Do(Forget(2, story.Told[0].Update.Uuid!)).Do(Forget(3, story.Told[1].Update.Uuid!)).Do(Launch(4));
        story.After(1).Effects.OfType<DeleteSandbox>().ShouldBeEmpty();
    }

    [Fact]
    public void Collects_the_oldest_sandboxes_beyond_the_number_kept()
    {
        var story = Story.Admitted(new() { SandboxesKept = 1 });
        for (var n = 0; n < 3; n++)
        {
            var task = new Contracts.TaskId($"t{n}");
            story.Do(Launch((3 * n) + 1, task)).Exited(Zero, run: (3 * n) + 1);
            story.Do(Forget((3 * n) + 2, story.Told[2 * n].Update.Uuid!, task)).Do(Forget((3 * n) + 3, story.Told[(2 * n) + 1].Update.Uuid!, task));
        }
        story.After(1).Effects.OfType<DeleteSandbox>().Select(effect => effect.Sandbox.TaskId.Value).ShouldBe(["t0", "t1"]);
        story.State.Sandboxes.ShouldHaveSingleItem();
    }

    [Fact]
    public void Collects_sandboxes_that_are_too_old()
    {
        var story = Story.Admitted().Do(Launch(1)).Exited(Zero);
        story.Do(Forget(2, story.Told[0].Update.Uuid!)).Do(Forget(3, story.Told[1].Update.Uuid!));
        story.After(7 * 24 * 3600 - 1).Effects.OfType<DeleteSandbox>().ShouldBeEmpty();
        story.After(1).Only<DeleteSandbox>();
    }
}
