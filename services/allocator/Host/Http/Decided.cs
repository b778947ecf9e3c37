using Bourse.Deciding;

namespace Bourse.Allocator.Host.Http;

/// <summary>What a caller is told of a decision.</summary>
internal static class Decided
{
    /// <summary>
    /// Only what could not be recorded, and a framework that went between the checks and the decision, are told here; every other no is
    /// an event, or silence, as Mesos has it.
    /// </summary>
    public static MesosAnswer Answer(Decision decision) => decision.Refusal switch
    {
        { Code: RefusalCode.Malformed } refusal => MesosAnswer.Bad(refusal.Message),
        { Code: RefusalCode.UnknownFramework } => MesosAnswer.Bad("Framework cannot be found"),
        _ => MesosAnswer.Accepted,
    };
}
