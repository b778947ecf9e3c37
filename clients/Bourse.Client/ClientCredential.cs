using System.Net.Http.Headers;
using System.Text;

namespace Bourse.Client;

/// <summary>What a client shows to be let in. The secret is kept out of everything that is printed.</summary>
public sealed class ClientCredential
{
    private ClientCredential(AuthenticationHeaderValue header) => Header = header;

    internal AuthenticationHeaderValue Header { get; }

    /// <summary>A token, sent as <c>Authorization: Bearer</c>.</summary>
    public static ClientCredential Bearer(string token) => new(new("Bearer", token));

    /// <summary>A principal and its secret, sent as <c>Authorization: Basic</c>; what Apache Mesos knows.</summary>
    /// <exception cref="ArgumentException">One of them has a colon, which divides the two on the wire.</exception>
    public static ClientCredential Basic(string principal, string secret)
    {
        if (principal.Contains(':', StringComparison.Ordinal) || secret.Contains(':', StringComparison.Ordinal))
            throw new ArgumentException("neither a principal nor its secret may have a colon");
        return new(new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{principal}:{secret}"))));
    }

    /// <summary>The scheme alone.</summary>
    public override string ToString() => Header.Scheme;
}
