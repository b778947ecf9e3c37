using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Contracts.Messages;
using Bourse.Journal;

namespace Bourse.Registry.Host;

/// <summary>Tells an agent that is out of it. Only a hint: one that misses it is told again at its next heartbeat or registration.</summary>
public sealed class StopOrders : IRelayRoutes
{
    /// <inheritdoc/>
    public IEnumerable<(Destination To, object Message, Origin Origin)> For(IReadOnlyList<Recorded> commit)
    {
        foreach (var recorded in commit)
        {
            switch (recorded.Fact)
            {
                case AgentMarkedGone { AgentId: var agent }:
                    yield return Stop(agent, "this agent was marked gone", recorded.Origin);
                    break;
                case AgentTakenDown { AgentId: var agent }:
                    yield return Stop(agent, "this machine is down for maintenance", recorded.Origin);
                    break;
            }
        }
    }

    private static (Destination, object, Origin) Stop(AgentId agent, string reason, Origin origin) =>
        (Destination.Agent(agent), new AgentRefused(agent, Boot: null, reason, EndTasks: true), origin);
}
