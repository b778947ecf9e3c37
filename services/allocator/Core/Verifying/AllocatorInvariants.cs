using Bourse.Contracts;
using Bourse.Contracts.Messages;

namespace Bourse.Allocator;

/// <summary>
/// What must hold at every position of the allocator's journal, checked from the facts alone: it keeps its own books and shares no
/// code with the state that the allocator decides on.
/// </summary>
public sealed class AllocatorInvariants
{
    private const int MaxViolations = 10;

    private sealed class Rule(string guarantee, string what)
    {
        private readonly List<string> violations = [];
        private long over;

        public void Holds(bool holds, long position, string otherwise)
        {
            over++;
            if (!holds && violations.Count < MaxViolations)
                violations.Add($"allocator:{position} {otherwise}");
        }

        public Check Result => new(guarantee, what, over, violations.ToValueList());
    }

    private readonly Rule capacity = new("G1", "nothing is offered or launched that its agent has not free");
    private readonly Rule conversions = new("G1", "operations take only what nobody holds, and make as much as they take");
    private readonly Rule offerIds = new("G1", "no offer is made twice");
    private readonly Rule endings = new("G3", "every offer ends at most once, and only when it was made");
    private readonly Rule liveStarts = new("G4", "no task is launched while a task of its id lives");
    private readonly Rule transitions = new("G4", "a task that has ended for good changes no more");
    private readonly Rule updatesOnce = new("G4", "no update is recorded twice");
    private readonly Rule commandNumbers = new("G3", "commands to an agent are numbered without holes");

    private readonly Rule waiting = new("G1", "nothing is offered while a new leader waits for agents");
    private readonly Rule limits = new("G1", "no offer leads a role above the limit of its quota");
    private readonly QuotaBooks quotas = new();

    private readonly Dictionary<AgentId, Resources> totals = [], held = [];
    private readonly Dictionary<OfferId, OfferedResources> outstanding = [];
    private readonly Dictionary<(FrameworkId, TaskId), (AgentId Agent, Resources Resources)> tasks = [];
    private readonly Dictionary<(FrameworkId, TaskId), HashSet<string>> updates = [];
    private readonly Dictionary<(AgentId, long), Resources> executors = [];
    private readonly Dictionary<AgentId, long> lastCommand = [];
    private OfferId? highest;
    private bool waits;

    /// <summary>The checks so far.</summary>
    public IEnumerable<Check> Results =>
        [capacity.Result, conversions.Result, offerIds.Result, endings.Result, liveStarts.Result, transitions.Result, updatesOnce.Result, commandNumbers.Result, limits.Result, waiting.Result];

    /// <summary>Looks at the next fact.</summary>
    public void See(long position, IFact fact)
    {
        quotas.See(fact);
        switch (fact)
        {
            case CapacityAdded f:
                totals[f.Description.Id] = f.Description.Total;
                if (f.Kept is { } kept)
                    totals[f.Description.Id] = f.Description.Total - Resources.Of(kept.Entries.Select(Configured)) + kept;
                held.TryAdd(f.Description.Id, Resources.None);
                break;
            case AllocationHeld: waits = true; break;
            case AllocationResumed: waits = false; break;
            case OffersMade f:
                waiting.Holds(!waits, position, $"cycle {f.Cycle} made offers meanwhile");
                foreach (var offer in f.Offers)
                {
                    offerIds.Holds(outstanding.TryAdd(offer.Id, offer) && After(offer.Id), position, $"offer {offer.Id} was made before");
                    Take(position, offer.AgentId, Alone(offer.Resources), $"offer {offer.Id}");
                }
                var exceeded = quotas.Exceeded(f, totals, held);
                limits.Holds(exceeded is null, position, exceeded ?? "");
                break;
            case OffersAccepted f: End(position, f.OfferIds); break;
            case OffersDeclined f: End(position, f.OfferIds); break;
            case OffersRescinded f: End(position, f.OfferIds); break;
            case TaskLaunched f:
                Number(position, f.AgentId, f.Command);
                var key = (f.FrameworkId, f.Spec.Id);
                liveStarts.Holds(tasks.TryAdd(key, (f.AgentId, f.Spec.Resources)), position, $"task {f.Spec.Id} lives already");
                Take(position, f.AgentId, Alone(f.Spec.Resources), $"task {f.Spec.Id}");
                break;
            case OperationApplied f: Apply(position, f); break;
            case ExecutorLaunched f:
                Number(position, f.AgentId, f.Command);
                executors[(f.AgentId, f.Command)] = Alone(f.Spec.Resources);
                Take(position, f.AgentId, Alone(f.Spec.Resources), $"executor {f.Spec.Id}");
                break;
            case ExecutorShutdownRequested f: Number(position, f.AgentId, f.Command); break;
            case ExecutorEnded f:
                if (f.Command is { } forget)
                    Number(position, f.AgentId, forget);
                if (executors.Remove((f.AgentId, f.Run), out var freed))
                    held[f.AgentId] -= freed;
                break;
            case TaskStatusChanged f: Change(position, f); break;
            case TaskKillRequested f: Number(position, f.AgentId, f.Command); break;
            case TaskStatusAcknowledged f: Number(position, f.AgentId, f.Command); break;
        }
    }

