using System.Security.Cryptography;
using System.Text;

namespace Bourse.Bus;

/// <summary>
/// Boxes that only the holder of a private key can open: an ephemeral ECDH P-256 agreement, HKDF-SHA256, AES-256-GCM. A box is the
/// base64 of version, length of the ephemeral public key (two bytes), that key, nonce, tag and ciphertext.
/// </summary>
public static class Sealing
{
    private const byte Version = 1;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;
    private const int Header = 3;

    /// <summary>A new key pair; keep it private, hand out <see cref="PublicKey"/>.</summary>
    public static ECDiffieHellman NewKeyPair() => ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>The public half as base64 of its SubjectPublicKeyInfo.</summary>
    public static string PublicKey(ECDiffieHellman key) => Convert.ToBase64String(key.ExportSubjectPublicKeyInfo());

    /// <summary>Seals bytes to a public key.</summary>
    /// <param name="publicKey">Base64 of a P-256 SubjectPublicKeyInfo.</param>
    /// <param name="plaintext">What to seal.</param>
    /// <param name="context">What the box is for; it opens under the same context only.</param>
    /// <exception cref="CryptographicException">The public key is not a P-256 key.</exception>
    public static string Seal(string publicKey, ReadOnlySpan<byte> plaintext, string context)
    {
        using var theirs = Import(Decode(publicKey));
        using var ephemeral = NewKeyPair();
        var point = ephemeral.ExportSubjectPublicKeyInfo();

        var box = new byte[Header + point.Length + NonceBytes + TagBytes + plaintext.Length];
        box[0] = Version;
        box[1] = (byte)(point.Length >> 8);
        box[2] = (byte)point.Length;
        point.CopyTo(box, Header);
        var (nonce, tag, ciphertext) = Parts(box, Header + point.Length);
        RandomNumberGenerator.Fill(nonce);

        var key = Agree(ephemeral, theirs, point, context);
        try
        {
            using var aes = new AesGcm(key, TagBytes);
            aes.Encrypt(nonce, plaintext, ciphertext, tag, Encoding.UTF8.GetBytes(context));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
        return Convert.ToBase64String(box);
    }

    /// <summary>Opens a box that was sealed to this key under this context.</summary>
    /// <exception cref="CryptographicException">The box was altered, or is for another key or context.</exception>
    public static byte[] Open(ECDiffieHellman key, string box, string context)
    {
        var bytes = Decode(box);
        var pointBytes = bytes.Length > Header ? (bytes[1] << 8) | bytes[2] : 0;
        if (pointBytes == 0 || bytes[0] != Version || bytes.Length < Header + pointBytes + NonceBytes + TagBytes)
            throw new CryptographicException("the box is not well-formed");

        var point = bytes.AsSpan(Header, pointBytes).ToArray();
        using var theirs = Import(point);
        var (nonce, tag, ciphertext) = Parts(bytes, Header + pointBytes);
        var plaintext = new byte[ciphertext.Length];

        var secret = Agree(key, theirs, point, context);
        try
        {
            using var aes = new AesGcm(secret, TagBytes);
            aes.Decrypt(nonce, ciphertext, tag, plaintext, Encoding.UTF8.GetBytes(context));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
        return plaintext;
    }

    private static ECDiffieHellman Import(ReadOnlySpan<byte> publicKeyInfo)
    {
        var key = ECDiffieHellman.Create();
        try
        {
            key.ImportSubjectPublicKeyInfo(publicKeyInfo, out _);
            if (key.KeySize != 256)
                throw new CryptographicException("the public key is not on P-256");
            return key;
        }
        catch (Exception e) when (e is PlatformNotSupportedException or ArgumentException)
        {
            // So OpenSSL says that the curve or the point is none.
            key.Dispose();
            throw new CryptographicException("the public key is not a point on P-256", e);
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    // The ephemeral key is the salt, so that a box cannot be moved under another one.
    private static byte[] Agree(ECDiffieHellman mine, ECDiffieHellman theirs, byte[] point, string context)
    {
        var shared = mine.DeriveRawSecretAgreement(theirs.PublicKey);
        try
        {
            return HKDF.DeriveKey(HashAlgorithmName.SHA256, shared, 32, point, Encoding.UTF8.GetBytes($"bourse sealing 1\n{context}"));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(shared);
        }
    }

    private static byte[] Decode(string base64)
    {
        try
        {
            return Convert.FromBase64String(base64);
        }
        catch (FormatException e)
        {
            throw new CryptographicException("not base64", e);
        }
    }

    private static BoxParts Parts(byte[] box, int at) => new(
        box.AsSpan(at, NonceBytes), box.AsSpan(at + NonceBytes, TagBytes), box.AsSpan(at + NonceBytes + TagBytes));

    private readonly ref struct BoxParts(Span<byte> nonce, Span<byte> tag, Span<byte> ciphertext)
    {
        private readonly Span<byte> nonce = nonce, tag = tag, ciphertext = ciphertext;

        public void Deconstruct(out Span<byte> itsNonce, out Span<byte> itsTag, out Span<byte> itsCiphertext)
        {
            itsNonce = nonce;
            itsTag = tag;
            itsCiphertext = ciphertext;
        }
    }
}
