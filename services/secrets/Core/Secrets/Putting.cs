using Bourse.Contracts;
using Bourse.Deciding;

namespace Bourse.Secrets;

/// <summary>Gives secrets their values.</summary>
public static class Putting
{
    /// <summary>What follows from a new value.</summary>
    public static Decision Decide(SecretsState state, Put c)
    {
        if (SecretNames.Broken(c.Secret) is { } broken)
            return new Refusal(RefusalCode.Malformed, broken);

        var known = state.Secrets.GetValueOrDefault(c.Secret);
        if (known is not null && !known.MayBeChangedBy(c.By))
            return new Refusal(RefusalCode.NotAllowed, $"secret {c.Secret} belongs to another principal");

        // The ciphertext is bound to its version, so under another one nobody could read it again.
        if (c.Version != (known?.Version ?? 0) + 1)
            return new Refusal(RefusalCode.Malformed, $"secret {c.Secret} was given another value meanwhile; put it again");

        // An operator who replaces a value does not take the secret away from its owner.
        return [new SecretPut(c.Secret, c.Version, c.KeyId, c.Ciphertext, known?.Owner ?? c.By.Principal, c.Now)];
    }
}
