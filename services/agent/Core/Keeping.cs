using Bourse.Contracts;
using Bourse.Contracts.Messages;

namespace Bourse.Agent;

/// <summary>Dynamic reservations and volumes: noted, and the volumes' directories made or deleted.</summary>
internal static class Keeping
{
    public static Reaction Decide(Reaction reaction, AgentState state, KeepResources c) => reaction
        .With(new ResourcesKept(c.Kept))
        .Then(new ChangeVolumes(state.Kept, c.Kept));
}

/// <summary>These reservations and volumes are kept, and no others.</summary>
public sealed record ResourcesKept(Resources Kept) : Change(true);

/// <summary>Make the directories of volumes that are new, empty; delete those of volumes that are no more.</summary>
public sealed record ChangeVolumes(Resources Before, Resources After) : Effect;
