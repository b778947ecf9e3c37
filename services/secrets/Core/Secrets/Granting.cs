using Bourse.Contracts;
using Bourse.Deciding;

namespace Bourse.Secrets;

/// <summary>Lets principals use secrets, and takes that back.</summary>
public static class Granting
{
    /// <summary>What follows from a grant.</summary>
    public static Decision Decide(SecretsState state, Grant c) =>
        Refused(state, c.Secret, c.Grantee, c.By) is { } refusal ? refusal
        : state.Secrets[c.Secret].MayBeUsedBy(c.Grantee) ? []
        : [new SecretGranted(c.Secret, c.Grantee, c.Now)];

    /// <summary>What follows from taking a grant back.</summary>
    public static Decision Decide(SecretsState state, Revoke c) =>
        Refused(state, c.Secret, c.Grantee, c.By) is { } refusal ? refusal
        : state.Secrets[c.Secret] is var secret && secret.Owner == c.Grantee
            ? new Refusal(RefusalCode.NotAllowed, $"principal: {c.Grantee} owns {c.Secret} and needs no grant")
        : secret.Grantees.Contains(c.Grantee) ? [new SecretRevoked(c.Secret, c.Grantee, c.Now)]
        : [];

    private static Refusal? Refused(SecretsState state, string secret, string grantee, Asker by)
    {
        if ((SecretNames.Broken(secret) ?? SecretNames.BrokenPrincipal(grantee)) is { } broken)
            return new(RefusalCode.Malformed, broken);

        var known = state.Secrets.GetValueOrDefault(secret);
        if (known is not null && known.MayBeChangedBy(by))
            return null;

        // Whoever may neither change nor use a secret does not learn from the answer whether it exists.
        return known is not null && known.MayBeUsedBy(by.Principal)
            ? new(RefusalCode.NotAllowed, $"secret {secret} belongs to another principal")
            : new(RefusalCode.UnknownSecret, $"there is no secret {secret} that {by.Principal} may change");
    }
}
