using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace Bourse.Secrets.Host;

/// <summary>
/// What one master key gives: the data key that values are stored under, the key pair that new values are sealed to, and an id that
/// tells nothing about either. All derived, so that every instance of the service has the same without further files.
/// </summary>
public sealed class MasterKey
{
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    // The order of P-256.
    private static readonly BigInteger Order = new(
        Convert.FromHexString("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551"), isUnsigned: true, isBigEndian: true);

    private readonly byte[] dataKey;

    /// <summary>Derives everything from a master key.</summary>
    public MasterKey(ReadOnlySpan<byte> master)
    {
        dataKey = Derive(master, "data key", 32);
        Id = Convert.ToHexStringLower(Derive(master, "key id", 8));
        KeyPair = DeriveKeyPair(master);
    }

    /// <summary>Names the key in every <c>SecretPut</c>.</summary>
    public string Id { get; }

    /// <summary>What new values are sealed to.</summary>
    public ECDiffieHellman KeyPair { get; }

    /// <summary>Encrypts a value for the journal; it can be read as this version of this secret only.</summary>
    public string Encrypt(string secret, long version, ReadOnlySpan<byte> value)
    {
        var stored = new byte[NonceBytes + value.Length + TagBytes];
        var nonce = stored.AsSpan(0, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(dataKey, TagBytes);
        aes.Encrypt(nonce, value, stored.AsSpan(NonceBytes, value.Length), stored.AsSpan(NonceBytes + value.Length), BoundTo(secret, version));
        return Convert.ToBase64String(stored);
    }

    /// <summary>Decrypts what <see cref="Encrypt"/> made. The caller clears the result.</summary>
    /// <exception cref="CryptographicException">It was altered, or belongs to another secret or version.</exception>
    public byte[] Decrypt(string secret, long version, string ciphertext)
    {
        var stored = Convert.FromBase64String(ciphertext);
        if (stored.Length < NonceBytes + TagBytes)
            throw new CryptographicException($"the ciphertext of {secret} version {version} is too short");
        var value = new byte[stored.Length - NonceBytes - TagBytes];
        using var aes = new AesGcm(dataKey, TagBytes);
        aes.Decrypt(
            stored.AsSpan(0, NonceBytes), stored.AsSpan(NonceBytes, value.Length), stored.AsSpan(NonceBytes + value.Length), value,
            BoundTo(secret, version));
        return value;
    }

    private static byte[] BoundTo(string secret, long version) => Encoding.UTF8.GetBytes($"{secret}|{version}");

    private static byte[] Derive(ReadOnlySpan<byte> master, string purpose, int bytes)
    {
        var derived = new byte[bytes];
        HKDF.DeriveKey(HashAlgorithmName.SHA256, master, derived, [], Encoding.UTF8.GetBytes($"bourse secrets 1\n{purpose}"));
        return derived;
    }

    // 64 bits more than the order has, so that the remainder is as good as uniform (FIPS 186-5, A.2.1).
    private static ECDiffieHellman DeriveKeyPair(ReadOnlySpan<byte> master)
    {
        var candidate = new BigInteger(Derive(master, "key pair", 40), isUnsigned: true, isBigEndian: true);
        var scalar = (candidate % (Order - 1)) + 1;
        var bytes = scalar.ToByteArray(isUnsigned: true, isBigEndian: true);
        var d = new byte[32];
        bytes.CopyTo(d, d.Length - bytes.Length);
        try
        {
            return ECDiffieHellman.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = d });
        }
        finally
        {
            CryptographicOperations.ZeroMemory(d);
            CryptographicOperations.ZeroMemory(bytes);
        }
    }
}
