using Bourse.Contracts;
using Bourse.Deciding;

namespace Bourse.Allocator;

/// <summary>ACCEPT: offers turn into tasks; what they leave is free again.</summary>
public static class Accepting
{
    /// <summary>
    /// Decides an ACCEPT. Each task and operation is done or refused on its own. When any offer is not outstanding the whole call has nothing
    /// to launch from: valid offers end, and each task is refused, except those that this very ACCEPT launched already, which is
    /// how a call repeated after a lost answer changes nothing.
    /// </summary>
    public static Decision Decide(AllocatorState state, Accept c)
    {
        if (state.Living(c.FrameworkId) is not { } framework)
            return new Refusal(RefusalCode.UnknownFramework, $"framework {c.FrameworkId} is not subscribed");

        var ids = c.OfferIds.Distinct().ToValueList();
        var offers = ids.Where(id => state.Offers.TryGetValue(id, out var offer) && offer.FrameworkId == c.FrameworkId)
            .Select(id => state.Offers[id]).ToList();
        if (Problem(c, ids, offers) is { } problem)
            return Decision.Of(RefuseAll(state, framework, c, offers, problem));

        return Decision.Of(new Accepted(state, framework, c, ids, offers).Facts());
    }

    // The one a task names: there already, launched by a task before it in this call, or to be launched with it.
    internal static (ExecutorSpec? There, ExecutorSpec? New) ExecutorOf(Launch launch, Framework framework, Agent agent, List<IFact> launched)
    {
        if (launch.Executor is not { } named)
            return default;
        var there = Executing.Find(agent, framework.Id, named.Id)?.Spec
            ?? launched.OfType<ExecutorLaunched>().FirstOrDefault(fact => fact.Spec.Id == named.Id)?.Spec;
        return there is null ? (null, named) : (there, null);
    }

    private static string? Problem(Accept c, ValueList<OfferId> ids, List<Offer> offers) =>
        ids.Count == 0 ? "No offers specified"
        : ids.Count < c.OfferIds.Count ? $"Duplicate offer {c.OfferIds.GroupBy(id => id).First(same => same.Count() > 1).Key} in offer list"
        : offers.Count < ids.Count ? $"Offer {ids.First(id => offers.TrueForAll(offer => offer.Id != id))} is no longer valid"
        : offers.Exists(offer => offer.AgentId != offers[0].AgentId) ? "Aggregated offers must belong to one single agent"
        : offers.Exists(offer => offer.Role != offers[0].Role) ? "Aggregated offers must be allocated to the same role"
        : null;

    private static List<IFact> RefuseAll(AllocatorState state, Framework framework, Accept c, List<Offer> offers, string problem)
    {
        var facts = new List<IFact>();
        // Mesos takes the valid ones back without a filter: the framework has shown that it is done with them.
        if (offers.Count > 0)
            facts.Add(new OffersDeclined(framework.Id, offers.Select(offer => offer.Id).ToValueList(), RefusedUntil: null, c.Now));

        var lost = framework.Can("PARTITION_AWARE") ? TaskState.Dropped : TaskState.Lost;
        foreach (var launch in c.All.OfType<LaunchTasks>().SelectMany(operation => operation.Tasks))
            if (framework.Find(launch.TaskId) is not { } known || !c.OfferIds.Contains(known.OfferId))
                facts.Add(Refused(framework, launch, lost, "REASON_INVALID_OFFERS", $"Task launched with invalid offers: {problem}", c.Now));
        // An operation that was done already is not refused when its call is repeated.
        facts.AddRange(c.All.OfType<Conversion>()
            .Where(operation => operation.Id is null || !state.Operations.Values.Any(known => known.FrameworkId == framework.Id && known.OperationId == operation.Id))
            .Select(operation =>
            new OperationRefused(framework.Id, null, operation.Type, operation.Id, $"Invalid offers: {problem}", c.Now)));
        return facts;
    }

    internal static TaskRefused Refused(Framework framework, Launch launch, TaskState state, string reason, string message, DateTimeOffset now) =>
        new(framework.Id, launch.TaskId, launch.AgentId, new TaskUpdate(state, now, "SOURCE_MASTER", reason, message));
}