    private void Change(long position, TaskStatusChanged f)
    {
        var key = (f.FrameworkId, f.TaskId);
        var lives = tasks.TryGetValue(key, out var task);
        transitions.Holds(lives, position, $"task {f.TaskId} does not live");
        if (f.Update.Uuid is { } uuid)
        {
            if (!updates.TryGetValue(key, out var seen))
                updates[key] = seen = [];
            updatesOnce.Holds(seen.Add(uuid), position, $"update {uuid} of task {f.TaskId} was recorded before");
        }
        if (lives && f.Update.State.IsTerminal())
        {
            // What has ended is forgotten, so that the books stay as small as the cluster.
            tasks.Remove(key);
            updates.Remove(key);
            held[task.Agent] -= Alone(task.Resources);
        }
    }

    private void Apply(long position, OperationApplied f)
    {
        Number(position, f.AgentId, f.Command);
        var (total, taken) = (totals[f.AgentId], held[f.AgentId].AllocatedTo(null));
        var rest = total.Contains(taken) ? total - taken : Resources.None;
        conversions.Holds(rest.Contains(f.Consumed), position, $"operation {f.Uuid} takes {f.Consumed} where agent {f.AgentId} has {rest} that nobody holds");
        conversions.Holds(Amounts(f.Consumed).SequenceEqual(Amounts(f.Produced)), position, $"operation {f.Uuid} makes {f.Produced} of {f.Consumed}");
        if (total.Contains(f.Consumed))
            totals[f.AgentId] = total - f.Consumed + f.Produced;
    }

    private static IEnumerable<(string, string)> Amounts(Resources resources) => Resources
        .Of(resources.Entries.Select(entry => entry with { Reservations = [], Disk = null, Shared = false })).Entries
        .Select(entry => (entry.Name, entry.ToString()));

    // What a kept resource was before operations changed it.
    private static Resource Configured(Resource kept)
    {
        var bare = kept.Disk is { } disk ? new Disk(SourceType: disk.SourceType, SourceRoot: disk.SourceRoot, SourceId: disk.SourceId, SourceProfile: disk.SourceProfile) : null;
        return kept with { Reservations = kept.Reservations.Where(layer => !layer.Dynamic).ToValueList(), Disk = bare == new Disk() ? null : bare, Shared = false };
    }

    // Any number may hold a shared volume at once.
    private static Resources Alone(Resources resources) => resources.Where(entry => !entry.Shared);

    private void Take(long position, AgentId agent, Resources resources, string what)
    {
        var taken = held[agent];
        var both = totals[agent].Contains(taken.AllocatedTo(null)) ? totals[agent] - taken.AllocatedTo(null) : Resources.None;
        capacity.Holds(both.Contains(resources.AllocatedTo(null)), position, $"{what} takes {resources} where agent {agent} has {both} free");
        held[agent] = taken + resources;
    }

    private void End(long position, ValueList<OfferId> ids)
    {
        foreach (var id in ids)
        {
            var open = outstanding.Remove(id, out var offer);
            endings.Holds(open, position, $"offer {id} was not outstanding");
            if (open)
                held[offer!.AgentId] -= Alone(offer.Resources);
        }
    }

    private void Number(long position, AgentId agent, long number)
    {
        commandNumbers.Holds(number == lastCommand.GetValueOrDefault(agent) + 1, position,
            $"command {number} to agent {agent} follows {lastCommand.GetValueOrDefault(agent)}");
        lastCommand[agent] = number;
    }

    // Ids are made of the cycle and a count within it, so "never used before" needs no memory of all of them.
    private bool After(OfferId id)
    {
        var later = highest is not { } last || Parts(id).CompareTo(Parts(last)) > 0;
        highest = id;
        return later;

        static (long, long) Parts(OfferId id)
        {
            var dash = id.Value.IndexOf('-', StringComparison.Ordinal);
            return (long.Parse(id.Value.AsSpan(1, dash - 1)), long.Parse(id.Value.AsSpan(dash + 1)));
        }
    }
}
