using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Journal;
using Bourse.Secrets.Host;
using static Bourse.Secrets.Tests.Example;

namespace Bourse.Secrets.Tests;

public sealed class LearningFromTheOthers
{
    static readonly TaskSpec Plain = new(T2, "t", Resources.None, new(true, "true"), [], TimeSpan.Zero);
    static readonly TaskSpec Using = Plain with { Id = T1, SecretFiles = [new("db", Db)], Command = new(true, "true", Environment: [new("DB", null, Db), new("KEY", null, Api)]) };
    static readonly ExpectUse Expected = new(F1, T1, A1, Bob, [Db, Api]);

    [Fact]
    public void Expects_each_secret_of_a_launched_task_once() =>
        From(Launched(Using)).ShouldBeOfType<Learn>().What.ShouldBe([Expected]);

    [Fact]
    public void Takes_no_notice_of_tasks_without_secrets() => From(Launched(Plain)).ShouldBeNull();

    [Theory]
    [InlineData(TaskState.Finished, true)]
    [InlineData(TaskState.Failed, true)]
    [InlineData(TaskState.Killed, true)]
    [InlineData(TaskState.Dropped, true)]
    [InlineData(TaskState.Running, false)]
    [InlineData(TaskState.Unreachable, false)]
    public void Ends_with_a_terminal_state_only(TaskState state, bool ends)
    {
        var command = From(new TaskStatusChanged(F1, T1, A1, new(state, Noon, "SOURCE_AGENT")));
        (command is Learn).ShouldBe(ends);
    }

    [Fact]
    public void Is_not_told_by_a_refused_task_that_one_of_the_same_id_has_ended() =>
        From(new TaskRefused(F1, T1, A1, new(TaskState.Error, Noon, "SOURCE_MASTER", "REASON_TASK_INVALID"))).ShouldBeNull();

    [Fact]
    public void Keeps_the_order_of_a_commit() =>
        From(Launched(Using), new TaskStatusChanged(F1, T1, A1, new(TaskState.Failed, Noon, "SOURCE_AGENT")))
            .ShouldBeOfType<Learn>().What.ShouldBe([Expected, new EndUse(F1, T1)]);

    [Fact]
    public void Takes_a_picture_as_all_there_is() =>
        Learning.FromAllocator([new(0, "task.launched", Launched(Using), new("allocator", "c"), Noon, 0)])
            .ShouldBeOfType<ExpectOnly>().Living.ShouldBe([Expected]);

    [Fact]
    public void Expects_the_secrets_of_an_executor_by_agent_and_run()
    {
        var spec = new ExecutorSpec(new("e"), ExecutorKind.Custom, "", Resources.None, new(true, "true", Environment: [new("DB", null, Db), new("PLAIN", "1")]));
        var launched = new ExecutorLaunched(F1, spec, A1, "*", new("fw", "", ["*"], [], TimeSpan.Zero, Bob), 7, Noon);
        var user = new TaskId($"executor/{A1}/7/e");
        From(launched, new ExecutorEnded(F1, new("e"), A1, 6, 0, "an earlier one", 8, Noon), new ExecutorEnded(F1, new("e"), A1, 7, 0, "over", 9, Noon))
            .ShouldBeOfType<Learn>().What.ShouldBe(
                [new ExpectUse(F1, user, A1, Bob, [Db]), new EndUse(F1, new($"executor/{A1}/6/e")), new EndUse(F1, user)]);
        From(launched with { Spec = spec with { Command = new(true, "true") } }).ShouldBeNull();
    }

    [Fact]
    public void Learns_a_key_only_if_something_can_be_sealed_to_it()
    {
        using var key = Sealing.NewKeyPair();
        var good = new AgentDescription(A1, "a1", "127.0.0.1", 5051, Resources.None, [], null, "0.1.0", Sealing.PublicKey(key));
        Learning.FromRegistry([Recorded(new AgentReregistered(good, 2, "boot-2", Noon))])
            .ShouldBeOfType<Learn>().What.ShouldBe([new LearnKey(A1, good.SealingKey)]);
        Learning.FromRegistry([Recorded(new AgentRegistered(good with { SealingKey = "AAAA" }, 1, "boot-1", Noon))]).ShouldBeNull();
        Learning.FromRegistry([Recorded(new AgentUnreachable(A1, 1, Noon, Noon))]).ShouldBeNull();
    }

    static TaskLaunched Launched(TaskSpec spec) => new(F1, spec, A1, "*", new("o-1"), Bob, 1, Noon);

    static SecretsCommand? From(params IFact[] facts) => Learning.FromAllocator(facts.Select(Recorded).ToArray());

    static Recorded Recorded(IFact fact) => new(7, "", fact, new("allocator", "c"), Noon, 1);
}
