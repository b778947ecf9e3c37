using Bourse.Contracts;
using Bourse.Deciding;

namespace Bourse.Allocator;

/// <summary>ACCEPT: offers turn into tasks; what they leave is free again.</summary>
public static class Accepting
{
    /// <summary>
    /// Decides an ACCEPT. Each task is launched or refused on its own. When any offer is not outstanding the whole call has nothing
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
            return Decision.Of(RefuseAll(framework, c, offers, problem));

        var (role, agent) = (offers[0].Role, state.Agents[offers[0].AgentId]);
        var rest = Resources.Of(offers.SelectMany(offer => offer.Resources.Entries));
        var numbers = new CommandNumbers(state);
        var launched = new List<IFact>();
        foreach (var together in c.Launches.GroupBy(launch => launch.Group ?? $"task {launch.TaskId}").ToList())
        {
            // Groups are judged as a whole before anything of them is taken: all or none.
            var (judged, left, wrong) = (launched.ToList(), rest, (string?)null);
            foreach (var launch in together)
                wrong ??= Take(launch, judged, ref left, number: () => 0);
            if (wrong is not null && together.First().Group is not null)
            {
                launched.AddRange(together.Select(launch => Refused(framework, launch, TaskState.Error, "REASON_TASK_GROUP_INVALID", wrong, c.Now)));
                continue;
            }
            foreach (var launch in together)
                if (Take(launch, launched, ref rest, () => numbers.Next(agent.Description.Id)) is { } unfit)
                    launched.Add(Refused(framework, launch, TaskState.Error, "REASON_TASK_INVALID", unfit, c.Now));
        }

        string? Take(Launch launch, List<IFact> facts, ref Resources from, Func<long> number)
        {
            var executor = ExecutorOf(launch, framework, agent, facts);
            if (TaskRules.Problem(launch, framework, agent, from.AllocatedTo(null), facts, executor) is { } unfit)
                return unfit;
            if (executor.New is { } started)
            {
                started = started with { Resources = started.Resources.AllocatedTo(role) };
                from -= started.Resources;
                facts.Add(new ExecutorLaunched(framework.Id, started, agent.Description.Id, role, framework.Description, number(), c.Now));
            }
            var spec = launch.Spec! with { Resources = launch.Spec.Resources.AllocatedTo(role) };
            from -= spec.Resources;
            facts.Add(new TaskLaunched(framework.Id, spec, agent.Description.Id, role, ids[0], framework.Description.Principal, number(), c.Now));
            return null;
        }
        return Decision.Of([
            new OffersAccepted(framework.Id, ids, agent.Description.Id, role, rest.AllocatedTo(null), RefuseFor.Until(c.Now, c.RefuseFor), c.Now),
            .. launched]);
    }

    // The one a task names: there already, launched by a task before it in this call, or to be launched with it.
    private static (ExecutorSpec? There, ExecutorSpec? New) ExecutorOf(Launch launch, Framework framework, Agent agent, List<IFact> launched)
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

    private static List<IFact> RefuseAll(Framework framework, Accept c, List<Offer> offers, string problem)
    {
        var facts = new List<IFact>();
        // Mesos takes the valid ones back without a filter: the framework has shown that it is done with them.
        if (offers.Count > 0)
            facts.Add(new OffersDeclined(framework.Id, offers.Select(offer => offer.Id).ToValueList(), RefusedUntil: null, c.Now));

        var state = framework.Can("PARTITION_AWARE") ? TaskState.Dropped : TaskState.Lost;
        foreach (var launch in c.Launches)
            if (framework.Find(launch.TaskId) is not { } known || !c.OfferIds.Contains(known.OfferId))
                facts.Add(Refused(framework, launch, state, "REASON_INVALID_OFFERS", $"Task launched with invalid offers: {problem}", c.Now));
        return facts;
    }

    private static TaskRefused Refused(Framework framework, Launch launch, TaskState state, string reason, string message, DateTimeOffset now) =>
        new(framework.Id, launch.TaskId, launch.AgentId, new TaskUpdate(state, now, "SOURCE_MASTER", reason, message));
}
