using Bourse.Contracts;
using Bourse.Journal;

namespace Bourse.Registry.Host;

/// <summary>
/// When each agent was heard last. Not recorded: whoever starts to lead gives every agent a full timeout from then. Measured by a
/// clock that nobody sets, so that no correction of the time makes a cluster unreachable.
/// </summary>
public sealed class Heartbeats(HeartbeatSettings settings, TimeProvider clock) : ICommitListener<RegistryState>
{
    private readonly Lock gate = new();
    private readonly SortedDictionary<AgentId, Watched> agents = [];
    private long judgeFrom;

    /// <summary>Takes note of a heartbeat. False when it is news, which the registry must decide on.</summary>
    public bool Heard(AgentId agent, long incarnation)
    {
        lock (gate)
        {
            if (agents.GetValueOrDefault(agent) is not { Silent: false } watched || watched.Incarnation != incarnation)
                return false;
            agents[agent] = watched with { Stamp = clock.GetTimestamp() };
            return true;
        }
    }

    /// <summary>Those that have been silent for the timeout, with the UTC instant at which each was heard last.</summary>
    public ValueList<LastHeard> Overdue()
    {
        lock (gate)
        {
            if (clock.GetTimestamp() < judgeFrom)
                return [];
            var now = clock.GetUtcNow();
            return agents.Where(pair => !pair.Value.Silent && clock.GetElapsedTime(pair.Value.Stamp) >= settings.Timeout)
                .Select(pair => new LastHeard(pair.Key, pair.Value.Incarnation, now - clock.GetElapsedTime(pair.Value.Stamp)))
                .ToValueList();
        }
    }

    /// <summary>Nothing could be heard for a while: nobody is judged by that silence.</summary>
    public void WasDeaf()
    {
        lock (gate)
            judgeFrom = clock.GetTimestamp() + (long)(settings.Grace.TotalSeconds * clock.TimestampFrequency);
    }

    /// <inheritdoc/>
    public void Leading(RegistryState state, long epoch)
    {
        lock (gate)
        {
            agents.Clear();
            foreach (var (id, agent) in state.Agents.Where(pair => pair.Value is { Down: false, Standing.Gone: false }))
                agents[id] = new(agent.Incarnation, agent.Silence is not null, clock.GetTimestamp());
        }
    }

    /// <inheritdoc/>
    public void Committed(RegistryState state, IReadOnlyList<Recorded> events)
    {
        lock (gate)
        {
            foreach (var fact in events.Select(recorded => recorded.Fact).OfType<IAgentFact>())
                Note(fact);
        }
    }

    private void Note(IAgentFact fact)
    {
        if (fact is AgentMarkedGone or AgentTakenDown)
            agents.Remove(fact.AgentId);
        else if (fact is AgentRegistered or AgentReregistered or AgentUnreachable or AgentReturned)
            agents[fact.AgentId] = new(fact.Incarnation, fact is AgentUnreachable, clock.GetTimestamp());
    }

    private sealed record Watched(long Incarnation, bool Silent, long Stamp);
}
