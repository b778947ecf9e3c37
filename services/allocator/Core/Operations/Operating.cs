using Bourse.Contracts;
using Bourse.Deciding;

namespace Bourse.Allocator;

/// <summary>RESERVE_RESOURCES, CREATE_VOLUMES and the others by an operator; ACKNOWLEDGE_OPERATION_STATUS by a framework.</summary>
public static class Operating
{
    /// <summary>
    /// Decides an operator's operation. It works on what nobody uses; offers in its way are withdrawn, one after another until it fits,
    /// and because that is one decision no allocation can come between.
    /// </summary>
    public static Decision Decide(AllocatorState state, Operate c)
    {
        if (!state.Agents.TryGetValue(c.AgentId, out var agent) || agent.Removed)
            return new Refusal(RefusalCode.UnknownAgent, "No agent found with specified ID");
        if (agent.Silent)
            return new Refusal(RefusalCode.Conflict, $"agent {c.AgentId} is unreachable");
        var (converted, problem) = OperationRules.Judge(state, agent, c.Operation, new Asker(c.Principal));
        if (converted is null)
            return new Refusal(RefusalCode.Malformed, problem!);

        var (free, facts) = (agent.Free, new List<IFact>());
        foreach (var offer in state.Offers.Values.Where(offer => offer.AgentId == c.AgentId))
        {
            var offered = offer.Resources.AllocatedTo(null);
            if (free.CanTake(converted.Consumed) && !Holds(offered, converted.Consumed))
                continue;
            if (!offered.Entries.Any(entry => converted.Consumed.Entries.Any(entry.SameKind)))
                continue;
            facts.Add(new OffersRescinded(offer.FrameworkId, [offer.Id], $"an operator's {Sentences.Operation(c.Operation.Type)} needs the resources", c.Now));
            free += offered.Unshared();
        }
        if (!free.CanTake(converted.Consumed))
            return new Refusal(RefusalCode.Conflict, $"The operation needs {converted.Consumed}; agent {c.AgentId} has {free} that nobody uses");

        facts.Add(Applied(agent, c.Operation, converted, framework: null, c.Principal ?? "anonymous", new CommandNumbers(state).Next(c.AgentId), c.Now, agent.Kept));
        return Decision.Of(facts);
    }

    /// <summary>Acknowledging what is not waiting for it changes nothing.</summary>
    public static Decision Decide(AllocatorState state, AcknowledgeOperation c) =>
        state.Operations.Values.FirstOrDefault(operation =>
            operation.FrameworkId == c.FrameworkId && operation.OperationId == c.OperationId && operation.StatusUuid == c.StatusUuid && operation.Unacknowledged) is { } found
            ? [new OperationStatusAcknowledged(found.Uuid, c.FrameworkId, c.Now)]
            : Decision.Nothing;

    /// <summary>The fact of a conversion that is to be; what is kept follows from what was kept.</summary>
    internal static OperationApplied Applied(
        Agent agent, Conversion operation, Converted converted, FrameworkId? framework, string principal, long command, DateTimeOffset now, Resources kept) => new(
        operation.Uuid, operation.Type, agent.Description.Id, framework, operation.Id, principal, converted.Consumed, converted.Produced,
        kept - converted.Consumed.Where(Pool.IsKept) + converted.Produced.Where(Pool.IsKept), operation.StatusUuid, command, now);

    /// <summary>Withdraws every offer of an agent that has a volume which is about to end.</summary>
    internal static IEnumerable<IFact> RescindVolumes(AllocatorState state, AgentId agent, Resources consumed, ValueList<OfferId> except, DateTimeOffset now) =>
        state.Offers.Values
            .Where(offer => offer.AgentId == agent && !except.Contains(offer.Id) && Holds(offer.Resources.AllocatedTo(null), consumed))
            .GroupBy(offer => offer.FrameworkId)
            .Select(offers => new OffersRescinded(offers.Key, offers.Select(offer => offer.Id).ToValueList(), "a volume in them is destroyed", now));

    // A shared volume is free and yet in offers.
    private static bool Holds(Resources offered, Resources consumed) =>
        consumed.Entries.Any(entry => entry.Shared && offered.Entries.Contains(entry));
}
