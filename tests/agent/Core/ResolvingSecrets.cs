using Bourse.Contracts;
using Bourse.Contracts.Messages;
using static Bourse.Agent.Tests.Example;

namespace Bourse.Agent.Tests.Core;

public sealed class ResolvingSecrets
{
    private static readonly SealedSecret Box = new("db", 1, "sealed");

    private static (Story Story, string Request) Asked()
    {
        var story = Story.Admitted().Do(Launch(1, T1, "db"));
        return (story, story.Only<AskSecrets>().Question.Request);
    }

    [Fact]
    public void Comes_before_the_process()
    {
        var (story, request) = Asked();
        story.Effects.OfType<StartProcess>().ShouldBeEmpty();
        story.Answered(new(A1, request, [Box])).Only<StartProcess>().Secrets.ShouldBe([Box]);
    }

    [Fact]
    public void Refused_fails_the_task_naming_secret_and_principal()
    {
        var (story, request) = Asked();
        var update = story.Answered(new(A1, request, [], Denied: "secret 'db' is not granted")).OnlyReport;
        (update.State, update.Reason).ShouldBe((TaskState.Failed, "REASON_CONTAINER_LAUNCH_FAILED"));
        update.Message.ShouldBe("Principal 'web' was refused a secret of the task: secret 'db' is not granted");
    }

    [Fact]
    public void Fails_the_task_when_a_value_is_missing()
    {
        var (story, request) = Asked();
        story.Answered(new(A1, request, [])).OnlyReport.Message.ShouldBe("The secrets service gave no value for secret 'db'");
    }

    [Fact]
    public void Is_repeated_with_growing_waits_when_it_is_too_early()
    {
        var (story, request) = Asked();
        story.Answered(new(A1, request, [], TryLater: true)).Effects.ShouldBeEmpty();
        story.After(0.1);
        request = story.Only<AskSecrets>().Question.Request;
        story.Answered(new(A1, request, [], TryLater: true)).After(0.1).Effects.OfType<AskSecrets>().ShouldBeEmpty();
        story.After(0.1).Only<AskSecrets>();
    }

    [Fact]
    public void Is_repeated_when_no_answer_comes() => Asked().Story.After(5).Only<AskSecrets>();

    [Fact]
    public void Starts_one_process_for_answers_to_both_questions()
    {
        var (story, first) = Asked();
        var second = story.After(5).Only<AskSecrets>().Question.Request;
        story.Answered(new(A1, first, [Box])).Effects.OfType<StartProcess>().ShouldBeEmpty();
        story.Answered(new(A1, second, [Box])).Only<StartProcess>();
        story.Answered(new(A1, second, [Box])).Effects.ShouldBeEmpty();
    }

    [Fact]
    public void Begins_again_after_a_crash() => Asked().Story.Crash().Only<AskSecrets>();

    [Fact]
    public void Begins_again_when_the_crash_came_before_the_start()
    {
        var (story, request) = Asked();
        story.Answered(new(A1, request, [Box])).Crash().When((now, seed) => new SeeNeverStarted(1, now, seed)).Only<AskSecrets>();
    }

    [Fact]
    public void Never_puts_a_sealed_value_into_the_checkpoint()
    {
        var (story, request) = Asked();
        story.Answered(new(A1, request, [Box])).Started();
        System.Text.Json.JsonSerializer.Serialize(story.Task(), Json.Options).ShouldNotContain("sealed");
    }
}
