using System.Text.Json;
using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Contracts.Messages;
using Bourse.Deciding;
using Bourse.Journal;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Bourse.Secrets.Host;

/// <summary>
/// What people and frameworks ask of the secrets service. They ask at the allocator's edge, which knows them; so nobody else's word
/// on who is behind a message counts.
/// </summary>
public sealed partial class SecretRequests(
    IInbox<SecretsState, SecretsCommand> inbox, Vault vault, IConfiguration configuration, TimeProvider clock, ILogger<SecretRequests> log)
    : IServiceRequests, IDisposable
{
    // Principals that may act for every owner. A message names the principal, not its kind.
    private readonly HashSet<string> operators =
        (configuration["Bourse:Secrets:Operators"] ?? "operator").Split(',', StringSplitOptions.TrimEntries).ToHashSet(StringComparer.Ordinal);

    // A value is encrypted for the version that comes next, so one put at a time.
    private readonly SemaphoreSlim putting = new(1);

    /// <inheritdoc/>
    public async Task<object?> Answer(Delivery delivery, CancellationToken cancellationToken)
    {
        if (delivery.Message is not (PutSecret or GrantSecret or RevokeSecret or ListSecrets))
            return null;
        if (delivery.Sender != Services.Allocator)
        {
            LogForged(log, delivery.Message.GetType().Name, delivery.Sender);
            return Refuse(new Refusal(RefusalCode.NotAllowed, "secrets are changed through the allocator's edge"));
        }

        var by = new Asker(delivery.Origin.Principal, operators.Contains(delivery.Origin.Principal));
        var origin = delivery.Origin with { Causation = delivery.Id };
        return delivery.Message switch
        {
            PutSecret m => await Put(m, by, origin, cancellationToken),
            GrantSecret m => Answer(await inbox.Send(new Grant(m.Secret, m.Principal, by, clock.GetUtcNow()), origin, cancellationToken)),
            RevokeSecret m => Answer(await inbox.Send(new Revoke(m.Secret, m.Principal, by, clock.GetUtcNow()), origin, cancellationToken)),
            ListSecrets => new SecretList(vault.PublicKey, await inbox.Read(state => Visible(state, by), cancellationToken)),
            _ => throw new ArgumentException($"{delivery.Message.GetType().Name} is no request for secrets"),
        };
    }

    /// <inheritdoc/>
    public void Dispose() => putting.Dispose();

    private async Task<object> Put(PutSecret m, Asker by, Origin origin, CancellationToken cancellationToken)
    {
        if (SecretNames.Broken(m.Secret) is { } broken)
            return Refuse(new Refusal(RefusalCode.Malformed, broken));

        await putting.WaitAsync(cancellationToken);
        try
        {
            return await PutNext(m, by, origin, cancellationToken);
        }
        finally
        {
            putting.Release();
        }
    }

    private async Task<object> PutNext(PutSecret m, Asker by, Origin origin, CancellationToken cancellationToken)
    {
        var current = await inbox.Read(state => state.Secrets.GetValueOrDefault(m.Secret), cancellationToken);
        // A repeat whose first answer was lost makes no new version. Only for those who may know the value: to others it would be a
        // way to guess it.
        if (current is not null && current.MayBeChangedBy(by) && vault.Holds(m.Secret, current, m.Box))
            return new Done();

        var version = (current?.Version ?? 0) + 1;
        var (stored, refusal) = vault.Store(m.Secret, version, m.Box);
        return stored is null
            ? Refuse(refusal!)
            : Answer(await inbox.Send(new Put(m.Secret, version, stored.KeyId, stored.Ciphertext, by, clock.GetUtcNow()), origin, cancellationToken));
    }

    // Everybody sees what they may use; who else may is for those who decide it.
    private static ValueList<SecretEntry> Visible(SecretsState state, Asker by) => state.Secrets
        .Where(pair => pair.Value.MayBeChangedBy(by) || pair.Value.MayBeUsedBy(by.Principal))
        .Select(pair => new SecretEntry(
            pair.Key, pair.Value.Version, pair.Value.Owner,
            pair.Value.MayBeChangedBy(by) ? pair.Value.Grantees : [by.Principal], pair.Value.At))
        .ToValueList();

    private static object Answer(Decision decision) => decision.Refusal is { } refusal ? Refuse(refusal) : new Done();

    private static Refused Refuse(Refusal refusal) => new(JsonNamingPolicy.KebabCaseLower.ConvertName(refusal.Code.ToString()), refusal.Message);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A {Request} was sent by {Sender} and not through the edge; refused")]
    private static partial void LogForged(ILogger log, string request, string? sender);
}
