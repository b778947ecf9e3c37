using Bourse.Contracts;
using Bourse.Deciding;
using static Bourse.Secrets.Tests.Example;

namespace Bourse.Secrets.Tests;

public sealed class PuttingASecret
{
    static Put PutBy(string principal, long version = 1, string secret = Db) =>
        new(secret, version, "key-1", $"ciphertext of {secret} {version}", By(principal), Noon);

    [Fact]
    public void Makes_whoever_puts_it_first_its_owner() =>
        Given().When(PutBy(Alice)).ShouldFollow(AnyPut());

    [Fact]
    public void Counts_the_versions() =>
        Given(AnyPut()).When(PutBy(Alice, 2)).ShouldFollow(AnyPut(version: 2));

    [Fact]
    public void Is_refused_to_anybody_but_the_owner() =>
        Given(AnyPut()).When(PutBy(Bob, 2)).ShouldBeRefused(RefusalCode.NotAllowed, Db);

    [Fact]
    public void Is_refused_to_a_grantee() =>
        Given(AnyPut(), new SecretGranted(Db, Bob, Noon)).When(PutBy(Bob, 2)).ShouldBeRefused(RefusalCode.NotAllowed, Db);

    [Fact]
    public void By_an_operator_leaves_the_owner_as_it_is() =>
        Given(AnyPut()).When(PutBy("operator", 2)).ShouldFollow(AnyPut(version: 2));

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void Is_refused_when_the_ciphertext_is_bound_to_another_version(long version) =>
        Given(AnyPut()).When(PutBy(Alice, version)).ShouldBeRefused(RefusalCode.Malformed, "again");

    [Theory]
    [InlineData("")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData("a//b")]
    [InlineData("a/../b")]
    [InlineData(".")]
    [InlineData("a b")]
    [InlineData("a|1")]
    [InlineData("ä")]
    [InlineData(null)]
    public void Names_a_name_that_is_none(string? secret) =>
        Given().When(PutBy(Alice, secret: secret!)).ShouldBeRefused(RefusalCode.Malformed, "secret:");

    [Fact]
    public void Keeps_its_grants() =>
        Given(AnyPut(), new SecretGranted(Db, Bob, Noon), AnyPut(version: 2))
            .When(new Grant(Db, Bob, By(Alice), Noon)).NothingFollows();
}
