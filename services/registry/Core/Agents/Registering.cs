using Bourse.Contracts;
using Bourse.Deciding;

namespace Bourse.Registry;

/// <summary>Admits agents; each registration begins a new incarnation.</summary>
public static class Registering
{
    private const int MaxBootLength = 128;

    /// <summary>What follows from a registration.</summary>
    public static Decision Decide(RegistryState state, Register c)
    {
        if (c.Boot is not { Length: > 0 and <= MaxBootLength })
            return new Refusal(RefusalCode.Malformed, $"boot: 1 to {MaxBootLength} characters");
        if (DescriptionRules.Broken(c.Description) is { } broken)
            return new Refusal(RefusalCode.Malformed, broken);

        if (state.Maintenance.IsDown(c.Description))
            return new Refusal(RefusalCode.NotAllowed, $"the machine of {c.Description.Id} is down for maintenance");

        return state.Agents.GetValueOrDefault(c.Description.Id) switch
        {
            { Standing.Gone: true } => new Refusal(RefusalCode.NotAllowed, $"agent {c.Description.Id} was marked gone; its machine may come back under another id"),
            null => [new AgentRegistered(c.Description, 1, c.Boot, c.Now)],

            // The answer was lost and the same run asks again. It is the same incarnation; but whoever asks is there.
            { } known when known.Boot == c.Boot && known.Description == c.Description && !known.Down =>
                known.Silence is null ? [] : [new AgentReturned(c.Description.Id, known.Incarnation, c.Now)],

            { } known when Reconfiguring.Problem(c.Policy, known.Description, c.Description) is { } changed =>
                new Refusal(RefusalCode.Conflict, $"what changed since {c.Description.Id} registered last is not allowed: {changed}"),

            { } known => [new AgentReregistered(c.Description, known.Incarnation + 1, c.Boot, c.Now)],
        };
    }
}
