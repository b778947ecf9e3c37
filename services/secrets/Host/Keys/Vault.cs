using System.Security.Cryptography;
using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Contracts.Messages;

namespace Bourse.Secrets.Host;

/// <summary>The only place where a value is in clear: between two encryptions, in memory that is cleared at once.</summary>
public sealed class Vault(MasterKeys keys)
{
    /// <summary>The largest value taken.</summary>
    public const int MaxValueBytes = 64 << 10;

    /// <summary>What callers seal new values to.</summary>
    public string PublicKey { get; } = Sealing.PublicKey(keys.Current.KeyPair);

    /// <summary>
    /// Turns a box from a caller into what is stored; null when the secret has this value already, so that a repeat makes no version.
    /// </summary>
    /// <exception cref="CryptographicException">The box does not open; the message holds nothing of the value.</exception>
    /// <exception cref="ArgumentException">The value is too large.</exception>
    public Stored? Store(string secret, Secret? current, string box)
    {
        var value = Open(secret, box);
        try
        {
            if (value.Length > MaxValueBytes)
                throw new ArgumentException($"the value of {secret} is larger than {MaxValueBytes} bytes");
            if (current is not null && current.KeyId == keys.Current.Id && Has(secret, current, value))
                return null;
            var version = (current?.Version ?? 0) + 1;
            return new(version, keys.Current.Id, keys.Current.Encrypt(secret, version, value));
        }
        finally
        {
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
    private byte[] Open(string secret, string box)
    {
        for (var i = 0; ; i++)
        {
            try
            {
                return Sealing.Open(keys.All[i].KeyPair, box, SealingContexts.Put(secret));
            }
            catch (CryptographicException) when (i + 1 < keys.All.Count)
            {
            }
        }
    }

    private bool Has(string secret, Secret current, byte[] value)
    {
        var known = keys.Current.Decrypt(secret, current.Version, current.Ciphertext);
        try
        {
            return CryptographicOperations.FixedTimeEquals(known, value);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(known);
        }
    }
}

/// <summary>An encrypted value, ready for the journal.</summary>
/// <param name="Version">The version it is bound to.</param>
/// <param name="KeyId">The key it was encrypted under.</param>
/// <param name="Ciphertext">Base64.</param>
public sealed record Stored(long Version, string KeyId, string Ciphertext);
