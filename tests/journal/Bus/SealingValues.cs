using System.Security.Cryptography;
using Bourse.Bus;

namespace Bourse.Journal.Tests.Bus;

public sealed class SealingValues
{
    [Fact]
    public void Opens_only_with_the_key_and_context_it_was_sealed_for()
    {
        using var mine = Sealing.NewKeyPair();
        using var other = Sealing.NewKeyPair();
        var box = Sealing.Seal(Sealing.PublicKey(mine), "hunter2"u8, "task-1");

        Sealing.Open(mine, box, "task-1").ShouldBe("hunter2"u8.ToArray());
        Should.Throw<CryptographicException>(() => Sealing.Open(mine, box, "task-2"));
        Should.Throw<CryptographicException>(() => Sealing.Open(other, box, "task-1"));
    }

    [Fact]
    public void Refuses_a_box_with_any_byte_changed()
    {
        using var key = Sealing.NewKeyPair();
        var box = Convert.FromBase64String(Sealing.Seal(Sealing.PublicKey(key), "secret"u8, "c"));
        for (var i = 0; i < box.Length; i++)
        {
            var altered = (byte[])box.Clone();
            altered[i] ^= 0x40;
            Should.Throw<CryptographicException>(() => Sealing.Open(key, Convert.ToBase64String(altered), "c"), $"byte {i}");
        }
        Should.Throw<CryptographicException>(() => Sealing.Open(key, "no box", "c"));
        Should.Throw<CryptographicException>(() => Sealing.Open(key, "", "c"));
    }
}
