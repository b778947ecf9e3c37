namespace Bourse.Secrets;

/// <summary>What a secret, and whoever it is granted to, may be called.</summary>
public static class SecretNames
{
    private const int MaxLength = 256;

    /// <summary>What is wrong with a secret's name; null when nothing is.</summary>
    public static string? Broken(string? secret) =>
        secret is { Length: > 0 and <= MaxLength } && secret.Split('/').All(IsSegment)
            ? null
            : $"secret: 1 to {MaxLength} characters, segments of A-Z a-z 0-9 _ . - joined by /";

    /// <summary>What is wrong with a principal's name; null when nothing is.</summary>
    public static string? BrokenPrincipal(string? principal) =>
        principal is { Length: > 0 and <= MaxLength } && !principal.Any(c => char.IsControl(c) || char.IsWhiteSpace(c) || c == ':')
            ? null
            : $"principal: 1 to {MaxLength} characters without spaces and colons";

    private static bool IsSegment(string segment) =>
        segment is not ("" or "." or "..") && segment.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-');
}
