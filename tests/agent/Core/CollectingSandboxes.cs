using Bourse.Contracts;
using static Bourse.Agent.Tests.Example;

namespace Bourse.Agent.Tests.Core;

public sealed class CollectingSandboxes
{
    private static Story Left()
    {
        var story = Story.Admitted().Do(Launch(1)).Started().Exited(Zero);
        foreach (var update in story.Task().Updates.ToList())
            story.Do(Forget(story.State.LastCommand + 1, update.Uuid!));
        story.State.Sandboxes.ShouldHaveSingleItem();
        return story;
    }

    [Fact]
    public void Keeps_them_for_most_of_the_time_on_an_empty_disk()
    {
        var story = Left().When((now, seed) => new SeeDisk(0, now, seed));
        story.After(TimeSpan.FromDays(6.2).TotalSeconds).Effects.OfType<DeleteSandbox>().ShouldBeEmpty();
        story.After(TimeSpan.FromDays(0.2).TotalSeconds).Only<DeleteSandbox>().Sandbox.TaskId.ShouldBe(T1);
    }

    [Fact]
    public void Keeps_them_shorter_the_fuller_the_disk_is()
    {
        var story = Left().When((now, seed) => new SeeDisk(0.5, now, seed));
        story.After(TimeSpan.FromDays(2.7).TotalSeconds).Effects.OfType<DeleteSandbox>().ShouldBeEmpty();
        story.After(TimeSpan.FromDays(0.2).TotalSeconds).Effects.OfType<DeleteSandbox>().ShouldHaveSingleItem();
    }

    [Fact]
    public void Lets_all_go_when_the_disk_is_nearly_full() =>
        Left().When((now, seed) => new SeeDisk(0.95, now, seed)).After(1).Effects.OfType<DeleteSandbox>().ShouldHaveSingleItem();
}
