using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Contracts.Messages;
using Bourse.Journal;

namespace Bourse.Allocator.Host.Loop;

/// <summary>
/// The command that a fact stands for, sent to its agent once the fact is stored. Only a hint: what the agent has not confirmed stays in
/// the state and is sent again at its next hello.
/// </summary>
internal sealed class AgentRoutes : IRelayRoutes
{
    public IEnumerable<(Destination To, object Message, Origin Origin)> For(Recorded recorded)
    {
        var command = recorded.Fact switch
        {
            ITaskFact fact => TaskFacts.CommandTo(fact),
            OperationApplied fact => OperationFacts.CommandTo(fact),
            IExecutorFact fact => ExecutorFacts.CommandTo(fact),
            _ => null,
        };
        if (command is { } to)
            yield return (Destination.Agent(to.AgentId), new AgentCommands(to.AgentId, Confirmed: 0, [to.Command]), recorded.Origin);
    }
}
