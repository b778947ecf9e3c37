using System.Collections.Concurrent;
using Bourse.Contracts;
using Bourse.Journal;
using Bourse.MesosEdge;
using Bourse.MesosV1.Scheduler;

namespace Bourse.Allocator.Host.Http.Streams;

/// <summary>What each framework has called, was told and came to, counted since this instance leads or it subscribed, until it is removed.</summary>
internal sealed class FrameworkMeters : ICommitListener<AllocatorState>
{
    private readonly ConcurrentDictionary<FrameworkId, ConcurrentDictionary<string, long>> all = new();

    /// <summary>The counts of a framework by name; empty for one that is unknown.</summary>
    public IEnumerable<KeyValuePair<string, long>> Of(FrameworkId id) => all.TryGetValue(id, out var counts) ? counts : [];

    /// <summary>It made a call.</summary>
    public void Called(FrameworkId id, Call.Types.Type type) => Both(id, "calls", EnumNames.Of(type));

    /// <summary>An event was written to its stream.</summary>
    public void Told(FrameworkId id, Event.Types.Type type) => Both(id, "events", EnumNames.Of(type));

    public void Leading(AllocatorState state, long epoch)
    {
        all.Clear();
        foreach (var framework in state.Frameworks.Values.Where(framework => !framework.Removed))
            all[framework.Id] = new();
    }

    public void Committed(AllocatorState state, IReadOnlyList<Recorded> events)
    {
        foreach (var recorded in events)
        {
            switch (recorded.Fact)
            {
                case FrameworkSubscribed f:
                    all.TryAdd(f.FrameworkId, new());
                    break;
                case FrameworkRemoved f:
                    all.TryRemove(f.FrameworkId, out _);
                    break;
                case OffersMade f:
                    Count(f.FrameworkId, "offers/sent", f.Offers.Count);
                    break;
                case OffersAccepted f:
                    Count(f.FrameworkId, "offers/accepted", f.OfferIds.Count);
                    break;
                case OffersDeclined f:
                    Count(f.FrameworkId, "offers/declined", f.OfferIds.Count);
                    break;
                case OffersRescinded f:
                    Count(f.FrameworkId, "offers/rescinded", f.OfferIds.Count);
                    break;
                case TaskStatusChanged f when f.Update.State.IsTerminal():
                    Count(f.FrameworkId, Terminal(f.Update.State));
                    break;
                case TaskRefused f:
                    Count(f.FrameworkId, Terminal(f.Update.State));
                    break;
                default:
                    break;
            }
        }
    }

    private static string Terminal(TaskState state) => $"tasks/terminal/{EnumNames.Of(Mapping.TaskStatusMapping.State(state)).ToLowerInvariant()}";

    private void Both(FrameworkId id, string what, string type)
    {
        Count(id, what);
        Count(id, $"{what}/{type.ToLowerInvariant()}");
    }

    private void Count(FrameworkId id, string name, int by = 1)
    {
        if (all.TryGetValue(id, out var counts))
            counts.AddOrUpdate(name, static (_, more) => more, static (_, count, more) => count + more, (long)by);
    }
}
