using System.Diagnostics;
using System.Text.Json;
using Bourse.Contracts;
using Bourse.Deciding;

namespace Bourse.Allocator;

/// <summary>The allocator's rules, by subject: each command is decided, and each fact applied, in one of the files below this folder.</summary>
public sealed class AllocatorCore(AllocatorSettings settings) : ICore<AllocatorState, AllocatorCommand>
{
    /// <summary>Configured as usual.</summary>
    public AllocatorCore() : this(new AllocatorSettings())
    {
    }

    /// <inheritdoc/>
    public string Service => Services.Allocator;

    /// <inheritdoc/>
    public AllocatorState New() => new() { Settings = settings };

    /// <inheritdoc/>
    public Decision Decide(AllocatorState state, AllocatorCommand command) => Recovering.After(state, command, DecideAlone(state, command));

    private static Decision DecideAlone(AllocatorState state, AllocatorCommand command) => command switch
    {
        Subscribe c => Subscribing.Decide(state, c),
        UpdateFramework c => Updating.Decide(state, c),
        Disconnect c => Leaving.Decide(state, c),
        TakeOver c => Leaving.Decide(state, c),
        Tick c => Decision.Of([.. Leaving.Decide(state, c), .. TimingOut.Decide(state, c)]),
        Teardown c => Leaving.Decide(state, c),
        Revive c => Wanting.Decide(state, c),
        Suppress c => Wanting.Decide(state, c),
        Allocate c => Propose.Decide(state, c),
        Accept c => Accepting.Decide(state, c),
        AnswerInverseOffers c => Maintaining.Decide(state, c),
        Operate c => Operating.Decide(state, c),
        AcknowledgeOperation c => Operating.Decide(state, c),
        Decline c => Declining.Decide(state, c),
        Kill c => Killing.Decide(state, c),
        Acknowledge c => Acknowledging.Decide(state, c),
        Report c => Reporting.Decide(state, c),
        Greet c => Greeting.Decide(state, c),
        Shutdown c => Executing.Decide(state, c),
        ReportExecutor c => Executing.Decide(state, c),
        AgentJoined c => Joining.Decide(state, c),
        AgentSilent c => Joining.Decide(state, c),
        AgentHeard c => Joining.Decide(state, c),
        LearnFromRegistry c => Joining.Decide(state, c),
        UpdateQuota c => UpdatingQuota.Decide(state, c),
        SetQuota c => UpdatingQuota.Decide(state, c),
        RemoveQuota c => UpdatingQuota.Decide(state, c),
        UpdateWeights c => UpdatingWeights.Decide(state, c),
        SetWhitelist c => Whitelisting.Decide(state, c),
        _ => throw new UnreachableException($"no decision for {command}"),
    };

    /// <inheritdoc/>
    public void Evolve(AllocatorState state, IFact fact)
    {
        state.Ledger?.Follow(state, fact);
        switch (fact)
        {
            case IFrameworkFact f: FrameworkFacts.Evolve(state, f); break;
            case IOfferFact f: OfferFacts.Evolve(state, f); break;
            case ITaskFact f: TaskFacts.Evolve(state, f); break;
            case IMaintenanceFact f: Maintaining.Evolve(state, f); break;
            case IOperationFact f: OperationFacts.Evolve(state, f); break;
            case IExecutorFact f: ExecutorFacts.Evolve(state, f); break;
            case ICapacityFact f: CapacityFacts.Evolve(state, f); break;
            case IRoleFact f: RoleFacts.Evolve(state, f); break;
            case IRecoveryFact: break;
            case WhitelistChanged f: state.Whitelist = f.Hostnames; break;
            case IJournalFact: break;
            default: throw new UnreachableException($"no evolution for {fact}");
        }
        Recovering.Evolve(state, fact);
        Maintaining.Forget(state, fact);
        if (fact is FrameworkSubscribed subscribed)
            state.Ledger?.Restore(state, subscribed.FrameworkId);
    }

    /// <inheritdoc/>
    public byte[] Save(AllocatorState state) => JsonSerializer.SerializeToUtf8Bytes(state, Json.Options);

    /// <inheritdoc/>
    public AllocatorState Load(ReadOnlySpan<byte> snapshot)
    {
        var state = JsonSerializer.Deserialize<AllocatorState>(snapshot, Json.Options)!;
        state.Settings = settings;
        return state;
    }

    /// <summary>The living tasks and executors: what the secrets service must know.</summary>
    public IEnumerable<IFact> Picture(AllocatorState state) => Tasks(state).Concat(Executors(state));

    private static IEnumerable<IFact> Tasks(AllocatorState state) =>
        from framework in state.Frameworks.Values
        from task in framework.Tasks.Values
        where !task.State.IsTerminal()
        select new TaskLaunched(
            framework.Id, task.Spec, task.AgentId, task.Role, task.OfferId, task.Principal, task.LaunchCommand, DateTimeOffset.UnixEpoch);

    private static IEnumerable<IFact> Executors(AllocatorState state) =>
        from agent in state.Agents.Values
        from executor in agent.Executors
        where executor.Spec.Secrets().Any() && state.Frameworks.ContainsKey(executor.FrameworkId)
        select new ExecutorLaunched(
            executor.FrameworkId, executor.Spec, agent.Description.Id, executor.Role, state.Frameworks[executor.FrameworkId].Description,
            executor.LaunchCommand, DateTimeOffset.UnixEpoch);
}
