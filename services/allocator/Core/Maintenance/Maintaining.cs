using System.Diagnostics;
using Bourse.Contracts;
using Bourse.Deciding;

namespace Bourse.Allocator;

/// <summary>The registry says something about the maintenance of machines: whatever is null is as it was.</summary>
public sealed record LearnMaintenance(
    ValueList<MaintenanceWindow>? Windows, ValueList<MachineId> WentDown, ValueList<MachineId> CameUp, DateTimeOffset Now) : AllocatorCommand(Now);

/// <summary>ACCEPT_INVERSE_OFFERS and DECLINE_INVERSE_OFFERS.</summary>
public sealed record AnswerInverseOffers(
    FrameworkId FrameworkId, ValueList<OfferId> OfferIds, bool Accepted, TimeSpan RefuseFor, DateTimeOffset Now) : AllocatorCommand(Now);

/// <summary>Machines that will be away: whoever uses them is asked to leave, and answers are noted for the operator.</summary>
internal static class Maintaining
{
    /// <summary>A new plan. Offers and requests of agents whose window has changed are void.</summary>
    public static Decision Decide(AllocatorState state, IEnumerable<LearnMaintenance> news, DateTimeOffset now)
    {
        var (windows, down) = (state.Maintenance.Windows, state.Maintenance.Down);
        foreach (var c in news)
        {
            windows = c.Windows ?? windows;
            down = down.Where(machine => !c.CameUp.Contains(machine)).Concat(c.WentDown).Distinct().ToValueList();
            if (c.CameUp.Count > 0)
                windows = windows.Select(window => window with { Machines = window.Machines.Where(machine => !c.CameUp.Contains(machine)).ToValueList() })
                    .Where(window => window.Machines.Count > 0).ToValueList();
        }
        if (windows == state.Maintenance.Windows && down == state.Maintenance.Down)
            return Decision.Nothing;

        var changed = Changed(state, windows);
        const string reason = "the maintenance schedule changed";
        return Decision.Of([
            .. state.Maintenance.Outstanding.Values.Where(asked => changed.Contains(asked.AgentId)).GroupBy(asked => asked.FrameworkId)
                .Select(asked => new InverseOffersRescinded(asked.Key, asked.Select(one => one.Id).ToValueList(), reason, now)),
            .. changed.SelectMany(agent => Joining.Rescind(state, agent, reason, now)),
            new MaintenancePlanned(windows, down, now)]);
    }

    /// <summary>An answer; ids that are over or another's are passed over.</summary>
    public static Decision Decide(AllocatorState state, AnswerInverseOffers c)
    {
        var mine = c.OfferIds.Distinct().Where(id => state.Maintenance.Outstanding.TryGetValue(id, out var asked) && asked.FrameworkId == c.FrameworkId).ToValueList();
        return mine.Count == 0 ? Decision.Nothing
            : [new InverseOffersAnswered(c.FrameworkId, mine, c.Accepted, RefuseFor.Until(c.Now, c.RefuseFor), c.Now)];
    }

    /// <summary>Asks each framework that uses an agent which will be away, once until it has answered and then when it may be asked again.</summary>
    public static IEnumerable<IFact> Ask(AllocatorState state, DateTimeOffset now)
    {
        if (state.Maintenance.Windows.Count == 0)
            yield break;
        var (plan, asked) = (state.Maintenance, state.Maintenance.Asked);
        var leaving = state.Agents.Values.Where(agent => agent is { Removed: false, Silent: false })
            .Select(agent => (agent.Description.Id, Window: plan.WindowOf(agent.Description))).Where(pair => pair.Window is not null).ToList();
        foreach (var framework in state.Frameworks.Values.Where(framework => framework is { Removed: false, Connected: true }))
        {
            var offers = leaving
                .Where(pair => Uses(state, framework, pair.Id)
                    && !plan.Outstanding.Values.Any(one => one.FrameworkId == framework.Id && one.AgentId == pair.Id)
                    && !plan.Answers.Exists(answer => answer.FrameworkId == framework.Id && answer.AgentId == pair.Id && answer.RefusedUntil > now))
                .Select(pair => new InverseOffered(new($"i{++asked}"), pair.Id, pair.Window!.Start, pair.Window.Duration)).ToValueList();
            if (offers.Count > 0)
                yield return new InverseOffersMade(framework.Id, offers, now);
        }
    }

    public static void Evolve(AllocatorState state, IMaintenanceFact fact)
    {
        var plan = state.Maintenance;
        switch (fact)
        {
            case MaintenancePlanned f:
                var changed = Changed(state, f.Windows);
                plan.Answers.RemoveAll(answer => changed.Contains(answer.AgentId));
                (plan.Windows, plan.Down) = (f.Windows, f.Down);
                break;
            case InverseOffersMade f:
                foreach (var offer in f.Offers)
                    plan.Outstanding.Add(offer.Id, new(offer.Id, f.FrameworkId, offer.AgentId, offer.Start, offer.Duration));
                plan.Asked += f.Offers.Count;
                break;
            case InverseOffersAnswered f:
                foreach (var id in f.OfferIds)
                {
                    plan.Outstanding.Remove(id, out var asked);
                    plan.Answers.RemoveAll(answer => answer.FrameworkId == f.FrameworkId && answer.AgentId == asked!.AgentId);
                    plan.Answers.Add(new(f.FrameworkId, asked!.AgentId, f.Accepted, f.RefusedUntil, f.At));
                }
                break;
            case InverseOffersRescinded f:
                foreach (var id in f.OfferIds)
                    plan.Outstanding.Remove(id);
                break;
            default:
                throw new UnreachableException($"no evolution for {fact}");
        }
    }

    /// <summary>Requests end silently with the stream they were told on, or with the agent they are about.</summary>
    public static void Forget(AllocatorState state, IFact fact)
    {
        if (state.Maintenance.Outstanding.Count == 0)
            return;
        Func<InverseOffer, bool>? over = fact switch
        {
            FrameworkSubscribed or FrameworkDisconnected or FrameworkRemoved => asked => asked.FrameworkId == ((IFrameworkFact)fact).FrameworkId,
            CapacitySuspended or CapacityRemoved => asked => asked.AgentId == ((ICapacityFact)fact).AgentId,
            _ => null,
        };
        if (over is null)
            return;
        foreach (var asked in state.Maintenance.Outstanding.Values.Where(over).ToList())
            state.Maintenance.Outstanding.Remove(asked.Id);
    }

    private static List<AgentId> Changed(AllocatorState state, ValueList<MaintenanceWindow> windows) => state.Agents.Values
        .Where(agent => When(MaintenanceState.WindowOf(windows, agent.Description)) != When(state.Maintenance.WindowOf(agent.Description)))
        .Select(agent => agent.Description.Id).ToList();

    private static (DateTimeOffset, TimeSpan?)? When(MaintenanceWindow? window) => window is null ? null : (window.Start, window.Duration);

    // Reservations alone are no use.
    private static bool Uses(AllocatorState state, Framework framework, AgentId agent) =>
        framework.Tasks.Values.Any(task => task.AgentId == agent && !task.State.IsTerminal()) || state.OffersTo(framework.Id).Any(offer => offer.AgentId == agent);
}
