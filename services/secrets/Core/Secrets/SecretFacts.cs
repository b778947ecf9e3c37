using System.Diagnostics;
using Bourse.Contracts;

namespace Bourse.Secrets;

/// <summary>Applies facts about secrets and their grants.</summary>
public static class SecretFacts
{
    /// <summary>Applies a fact in place.</summary>
    public static void Evolve(SecretsState state, ISecretFact fact)
    {
        switch (fact)
        {
            case SecretPut f:
                var grantees = state.Secrets.GetValueOrDefault(f.Secret)?.Grantees ?? [];
                state.Secrets[f.Secret] = new(f.Version, f.KeyId, f.Ciphertext, f.Owner, grantees, f.At);
                break;
            case SecretGranted f:
                Regrant(state, f.Secret, grantees => grantees.Append(f.Grantee).Distinct());
                break;
            case SecretRevoked f:
                Regrant(state, f.Secret, grantees => grantees.Where(grantee => grantee != f.Grantee));
                break;
            default:
                throw new UnreachableException($"no evolution for {fact.GetType().Name}");
        }
    }

    private static void Regrant(SecretsState state, string name, Func<IEnumerable<string>, IEnumerable<string>> change)
    {
        var secret = state.Secrets[name];
        state.Secrets[name] = secret with { Grantees = change(secret.Grantees).Order(StringComparer.Ordinal).ToValueList() };
    }
}
