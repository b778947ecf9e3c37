using Bourse.Contracts;
using Bourse.Journal;

namespace Bourse.Allocator.Host.Consumers;

/// <summary>What the registry's facts mean here.</summary>
internal static class FromRegistry
{
    public static AllocatorCommand? Translate(Recorded recorded) => recorded.Fact switch
    {
        AgentRegistered f => new AgentJoined(f.Description, f.Incarnation, f.At),
        AgentReregistered f => new AgentJoined(f.Description, f.Incarnation, f.At),
        AgentUnreachable f => new AgentSilent(f.AgentId, f.Incarnation, f.At),
        AgentReturned f => new AgentHeard(f.AgentId, f.Incarnation, f.At),
        _ => null,
    };
}
