using System.Diagnostics;
using System.Text.Json;
using Bourse.Contracts;
using Bourse.Deciding;

namespace Bourse.Secrets;

/// <summary>The rules of the secrets service: who may change a secret, and which task on which agent may learn its value.</summary>
public sealed class SecretsCore : ICore<SecretsState, SecretsCommand>
{
    /// <inheritdoc/>
    public string Service => Services.Secrets;

    /// <inheritdoc/>
    public SecretsState New() => new();

    /// <inheritdoc/>
    public Decision Decide(SecretsState state, SecretsCommand command) => command switch
    {
        Put c => Putting.Decide(state, c),
        Grant c => Granting.Decide(state, c),
        Revoke c => Granting.Decide(state, c),
        Resolve c => Resolving.Decide(state, c),
        Learn c => Expecting.Decide(state, c),
        ExpectOnly c => Expecting.Decide(state, c),
        _ => throw new UnreachableException($"no decision for {command.GetType().Name}"),
    };

    /// <inheritdoc/>
    public void Evolve(SecretsState state, IFact fact)
    {
        switch (fact)
        {
            case SecretPut or SecretGranted or SecretRevoked: SecretFacts.Evolve(state, (ISecretFact)fact); break;
            case ISecretFact f: UseFacts.Evolve(state, f); break;
            case IJournalFact: break;
            default: throw new UnreachableException($"no evolution for {fact.GetType().Name}");
        }
    }

    /// <inheritdoc/>
    public byte[] Save(SecretsState state) => JsonSerializer.SerializeToUtf8Bytes(state, Json.Options);

    /// <inheritdoc/>
    public SecretsState Load(ReadOnlySpan<byte> snapshot) => JsonSerializer.Deserialize<SecretsState>(snapshot, Json.Options)!;

    /// <summary>Nothing: nobody on the bus follows this service.</summary>
    public IEnumerable<IFact> Picture(SecretsState state) => [];
}
