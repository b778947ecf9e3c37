using Bourse.Contracts;
using static Bourse.Allocator.Tests.Example;

namespace Bourse.Allocator.Tests;

public sealed class LearningFromTheRegistry
{
    private static LearnFromRegistry Says(params AllocatorCommand[] about) => new(about.ToValueList(), Noon);

    [Fact]
    public void Takes_a_commit_about_several_agents() =>
        Story.Given().When(Says(new AgentJoined(Machine(A1), 1, Noon), new AgentJoined(Machine(A2), 1, Noon)))
            .State.Agents.Keys.ShouldBe([A1, A2]);

    [Fact]
    public void Ends_with_what_came_last()
    {
        var story = Story.GivenATask().When(Says(new AgentSilent(A1, 1, Noon), new AgentJoined(Machine(A1), 2, Noon), new AgentSilent(A1, 2, Noon)));
        story.State.Agents[A1].Silent.ShouldBeTrue();
        story.State.Agents[A1].Incarnation.ShouldBe(2);
        story.State.Frameworks[Marathon].Tasks[T1].State.ShouldBe(TaskState.Unreachable);
        story.FoldsToTheSame().ShouldBeTrue();
    }

    [Fact]
    public void Changes_nothing_when_heard_again() =>
        Story.GivenATask().When(Says(new AgentJoined(Machine(A1), 2, Noon))).When(Says(new AgentJoined(Machine(A1), 2, Noon))).ThenNothing();
}
