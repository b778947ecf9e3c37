using Bourse.Bus;
using Bourse.Contracts;

namespace Bourse.Journal;

/// <summary>Publishes what is committed.</summary>
public interface IRelay
{
    /// <summary>This instance leads: publishes from there on. Called on the loop.</summary>
    void Start(JournalHead head);

    /// <summary>A commit; must not block.</summary>
    void Committed(IReadOnlyList<Entry> entries);

    /// <summary>This instance leads no more; returns once nothing more is published.</summary>
    Task Stop();

    /// <summary>Everything up to here is on the broker.</summary>
    long Published { get; }
}

/// <summary>A service's own messages that follow from what is committed, such as commands to agents. Published in order, at least once.</summary>
public interface IRelayRoutes
{
    /// <summary>The messages that follow from a commit, or from the part of one that is not yet on the broker.</summary>
    IEnumerable<(Destination To, object Message, Origin Origin)> For(IReadOnlyList<Recorded> commit);
}
