using Bourse.Contracts;
using Bourse.Deciding;

namespace Bourse.Secrets;

/// <summary>Decides whether a task may learn the values it asks for.</summary>
public static class Resolving
{
    /// <summary>Denials recorded for one task; beyond, the answer is the same but a broken agent fills no journal with it.</summary>
    public const int MaxRecordedDenials = 32;

    /// <summary>
    /// All or nothing. Facts: what was given or denied for the first time. A refusal <see cref="RefusalCode.UnknownTask"/> or
    /// <see cref="RefusalCode.UnknownAgent"/> means: not heard of yet, ask again; <see cref="RefusalCode.NotAllowed"/> repeats a denial.
    /// </summary>
    public static Decision Decide(SecretsState state, Resolve c)
    {
        if (state.UseOf(c.FrameworkId, c.TaskId) is not { } use)
            return new Refusal(RefusalCode.UnknownTask, $"no task {c.TaskId} of {c.FrameworkId} that uses secrets is known");

        var asked = c.Secrets.Distinct(StringComparer.Ordinal).ToArray();

        // A name that is none and that no task asked for is not worth a fact: it may be anything, of any size.
        if (asked.Where(secret => !use.Secrets.Contains(secret)).Select(SecretNames.Broken).OfType<string>().FirstOrDefault() is { } broken)
            return new Refusal(RefusalCode.Malformed, broken);

        var denied = asked.Select(secret => WhyNot(state, use, c.AgentId, secret) is { } reason ? new Denied(secret, c.AgentId, reason) : null)
            .OfType<Denied>().ToArray();
        if (denied.Length > 0)
            return Deny(use, c, denied);

        if (!state.SealingKeys.ContainsKey(c.AgentId))
            return new Refusal(RefusalCode.UnknownAgent, $"no key of {c.AgentId} is known");

        return Decision.Of(asked.Select(secret => new Given(secret, state.Secrets[secret].Version)).Except(use.Given)
            .Select(given => (IFact)new SecretResolved(
                given.Secret, given.Version, c.FrameworkId, c.TaskId, c.AgentId, use.Principal, c.Now))
            .ToArray());
    }

    private static string? WhyNot(SecretsState state, Use use, AgentId asks, string secret) =>
        asks != use.AgentId ? $"secret {secret}: the task is not on {asks}"
        : !use.Secrets.Contains(secret) ? $"secret {secret}: the task's description does not name it"
        : state.Secrets.GetValueOrDefault(secret) is not { } known ? $"secret {secret}: it does not exist"
        : !known.MayBeUsedBy(use.Principal) ? $"secret {secret}: principal {use.Principal} has no grant"
        : null;

    private static Decision Deny(Use use, Resolve c, Denied[] denied)
    {
        var news = denied.Except(use.Denied).Take(MaxRecordedDenials - use.Denied.Count)
            .Select(d => (IFact)new SecretDenied(d.Secret, c.FrameworkId, c.TaskId, c.AgentId, use.Principal, d.Reason, c.Now))
            .ToArray();
        return news.Length > 0 ? Decision.Of(news) : new Refusal(RefusalCode.NotAllowed, denied[0].Reason);
    }
}
