using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Contracts.Messages;
using Bourse.Journal;

namespace Bourse.Registry.Host;

/// <summary>Tells an agent that is out of it. Only a hint: one that misses it is told again at its next heartbeat or registration.</summary>
public sealed class StopOrders : IRelayRoutes
{
    /// <inheritdoc/>
    public IEnumerable<(Destination To, object Message, Origin Origin)> For(Recorded recorded)
    {
        var reason = recorded.Fact switch
        {
            AgentMarkedGone => "this agent was marked gone",
            AgentTakenDown => "this machine is down for maintenance",
            _ => null,
        };
        if (reason is not null)
            yield return (Destination.Agent(((IAgentFact)recorded.Fact).AgentId), new AgentRefused(((IAgentFact)recorded.Fact).AgentId, Boot: null, reason, EndTasks: true), recorded.Origin);
    }
}
