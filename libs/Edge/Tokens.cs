using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Bourse.Contracts;

namespace Bourse.Edge;

/// <summary>Someone who may call.</summary>
/// <param name="Principal">The name that travels with everything the caller asks for.</param>
/// <param name="Kind">One of <see cref="Kinds"/>.</param>
public sealed record Known(string Principal, string Kind);

/// <summary>What callers are.</summary>
public static class Kinds
{
    /// <summary>May do everything.</summary>
    public const string Operator = "operator";

    /// <summary>May act as a framework.</summary>
    public const string Framework = "framework";

    /// <summary>May act as an agent.</summary>
    public const string Agent = "agent";

    internal static bool Exists(string kind) => kind is Operator or Framework or Agent;
}

/// <summary>
/// The tokens file: who is known by which secret. A principal may have several tokens, so that one can be replaced while the other
/// is still in use. Only digests are held.
/// </summary>
public sealed class Tokens
{
    /// <summary>Nobody is known.</summary>
    public static readonly Tokens None = new([]);

    private readonly Token[] tokens;

    private Tokens(Token[] tokens) => this.tokens = tokens;

    /// <summary>Reads the tokens file.</summary>
    /// <exception cref="InvalidOperationException">It is missing, unreadable or incomplete; the message names the entry, never a secret.</exception>
    public static Tokens Load(string path)
    {
        try
        {
            return Parse(File.ReadAllBytes(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or FormatException)
        {
            throw new InvalidOperationException($"the tokens file {path} cannot be used: {e.Message}", e);
        }
    }

    /// <summary>Reads the content of a tokens file.</summary>
    /// <exception cref="JsonException">Not the expected JSON.</exception>
    /// <exception cref="FormatException">An entry misses something.</exception>
    public static Tokens Parse(ReadOnlySpan<byte> json)
    {
        var entries = JsonSerializer.Deserialize<TokenFile>(json, Json.Options)?.Tokens ?? throw new FormatException("it has no \"tokens\"");
        return new(entries.Select((entry, index) => entry.Checked(index)).ToArray());
    }

    /// <summary>Who has this secret; null when nobody does.</summary>
    public Known? Find(string secret) => Find(null, secret);

    /// <summary>Who has this name and secret; null when nobody does.</summary>
    public Known? Find(string? principal, string secret)
    {
        var digest = SHA256.HashData(Encoding.UTF8.GetBytes(secret));
        Known? found = null;

        // Every token is compared, so that the time taken tells nothing about which one was close.
        foreach (var token in tokens)
        {
            if (CryptographicOperations.FixedTimeEquals(token.Digest, digest) && (principal is null || principal == token.Who.Principal))
                found ??= token.Who;
        }
        return found;
    }

    private sealed record Token(Known Who, byte[] Digest);

    private sealed record TokenFile(List<TokenEntry>? Tokens);

    private sealed record TokenEntry(string? Principal, string? Kind, string? Secret)
    {
        public Token Checked(int index)
        {
            if (string.IsNullOrWhiteSpace(Principal) || Principal.Contains(':', StringComparison.Ordinal))
                throw new FormatException($"entry {index}: \"principal\" is missing or has a colon");
            if (Kind is null || !Kinds.Exists(Kind))
                throw new FormatException($"entry {index} ({Principal}): \"kind\" is not one of operator, framework, agent");
            if (Secret is not { Length: >= 16 })
                throw new FormatException($"entry {index} ({Principal}): \"secret\" is missing or shorter than 16 characters");
            return new(new(Principal, Kind), SHA256.HashData(Encoding.UTF8.GetBytes(Secret)));
        }

        // A record's own text would show the secret.
        public override string ToString() => $"token of {Principal}";
    }
}
