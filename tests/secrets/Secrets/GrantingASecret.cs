using Bourse.Contracts;
using Bourse.Deciding;
using static Bourse.Secrets.Tests.Example;

namespace Bourse.Secrets.Tests;

public sealed class GrantingASecret
{
    static readonly SecretGranted Granted = new(Db, Bob, Noon);

    [Theory]
    [InlineData(Alice)]
    [InlineData("operator")]
    public void Is_for_the_owner_and_operators(string principal) =>
        Given(AnyPut()).When(new Grant(Db, Bob, By(principal), Noon)).ShouldFollow(Granted);

    [Fact]
    public void Twice_is_once() =>
        Given(AnyPut(), Granted).When(new Grant(Db, Bob, By(Alice), Noon)).NothingFollows();

    [Fact]
    public void To_its_owner_is_nothing() =>
        Given(AnyPut()).When(new Grant(Db, Alice, By(Alice), Noon)).NothingFollows();

    [Fact]
    public void Is_refused_to_a_grantee() =>
        Given(AnyPut(), Granted).When(new Grant(Db, Carol, By(Bob), Noon)).ShouldBeRefused(RefusalCode.NotAllowed, Db);

    [Fact]
    public void Answers_a_stranger_as_if_the_secret_did_not_exist()
    {
        Given(AnyPut()).When(new Grant(Db, Carol, By(Carol), Noon)).ShouldBeRefused(RefusalCode.UnknownSecret, Db);
        Given(AnyPut()).When(new Revoke(Db, Bob, By(Carol), Noon)).ShouldBeRefused(RefusalCode.UnknownSecret, Db);
        Given().When(new Grant(Db, Carol, By(Carol), Noon)).ShouldBeRefused(RefusalCode.UnknownSecret, Db);
    }

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("a:b")]
    [InlineData(null)]
    public void Names_a_principal_that_is_none(string? grantee) =>
        Given(AnyPut()).When(new Grant(Db, grantee!, By(Alice), Noon)).ShouldBeRefused(RefusalCode.Malformed, "principal:");

    [Fact]
    public void Is_taken_back_by_the_owner() =>
        Given(AnyPut(), Granted).When(new Revoke(Db, Bob, By(Alice), Noon)).ShouldFollow(new SecretRevoked(Db, Bob, Noon));

    [Fact]
    public void Is_taken_back_once() =>
        Given(AnyPut(), Granted, new SecretRevoked(Db, Bob, Noon)).When(new Revoke(Db, Bob, By(Alice), Noon)).NothingFollows();

    [Fact]
    public void Is_not_what_the_owner_rests_on() =>
        Given(AnyPut()).When(new Revoke(Db, Alice, By("operator"), Noon)).ShouldBeRefused(RefusalCode.NotAllowed, "owns");
}
