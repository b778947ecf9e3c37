using System.Security.Cryptography;

namespace Bourse.Secrets.Host;

/// <summary>
/// The master key file: one key of 32 bytes in base64 a line. The first is in use; those below it were, and what they encrypted can
/// still be read.
/// </summary>
public sealed class MasterKeys
{
    private const int KeyBytes = 32;

    private MasterKeys(IReadOnlyList<MasterKey> keys) => All = keys;

    /// <summary>The key in use.</summary>
    public MasterKey Current => All[0];

    /// <summary>Every key, the one in use first.</summary>
    public IReadOnlyList<MasterKey> All { get; }

    /// <summary>The key with an id.</summary>
    /// <exception cref="CryptographicException">It is not in the file.</exception>
    public MasterKey Get(string id) =>
        All.FirstOrDefault(key => key.Id == id) ?? throw new CryptographicException($"the master key file has no key {id}");

    /// <summary>Reads the file. It is never made here: a new key in place of a lost one would make every secret unreadable.</summary>
    /// <exception cref="InvalidOperationException">It is missing or no key file; the message says which, and nothing of its content.</exception>
    public static MasterKeys Load(string? path)
    {
        if (path is not { Length: > 0 })
            throw new InvalidOperationException("Bourse__MasterKeyFile must name the file with the master key, 32 bytes in base64");
        string[] lines;
        try
        {
            lines = File.ReadAllLines(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidOperationException($"the master key file {path} cannot be read: {e.Message}", e);
        }

        var keys = lines.Select(line => line.Trim()).Where(line => line.Length > 0).Select((line, index) => Parse(line, path, index)).ToArray();
        return keys.Length > 0 ? new(keys) : throw new InvalidOperationException($"the master key file {path} is empty");
    }

    private static MasterKey Parse(string line, string path, int index)
    {
        var bytes = new byte[KeyBytes];
        try
        {
            return Convert.TryFromBase64String(line, bytes, out var length) && length == KeyBytes
                ? new(bytes)
                : throw new InvalidOperationException($"key {index + 1} in {path} is not 32 bytes in base64");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }
}
