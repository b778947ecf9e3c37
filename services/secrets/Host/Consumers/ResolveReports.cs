using System.Security.Cryptography;
using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Contracts.Messages;
using Bourse.Deciding;
using Bourse.Journal;
using Microsoft.Extensions.Logging;

namespace Bourse.Secrets.Host;

/// <summary>
/// What agents ask for on behalf of tasks. The decision is stored before any value is decrypted: whatever was given stands in the
/// journal.
/// </summary>
public sealed partial class ResolveReports(
    IInbox<SecretsState, SecretsCommand> inbox, Vault vault, IBus bus, TimeProvider clock, ILogger<ResolveReports> log)
{
    private const int MaxTries = 5;

    /// <summary>The queue, with what is bound to it.</summary>
    public static readonly Queue Queue = new(Topology.ReportsTo(Services.Secrets), [new(Topology.Reports, "*.resolve")], InParallel: 8);

    /// <summary>Handles one question.</summary>
    public async Task<object?> Handle(Delivery delivery, CancellationToken cancellationToken)
    {
        if (delivery.Message is not ResolveSecrets m || delivery.Sender != m.AgentId.Value)
        {
            LogForged(log, delivery.Message.GetType().Name, delivery.Sender);
            return null;
        }

        var origin = new Origin(m.AgentId.Value, delivery.Origin.Correlation, delivery.Id);
        var answer = await Resolve(m, origin, cancellationToken);
        await bus.Publish(Destination.Agent(m.AgentId), answer, origin, cancellationToken);
        return null;
    }

    private async Task<SecretsAnswered> Resolve(ResolveSecrets m, Origin origin, CancellationToken cancellationToken)
    {
        for (var attempt = 0; attempt < MaxTries; attempt++)
        {
            var decision = await inbox.Send(
                new Resolve(m.AgentId, m.FrameworkId, m.TaskId, m.Secrets, clock.GetUtcNow()), origin, cancellationToken);
            if (decision.Refusal is { Code: RefusalCode.UnknownTask or RefusalCode.UnknownAgent })
                return Later(m);
            if ((decision.Refusal?.Message ?? decision.Facts.OfType<SecretDenied>().FirstOrDefault()?.Reason) is { } denied)
            {
                LogDenied(log, m.TaskId, m.FrameworkId, m.AgentId, denied);
                return new(m.AgentId, m.Request, [], Denied: denied);
            }

            // What is handed out must be the version that was recorded; a new value in between is decided on anew.
            if (await inbox.Read(state => Recorded(state, m), cancellationToken) is { } recorded)
                return Give(m, recorded);
        }
        return Later(m);
    }

    private SecretsAnswered Give(ResolveSecrets m, ToGive recorded)
    {
        try
        {
            return new(
                m.AgentId, m.Request, recorded.Secrets.Select(s => vault.Seal(s.Name, s.Secret, m.AgentId, recorded.SealingKey)).ToValueList());
        }
        catch (CryptographicException e)
        {
            // The key file is not the one it was stored under. Asking again changes nothing; the task's owner must learn of it.
            LogUnreadable(log, m.TaskId, m.AgentId, e.Message);
            return new(m.AgentId, m.Request, [], Denied: "the secrets service cannot read the stored value");
        }
    }

    private static ToGive? Recorded(SecretsState state, ResolveSecrets m)
    {
        if (state.UseOf(m.FrameworkId, m.TaskId) is not { } use || state.SealingKeys.GetValueOrDefault(m.AgentId) is not { } key)
            return null;
        var secrets = m.Secrets.Distinct(StringComparer.Ordinal).Select(name => (name, state.Secrets[name])).ToArray();
        return secrets.All(s => use.Given.Contains(new(s.name, s.Item2.Version))) ? new(key, secrets) : null;
    }

    private static SecretsAnswered Later(ResolveSecrets m) => new(m.AgentId, m.Request, [], TryLater: true);

    private sealed record ToGive(string SealingKey, IReadOnlyList<(string Name, Secret Secret)> Secrets);

    [LoggerMessage(Level = LogLevel.Information, Message = "Task {TaskId} of {FrameworkId} on {AgentId} was denied its secrets: {Reason}")]
    private static partial void LogDenied(ILogger log, TaskId taskId, FrameworkId frameworkId, AgentId agentId, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "A stored value for task {TaskId} on {AgentId} cannot be read: {Reason}")]
    private static partial void LogUnreadable(ILogger log, TaskId taskId, AgentId agentId, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A {Kind} sent by {Sender} is not the sender's own question for secrets and was dropped")]
    private static partial void LogForged(ILogger log, string kind, string? sender);
}
