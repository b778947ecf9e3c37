using Bourse.Contracts;
using Bourse.Deciding;
using static Bourse.Secrets.Tests.Example;

namespace Bourse.Secrets.Tests;

public sealed class ResolvingForATask
{
    static readonly SealingKeyLearned Key = new(A1, "key of agent-1");
    static readonly SecretUseExpected Bobs = new(F1, T1, A1, Bob, [Db]);
    static readonly SecretGranted Granted = new(Db, Bob, Noon);
    static readonly SecretResolved Resolved = new(Db, 1, F1, T1, A1, Bob, Noon);

    static Resolve Asked(AgentId? by = null, params string[] secrets) =>
        new(by ?? A1, F1, T1, secrets is [] ? [Db] : secrets.ToValueList(), Noon);

    static SecretDenied DeniedBecause(string reason, string secret = Db, AgentId? by = null) =>
        new(secret, F1, T1, by ?? A1, Bob, $"secret {secret}: {reason}", Noon);

    [Fact]
    public void Gives_what_the_principal_was_granted() =>
        Given(AnyPut(), Granted, Key, Bobs).When(Asked()).ShouldFollow(Resolved);

    [Fact]
    public void Gives_the_owner_what_it_owns() =>
        Given(AnyPut(), Key, Bobs with { Principal = Alice }).When(Asked()).ShouldFollow(Resolved with { Principal = Alice });

    [Fact]
    public void Denies_without_a_grant() =>
        Given(AnyPut(), Key, Bobs).When(Asked()).ShouldFollow(DeniedBecause("principal bob has no grant"));

    [Fact]
    public void Denies_after_the_grant_was_taken_back() =>
        Given(AnyPut(), Granted, Key, Bobs, new SecretRevoked(Db, Bob, Noon)).When(Asked())
            .ShouldFollow(DeniedBecause("principal bob has no grant"));

    [Fact]
    public void Denies_after_the_grant_was_taken_back_even_what_was_given_before() =>
        Given(AnyPut(), Granted, Key, Bobs, Resolved, new SecretRevoked(Db, Bob, Noon)).When(Asked())
            .ShouldFollow(DeniedBecause("principal bob has no grant"));

    [Fact]
    public void Denies_another_agent() =>
        Given(AnyPut(), Granted, Key, Bobs).When(Asked(A2)).ShouldFollow(DeniedBecause("the task is not on agent-2", by: A2));

    [Fact]
    public void Denies_what_the_description_does_not_name() =>
        Given(AnyPut(), AnyPut(Api), Granted, new SecretGranted(Api, Bob, Noon), Key, Bobs).When(Asked(secrets: [Db, Api]))
            .ShouldFollow(DeniedBecause("the task's description does not name it", Api));

    [Fact]
    public void Denies_what_does_not_exist() =>
        Given(Key, Bobs).When(Asked()).ShouldFollow(DeniedBecause("it does not exist"));

    [Fact]
    public void Gives_all_or_nothing() =>
        Given(AnyPut(), AnyPut(Api), Granted, Key, Bobs with { Secrets = [Api, Db] }).When(Asked(secrets: [Db, Api]))
            .ShouldFollow(DeniedBecause("principal bob has no grant", Api));

    [Fact]
    public void Asks_to_come_back_while_the_launch_is_not_heard_of() =>
        Given(AnyPut(), Granted, Key).When(Asked()).ShouldBeRefused(RefusalCode.UnknownTask, "t-1");

    [Fact]
    public void Asks_to_come_back_while_the_key_is_not_heard_of() =>
        Given(AnyPut(), Granted, Bobs).When(Asked()).ShouldBeRefused(RefusalCode.UnknownAgent, "agent-1");

    [Fact]
    public void Gives_nothing_once_the_task_has_ended() =>
        Given(AnyPut(), Granted, Key, Bobs, new SecretUseEnded(F1, T1)).When(Asked()).ShouldBeRefused(RefusalCode.UnknownTask, "t-1");

    [Fact]
    public void Adds_nothing_when_the_answer_was_lost() =>
        Given(AnyPut(), Granted, Key, Bobs, Resolved).When(Asked()).NothingFollows();

    [Fact]
    public void Gives_the_new_version_after_a_new_value() =>
        Given(AnyPut(), Granted, Key, Bobs, Resolved, AnyPut(version: 2)).When(Asked()).ShouldFollow(Resolved with { Version = 2 });

    [Fact]
    public void Names_a_secret_asked_for_twice_once() =>
        Given(AnyPut(), Granted, Key, Bobs).When(Asked(secrets: [Db, Db])).ShouldFollow(Resolved);

    [Fact]
    public void Repeats_a_denial_without_recording_it_again() =>
        Given(AnyPut(), Key, Bobs, DeniedBecause("principal bob has no grant")).When(Asked())
            .ShouldBeRefused(RefusalCode.NotAllowed, "no grant");

    [Fact]
    public void Gives_after_a_denial_once_there_is_a_grant() =>
        Given(AnyPut(), Key, Bobs, DeniedBecause("principal bob has no grant"), Granted).When(Asked()).ShouldFollow(Resolved);

    [Fact]
    public void Does_not_fill_the_journal_with_the_denials_of_a_broken_agent()
    {
        var denials = Enumerable.Range(0, Resolving.MaxRecordedDenials - 1)
            .Select(n => (IFact)DeniedBecause("the task's description does not name it", $"s{n}"));
        var story = Given([Key, Bobs, .. denials]);
        story.When(Asked(secrets: ["x", "y", "z"])).Decision.Facts.Count.ShouldBe(1, "one more fits");
        Given([Key, Bobs, .. denials, DeniedBecause("the task's description does not name it", "s31")])
            .When(Asked(secrets: ["x"])).ShouldBeRefused(RefusalCode.NotAllowed, "secret x");
    }

    [Fact]
    public void Records_no_name_that_is_none() =>
        Given(Key, Bobs).When(Asked(secrets: [new('x', 1_000_000)])).ShouldBeRefused(RefusalCode.Malformed, "secret:");
}
