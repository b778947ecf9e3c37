using System.Security.Cryptography;
using System.Text;
using Bourse.Bus;
using Bourse.Contracts.Messages;
using Bourse.Deciding;
using Bourse.Secrets.Host;
using static Bourse.Secrets.Tests.Example;

namespace Bourse.Secrets.Tests;

public sealed class KeepingValues : IDisposable
{
    const string Canary = "canary-7f3a91c2-never-in-clear";

    readonly string file = Path.GetTempFileName();
    readonly Vault vault;

    public KeepingValues() => vault = With(NewKey());

    [Fact]
    public void Gives_the_value_to_the_agent_and_to_nobody_else()
    {
        using var agent = Sealing.NewKeyPair();
        using var other = Sealing.NewKeyPair();
        var sealedTo = vault.Seal(Db, Put(Canary), A1, Sealing.PublicKey(agent));

        Open(agent, sealedTo, SealingContexts.Give(Db, 1, A1)).ShouldBe(Canary);
        Should.Throw<CryptographicException>(() => Open(other, sealedTo, SealingContexts.Give(Db, 1, A1)));
        Should.Throw<CryptographicException>(() => Open(agent, sealedTo, SealingContexts.Give(Db, 2, A1)));
        Should.Throw<CryptographicException>(() => Open(agent, sealedTo, SealingContexts.Give(Db, 1, A2)));
        Should.Throw<CryptographicException>(() => Open(agent, sealedTo, SealingContexts.Give(Api, 1, A1)));
    }

    [Fact]
    public void Stores_it_as_this_version_of_this_secret_only()
    {
        using var agent = Sealing.NewKeyPair();
        var stored = Put(Canary);
        Should.Throw<CryptographicException>(() => vault.Seal(Api, stored, A1, Sealing.PublicKey(agent)));
        Should.Throw<CryptographicException>(() => vault.Seal(Db, stored with { Version = 2 }, A1, Sealing.PublicKey(agent)));
    }

    [Fact]
    public void Stores_the_same_value_differently_each_time() => Put(Canary).Ciphertext.ShouldNotBe(Put(Canary).Ciphertext);

    [Fact]
    public void Recognises_the_value_it_has()
    {
        vault.Holds(Db, Put(Canary), Box(Canary)).ShouldBeTrue();
        vault.Holds(Db, Put(Canary), Box(Canary + "!")).ShouldBeFalse();
        vault.Holds(Db, Put(Canary), null).ShouldBeFalse();
    }

    [Fact]
    public void Takes_no_box_that_is_for_another_secret() => Refused(vault.Store(Api, 1, Box(Canary)), "another secret");

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("no base64!")]
    [InlineData("AQAA")]
    public void Takes_nothing_that_is_no_box(string? box) => Refused(vault.Store(Db, 1, box), "no box");

    [Fact]
    public void Takes_no_value_that_is_too_large() => Refused(vault.Store(Db, 1, Box(Canary + new string('x', Vault.MaxValueBytes))), "65536");

    [Fact]
    public void Derives_the_same_from_the_same_file()
    {
        var key = NewKey();
        var stored = Put(With(key), Canary);
        using var agent = Sealing.NewKeyPair();
        With(key).PublicKey.ShouldBe(With(key).PublicKey);
        Open(agent, With(key).Seal(Db, stored, A1, Sealing.PublicKey(agent)), SealingContexts.Give(Db, 1, A1)).ShouldBe(Canary);
    }

    [Fact]
    public void Reads_what_an_earlier_key_encrypted_and_what_was_sealed_to_it()
    {
        var (old, current) = (NewKey(), NewKey());
        var (before, after) = (With(old), With(current, old));
        var stored = Put(before, Canary);
        using var agent = Sealing.NewKeyPair();
        Open(agent, after.Seal(Db, stored, A1, Sealing.PublicKey(agent)), SealingContexts.Give(Db, 1, A1)).ShouldBe(Canary);

        // The same value again moves it under the new key.
        after.Holds(Db, stored, Box(before, Canary)).ShouldBeFalse();
        after.Store(Db, 2, Box(before, Canary)).Stored.ShouldNotBeNull().KeyId.ShouldNotBe(stored.KeyId);
        Should.Throw<CryptographicException>(() => With(current).Seal(Db, stored, A1, Sealing.PublicKey(agent))).Message.ShouldContain(stored.KeyId);
    }

    [Theory]
    [InlineData("")]
    [InlineData("bm90IDMyIGJ5dGVz")]
    [InlineData("hush, this is no base64")]
    public void Stops_at_a_file_that_is_none_without_showing_it(string content)
    {
        File.WriteAllText(file, content);
        var refused = Should.Throw<InvalidOperationException>(() => MasterKeys.Load(file));
        refused.Message.ShouldContain(file);
        refused.Message.ShouldNotContain("hush");
    }

    [Fact]
    public void Never_makes_a_key_of_its_own() =>
        Should.Throw<InvalidOperationException>(() => MasterKeys.Load(file + ".missing")).Message.ShouldContain(".missing");

    [Fact]
    public void Knows_a_key_that_can_be_sealed_to()
    {
        using var agent = Sealing.NewKeyPair();
        Vault.IsSealingKey(Sealing.PublicKey(agent)).ShouldBeTrue();
        Vault.IsSealingKey("").ShouldBeFalse();
        var off = agent.ExportSubjectPublicKeyInfo();
        off[^1] ^= 1;
        Vault.IsSealingKey(Convert.ToBase64String(off)).ShouldBeFalse("the point is not on the curve");
    }

    public void Dispose() => File.Delete(file);

    static string NewKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    Vault With(params string[] keys)
    {
        File.WriteAllLines(file, keys);
        return new(MasterKeys.Load(file));
    }

    string Box(string value) => Box(vault, value);

    static string Box(Vault to, string value) => Sealing.Seal(to.PublicKey, Encoding.UTF8.GetBytes(value), SealingContexts.Put(Db));

    Secret Put(string value) => Put(vault, value);

    static Secret Put(Vault into, string value)
    {
        var stored = into.Store(Db, 1, Box(into, value)).Stored.ShouldNotBeNull();
        return new(1, stored.KeyId, stored.Ciphertext, Alice, [], Noon);
    }

    static void Refused((Stored? Stored, Refusal? Refusal) answer, string why)
    {
        answer.Stored.ShouldBeNull(why);
        answer.Refusal.ShouldNotBeNull().Code.ShouldBe(RefusalCode.Malformed);
        answer.Refusal.Message.ShouldStartWith("box:");
        answer.Refusal.Message.ShouldNotContain(Canary);
    }

    static string Open(ECDiffieHellman key, SealedSecret box, string context) => Encoding.UTF8.GetString(Sealing.Open(key, box.Box, context));
}
