using Bourse.Contracts;
using Bourse.Deciding;

namespace Bourse.Registry;

/// <summary>Takes note of an agent that is heard.</summary>
public static class Hearing
{
    /// <summary>What follows from a heartbeat. Every refusal means: it must register again, or, when it is not allowed, stop.</summary>
    public static Decision Decide(RegistryState state, Beat c) => state.Agents.GetValueOrDefault(c.AgentId) switch
    {
        null => new Refusal(RefusalCode.UnknownAgent, $"no agent {c.AgentId} was ever admitted"),
        { Standing.Gone: true } => new Refusal(RefusalCode.NotAllowed, $"agent {c.AgentId} was marked gone"),
        { Down: true } => new Refusal(RefusalCode.NotAllowed, $"the machine of {c.AgentId} is down for maintenance"),
        { } a when c.Incarnation < a.Incarnation =>
            new Refusal(RefusalCode.StaleIncarnation, $"{c.AgentId} beats as incarnation {c.Incarnation}, it is {a.Incarnation}"),
        { } a when c.Incarnation > a.Incarnation =>
            new Refusal(RefusalCode.FutureIncarnation, $"{c.AgentId} beats as incarnation {c.Incarnation}, only {a.Incarnation} were given"),
        { Silence: null } => [],
        { } a => [new AgentReturned(c.AgentId, a.Incarnation, c.Now)],
    };
}
