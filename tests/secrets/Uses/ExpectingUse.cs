using Bourse.Contracts;
using static Bourse.Secrets.Tests.Example;

namespace Bourse.Secrets.Tests;

public sealed class ExpectingUse
{
    static readonly ExpectUse Launched = new(F1, T1, A1, Bob, [Db]);
    static readonly SecretUseExpected Expected = new(F1, T1, A1, Bob, [Db]);

    [Fact]
    public void Remembers_a_task_that_names_secrets() => Given().When(Learn(Launched)).ShouldFollow(Expected);

    [Fact]
    public void Ignores_a_task_that_names_none() => Given().When(Learn(Launched with { Secrets = [] })).NothingFollows();

    [Fact]
    public void Hears_the_same_launch_once() => Given(Expected).When(Learn(Launched)).NothingFollows();

    [Fact]
    public void Follows_an_id_that_is_used_again() =>
        Given(Expected).When(Learn(Launched with { AgentId = A2 })).ShouldFollow(Expected with { AgentId = A2 });

    [Fact]
    public void Ends_with_the_task() => Given(Expected).When(Learn(new EndUse(F1, T1))).ShouldFollow(new SecretUseEnded(F1, T1));

    [Fact]
    public void Ends_once() => Given(Expected, new SecretUseEnded(F1, T1)).When(Learn(new EndUse(F1, T1))).NothingFollows();

    [Fact]
    public void Is_nothing_for_a_task_without_secrets() => Given().When(Learn(new EndUse(F1, T2))).NothingFollows();

    [Fact]
    public void Catches_up_with_a_list_of_living_tasks() =>
        Given(Expected, Expected with { TaskId = T2 })
            .When(new ExpectOnly([Launched with { TaskId = T2 }, Launched with { TaskId = new("t-3") }, Launched with { TaskId = new("t-4"), Secrets = [] }]))
            .ShouldFollow(new SecretUseEnded(F1, T1), Expected with { TaskId = new("t-3") });

    [Fact]
    public void Counts_what_came_before_in_the_same_commit()
    {
        Given().When(Learn(Launched, new EndUse(F1, T1))).ShouldFollow(Expected, new SecretUseEnded(F1, T1));
        Given(Expected).When(Learn(new EndUse(F1, T1), Launched)).ShouldFollow(new SecretUseEnded(F1, T1), Expected);
        Given().When(Learn(Launched, Launched, new EndUse(F1, T1), new EndUse(F1, T1))).ShouldFollow(Expected, new SecretUseEnded(F1, T1));
    }

    [Fact]
    public void Learns_the_key_of_an_agent_and_its_next_one()
    {
        Given().When(Learn(new LearnKey(A1, "k1"))).ShouldFollow(new SealingKeyLearned(A1, "k1"));
        Given(new SealingKeyLearned(A1, "k1")).When(Learn(new LearnKey(A1, "k1"))).NothingFollows();
        Given(new SealingKeyLearned(A1, "k1")).When(Learn(new LearnKey(A1, "k2"))).ShouldFollow(new SealingKeyLearned(A1, "k2"));
    }

    static Learn Learn(params Learnt[] what) => new(what.ToValueList());
}
