using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Contracts.Messages;
using Bourse.Journal;

namespace Bourse.Allocator.Host.Loop;

/// <summary>
/// The commands that facts stand for, sent to their agents once the facts are stored: all that one commit has for an agent in one
/// message. Only a hint: what the agent has not confirmed stays in the state and is sent again at its next hello.
/// </summary>
public sealed class AgentRoutes : IRelayRoutes
{
    /// <inheritdoc/>
    public IEnumerable<(Destination To, object Message, Origin Origin)> For(IReadOnlyList<Recorded> commit) => commit
        .Select(recorded => (To: CommandTo(recorded.Fact), recorded.Origin))
        .Where(one => one.To is not null)
        .GroupBy(one => one.To!.Value.AgentId, (agent, all) => Message(agent, [.. all.Select(one => (one.To!.Value.Command, one.Origin))]));

    // Whose wish each of them follows from stays known: several requests share a commit.
    private static (Destination, object, Origin) Message(AgentId agent, (AgentCommand Command, Origin Origin)[] all) => (
        Destination.Agent(agent),
        new AgentCommands(agent, Confirmed: 0, all.Select(one => one.Command with { Correlation = one.Origin.Correlation }).ToValueList()),
        all[0].Origin);

    private static (AgentId AgentId, AgentCommand Command)? CommandTo(IFact fact) => fact switch
    {
        ITaskFact f => TaskFacts.CommandTo(f),
        OperationApplied f => OperationFacts.CommandTo(f),
        IExecutorFact f => ExecutorFacts.CommandTo(f),
        _ => null,
    };
}
