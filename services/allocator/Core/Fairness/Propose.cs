using Bourse.Contracts;
using Bourse.Deciding;

namespace Bourse.Allocator;

/// <summary>
/// The allocation cycle: decides who is offered what. Agent by agent, everything free goes to the framework that is furthest
/// below its fair share in the role that is, by dominant resource fairness, and that wants it.
/// </summary>
public static class Propose
{
    /// <summary>An event, message and OFFERS record stay small.</summary>
    public const int MaxOffersPerEvent = 500;

    // Less than this is not worth an offer (Mesos: MIN_CPUS and MIN_MEM).
    private static readonly Scalar MinCpus = Scalar.From(0.01), MinMemMb = Scalar.From(32);

    /// <summary>Runs a cycle; no facts when nothing can be offered to anybody.</summary>
    public static Decision Decide(AllocatorState state, Allocate c)
    {
        var cycle = state.Cycle + 1;
        var counted = 0;
        return Decision.Of([
            .. Cycle(state, cycle, c.Now)
                .GroupBy(each => (each.Framework, each.Role))
                .OrderBy(offers => offers.Key.Framework).ThenBy(offers => offers.Key.Role, StringComparer.Ordinal)
                .SelectMany(offers => offers.Chunk(MaxOffersPerEvent))
                .Select(offers => new OffersMade(
                    offers[0].Framework,
                    offers[0].Role,
                    offers.Select(each => new OfferedResources(new OfferId($"o{cycle}-{++counted}"), each.Agent, each.Resources)).ToValueList(),
                    cycle,
                    c.Now))]);
    }

    private static IEnumerable<(FrameworkId Framework, string Role, AgentId Agent, Resources Resources)> Cycle(
        AllocatorState state, long seed, DateTimeOffset now)
    {
        var wanting = Wanting(state);
        if (wanting.Count == 0)
            yield break;

        var shares = new Shares(state);
        var counts = wanting.ToDictionary(want => (want.Role, want.Framework.Id), want => want.Framework.OfferCounts.GetValueOrDefault(want.Role));
        foreach (var agent in Shuffled([.. state.Agents.Values.Where(agent => !agent.Silent && Allocatable(agent.Free))], seed))
        {
            var free = agent.Free;
            // Shares move with every offer, so the order is found anew for each agent.
            foreach (var (role, framework) in wanting
                .OrderBy(want => shares.Of(want.Role)).ThenBy(want => want.Role, StringComparer.Ordinal)
                .ThenBy(want => shares.Of(want.Role, want.Framework.Id))
                .ThenBy(want => counts[(want.Role, want.Framework.Id)]).ThenBy(want => want.Framework.Id))
            {
                var candidate = Suitable(free, agent, framework, role);
                if (!Allocatable(candidate) || Refused(framework, role, agent, candidate, now))
                    continue;

                var offered = candidate.AllocatedTo(role);
                shares.Add(role, framework.Id, offered);
                counts[(role, framework.Id)]++;
                yield return (framework.Id, role, agent.Description.Id, offered);
                free -= candidate;
                if (!Allocatable(free))
                    break;
            }
        }
    }

    private static List<(string Role, Framework Framework)> Wanting(AllocatorState state) =>
        [.. from framework in state.Frameworks.Values
            where framework.Connected
            from role in framework.Description.Roles
            where !framework.Suppressed.Contains(role)
            select (role, framework)];

    private static Resources Suitable(Resources free, Agent agent, Framework framework, string role)
    {
        // Machines with GPUs are kept for frameworks that can use them (Mesos: filter_gpu_resources).
        if (agent.Description.Total.Total("gpus") > Scalar.Zero && !framework.Can("GPU_RESOURCES"))
            return Resources.None;
        return free.Where(entry => Roles.MayUse(role, entry.ReservedFor)
            && (!entry.Revocable || framework.Can("REVOCABLE_RESOURCES"))
            && (!entry.Shared || framework.Can("SHARED_RESOURCES")));
    }

    private static bool Allocatable(Resources resources) => resources.Total("cpus") >= MinCpus || resources.Total("mem") >= MinMemMb;

    private static bool Refused(Framework framework, string role, Agent agent, Resources candidate, DateTimeOffset now) =>
        framework.Filters.Exists(filter => filter.Until > now && filter.Role == role
            && filter.AgentId == agent.Description.Id && filter.Resources.Contains(candidate));

    // The order of agents is random, so that no agent is always the first to fill; the cycle's number is the seed.
    private static Agent[] Shuffled(Agent[] agents, long seed)
    {
        var random = new Sequence((ulong)seed);
        for (var last = agents.Length - 1; last > 0; last--)
        {
            var other = (int)(random.Next() % (ulong)(last + 1));
            (agents[last], agents[other]) = (agents[other], agents[last]);
        }
        return agents;
    }
}
