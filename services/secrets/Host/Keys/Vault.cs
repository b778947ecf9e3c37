using System.Security.Cryptography;
using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Contracts.Messages;
using Bourse.Deciding;

namespace Bourse.Secrets.Host;

/// <summary>The only place where a value is in clear: between two encryptions, in memory that is cleared at once.</summary>
public sealed class Vault(MasterKeys keys)
{
    /// <summary>The largest value taken.</summary>
    public const int MaxValueBytes = 64 << 10;

    /// <summary>What callers seal new values to.</summary>
    public string PublicKey { get; } = Sealing.PublicKey(keys.Current.KeyPair);

    /// <summary>Turns a box from a caller into what is stored, or says what is wrong with the box and nothing of what is in it.</summary>
    public (Stored? Stored, Refusal? Refusal) Store(string secret, long version, string? box)
    {
        if (Open(secret, box) is not { } value)
            return (null, new(RefusalCode.Malformed, $"box: not sealed to this service's key for secret {secret}"));
        try
        {
            return value.Length > MaxValueBytes
                ? (null, new(RefusalCode.Malformed, $"box: the value of {secret} is larger than {MaxValueBytes} bytes"))
                : (new(keys.Current.Id, keys.Current.Encrypt(secret, version, value)), null);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(value);
        }
    }

    /// <summary>Whether a box holds the value that a secret has already, under the key in use.</summary>
    public bool Holds(string secret, Secret current, string? box)
    {
        if (current.KeyId != keys.Current.Id || Open(secret, box) is not { } value)
            return false;
        var known = keys.Current.Decrypt(secret, current.Version, current.Ciphertext);
        try
        {
            return CryptographicOperations.FixedTimeEquals(known, value);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(known);
            CryptographicOperations.ZeroMemory(value);
        }
    }

    /// <summary>Turns what is stored into a box for an agent.</summary>
    /// <exception cref="CryptographicException">The stored value cannot be read, or the agent's key is none.</exception>
    public SealedSecret Seal(string secret, Secret stored, AgentId agent, string sealingKey)
    {
        var value = keys.Get(stored.KeyId).Decrypt(secret, stored.Version, stored.Ciphertext);
        try
        {
            return new(secret, stored.Version, Sealing.Seal(sealingKey, value, SealingContexts.Give(secret, stored.Version, agent)));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(value);
        }
    }

    /// <summary>Whether values can be sealed to a key.</summary>
    public static bool IsSealingKey(string sealingKey)
    {
        try
        {
            Sealing.Seal(sealingKey, [], "probe");
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    // A box may be sealed to a key that was in use when the caller asked for it.
    private byte[]? Open(string secret, string? box)
    {
        foreach (var key in keys.All)
        {
            try
            {
                return Sealing.Open(key.KeyPair, box ?? "", SealingContexts.Put(secret));
            }
            catch (CryptographicException)
            {
                // Not this one's.
            }
        }
        return null;
    }
}

/// <summary>An encrypted value, ready for the journal.</summary>
/// <param name="KeyId">The key it was encrypted under.</param>
/// <param name="Ciphertext">Base64.</param>
public sealed record Stored(string KeyId, string Ciphertext);
