using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Contracts.Messages;

namespace Bourse.Allocator.Host.Loop;

/// <summary>
/// The command that a fact stands for, sent to its agent once the fact is stored. Only a hint: what the agent has not confirmed stays in
/// the state and is sent again at its next hello.
/// </summary>
internal static class CommandsToAgents
{
    public static (Destination To, object Message)? Of(IFact fact) => fact is ITaskFact task && TaskFacts.CommandTo(task) is { } to
        ? (Destination.Agent(to.AgentId), new AgentCommands(to.AgentId, Confirmed: 0, [to.Command]))
        : null;
}
