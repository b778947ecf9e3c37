using System.Diagnostics;
using System.Text.Json;
using Bourse.Contracts;
using Bourse.Deciding;

namespace Bourse.Registry;

/// <summary>The registry's rules: who is admitted, who is unreachable, who is back.</summary>
public sealed class RegistryCore : ICore<RegistryState, RegistryCommand>
{
    /// <inheritdoc/>
    public string Service => Services.Registry;

    /// <inheritdoc/>
    public RegistryState New() => new();

    /// <inheritdoc/>
    public Decision Decide(RegistryState state, RegistryCommand command) => command switch
    {
        Register c => Registering.Decide(state, c),
        Beat c => Hearing.Decide(state, c),
        Sweep c => Sweeping.Decide(state, c),
        Deactivate or Reactivate or StartDrain or FinishDrain or MarkGone => StandingDecider.Decide(state, command),
        Schedule or TakeDown or BringUp => MaintenancePlan.Decide(state, command),
        _ => throw new UnreachableException($"no decision for {command}"),
    };

    /// <inheritdoc/>
    public void Evolve(RegistryState state, IFact fact)
    {
        switch (fact)
        {
            case AgentRegistered f:
                state.Agents[f.Description.Id] = new(f.Description, f.Incarnation, f.Boot, f.At);
                break;
            case AgentReregistered f:
                state.Agents[f.Description.Id] = new(f.Description, f.Incarnation, f.Boot, f.At) { Standing = state.Agents[f.Description.Id].Standing };
                break;
            case AgentUnreachable f:
                state.Agents[f.AgentId] = state.Agents[f.AgentId] with { Silence = new(f.LastHeard, f.At) };
                break;
            case AgentReturned f:
                state.Agents[f.AgentId] = state.Agents[f.AgentId] with { Silence = null };
                break;
            case AgentTakenDown f:
                state.Agents[f.AgentId] = state.Agents[f.AgentId] with { Down = true };
                break;
            case IAgentFact f:
                state.Agents[f.AgentId] = state.Agents[f.AgentId] with { Standing = StandingDecider.Evolve(state.Agents[f.AgentId].Standing, f) };
                break;
            case IMaintenanceFact f:
                state.Maintenance = state.Maintenance.Evolve(f);
                break;
            case IJournalFact:
                break;
            default:
                throw new UnreachableException($"no evolution for {fact}");
        }
    }

    /// <inheritdoc/>
    public byte[] Save(RegistryState state) => JsonSerializer.SerializeToUtf8Bytes(state, Json.Options);

    /// <inheritdoc/>
    public RegistryState Load(ReadOnlySpan<byte> snapshot) => JsonSerializer.Deserialize<RegistryState>(snapshot, Json.Options)!;

    /// <summary>Every agent as it is now, and which of them are silent: a newcomer needs no earlier incarnation.</summary>
    public IEnumerable<IFact> Picture(RegistryState state)
    {
        foreach (var fact in state.Agents.SelectMany(pair => FactsOf(pair.Key, pair.Value)))
            yield return fact;
        if (state.Maintenance.Windows.Count > 0)
            yield return new MaintenanceScheduled(state.Maintenance.Windows, DateTimeOffset.UnixEpoch);
        if (state.Maintenance.Down.Count > 0)
            yield return new MaintenanceStarted(state.Maintenance.Down, DateTimeOffset.UnixEpoch);
    }

    private static IEnumerable<IFact> FactsOf(AgentId id, Agent agent)
    {
        yield return new AgentRegistered(agent.Description, agent.Incarnation, agent.Boot, agent.Since);
        if (agent.Silence is { } silence)
            yield return new AgentUnreachable(id, agent.Incarnation, silence.LastHeard, silence.Since);
        foreach (var fact in StandingDecider.Picture(id, agent))
            yield return fact;
        if (agent.Down)
            yield return new AgentTakenDown(id, agent.Incarnation, agent.Since);
    }
}
