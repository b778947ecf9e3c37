using Bourse.Allocator.Engine;
using Bourse.Contracts;

namespace Bourse.Allocator;

/// <summary>
/// The allocation engine beside the state: everything in it follows from the state. It is made when a cycle is first decided, and
/// follows every fact from then on; a state that only replays never has one.
/// </summary>
internal sealed class Ledger
{
    private Ledger(AllocatorState state)
    {
        Engine = new(Options(state.Settings));
        Engine.SetWhitelist(state.Whitelist);
        foreach (var (role, weight) in state.Weights)
            Engine.SetWeight(role, weight);
        foreach (var quota in state.Quotas.Values)
            SetQuota(quota);
        foreach (var agent in state.Agents.Values)
        {
            Add(agent.Description, agent.Total);
            Engine.SetPresent(Of(agent.Description.Id), agent is { Silent: false, Removed: false });
            Engine.SetActivated(Of(agent.Description.Id), !agent.Standing.Deactivated);
        }
        foreach (var framework in state.Frameworks.Values)
        {
            if (framework.Removed)
                Engine.SetFramework(framework.Id.Value, [], [], active: false, []);
            else
                Subscribe(state, framework, framework.Description, framework.Suppressed, framework.Connected);
            foreach (var task in framework.Tasks.Values.Where(task => !task.State.IsTerminal()))
                Engine.Take(Of(task.AgentId), Client(framework.Id, task.Role), Engine.Kinds.Bag(task.Spec.Resources));
        }
        foreach (var agent in state.Agents.Values)
            foreach (var executor in agent.Executors)
            {
                // One whose framework has gone is still paid for by its role.
                if (!state.Frameworks.ContainsKey(executor.FrameworkId))
                    Engine.SetFramework(executor.FrameworkId.Value, [], [], active: false, []);
                Engine.Take(Of(agent.Description.Id), Client(executor.FrameworkId, executor.Role), Engine.Kinds.Bag(executor.Spec.Resources));
            }
        foreach (var offer in state.Offers.Values)
            Engine.Take(Of(offer.AgentId), Client(offer.FrameworkId, offer.Role), Engine.Kinds.Bag(offer.Resources));
        foreach (var framework in state.Frameworks.Values)
        {
            foreach (var filter in framework.Filters.Values.SelectMany(each => each))
                Refuse(framework.Id, filter.Role, filter.AgentId, filter.Resources, filter.Until);
            Restore(state, framework.Id);
        }
    }

    public AllocationEngine Engine { get; }

    /// <summary>The engine of a state.</summary>
    public static AllocationEngine EngineOf(AllocatorState state) => (state.Ledger ??= new Ledger(state)).Engine;

    private static EngineOptions Options(AllocatorSettings settings) => new()
    {
        FilterGpus = settings.FilterGpuResources,
        FairSharingExcluded = settings.FairSharingExcluded,
        MinAllocatable = Wishes.Thousandths(settings.MinAllocatable),
        Region = settings.Domain?.Region,
        RandomRoles = settings.RandomRoles,
        RandomFrameworks = settings.RandomFrameworks,
    };

    /// <summary>Follows a fact that the state is about to apply.</summary>
    public void Follow(AllocatorState state, IFact fact)
    {
        switch (fact)
        {
            case OffersMade f: Make(f); break;
            case OffersAccepted f:
                End(state, f.OfferIds);
                if (f.RefusedUntil is { } rest)
                    Refuse(f.FrameworkId, f.Role, f.AgentId, f.Unused, rest);
                break;
            case OffersDeclined f:
                foreach (var offer in End(state, f.OfferIds))
                    if (f.RefusedUntil is { } until)
                        Refuse(f.FrameworkId, offer.Role, offer.AgentId, offer.Resources, until);
                break;
            case OffersRescinded f: End(state, f.OfferIds); break;
            case TaskLaunched f: Engine.Take(Of(f.AgentId), Client(f.FrameworkId, f.Role), Engine.Kinds.Bag(f.Spec.Resources)); break;
            case TaskStatusChanged f: Change(state, f); break;
            case OperationApplied f:
                var (slot, agent) = (Of(f.AgentId), state.Agents[f.AgentId]);
                Engine.UpdateAgent(slot, Engine.Kinds.Bag(agent.Total - f.Consumed + f.Produced), attributes: null);
                break;
            case CapacityAdded f: Add(f.Description, f.Kept is null ? f.Description.Total : Pool.Total(f.Description.Total, f.Kept)); break;
            case ExecutorLaunched f: Engine.Take(Of(f.AgentId), Client(f.FrameworkId, f.Role), Engine.Kinds.Bag(f.Spec.Resources)); break;
            case ExecutorEnded f when ExecutorFacts.Held(state.Agents[f.AgentId], f) is { } ended:
                Engine.Release(Of(f.AgentId), Client(f.FrameworkId, ended.Role), Engine.Kinds.Bag(ended.Spec.Resources));
                ForgetWhenEmpty(state, f.FrameworkId);
                break;
            case CapacitySuspended f: Engine.SetPresent(Of(f.AgentId), present: false); break;
            case CapacityWithheld f: Engine.SetActivated(Of(f.AgentId), activated: false); break;
            case CapacityReleased f: Engine.SetActivated(Of(f.AgentId), activated: true); break;
            case CapacityRemoved f: Engine.SetPresent(Of(f.AgentId), present: false); break;
            case CapacityResumed f: Engine.SetPresent(Of(f.AgentId), present: true); break;
            case QuotasUpdated f:
                foreach (var quota in f.Quotas)
                    SetQuota(quota);
                break;
            case WeightsUpdated f:
                foreach (var (role, weight) in f.Weights)
                    Engine.SetWeight(role, weight);
                break;
            case WhitelistChanged f: Engine.SetWhitelist(f.Hostnames); break;
            case IFrameworkFact f: Follow(f); break;
            default: break;
        }
    }

    /// <summary>A framework's own count of offers, and those of its roles, are in the state, so that ties go on as they were.</summary>
    public void Restore(AllocatorState state, FrameworkId id)
    {
        if (Engine.Framework(id.Value) is not { } framework || !state.Frameworks.TryGetValue(id, out var known))
            return;
        foreach (var client in framework.Clients)
            if (client.Node is not null)
                AllocationEngine.RestoreCounts(client, known.OfferCounts.GetValueOrDefault(client.Role.Path), path => state.RoleOfferCounts.GetValueOrDefault(path));
    }

    private void Follow(IFrameworkFact fact)
    {
        var framework = Engine.Framework(fact.FrameworkId.Value);
        switch (fact)
        {
            case FrameworkSubscribed f:
                // A scheduler that starts anew does not know what its predecessor declined.
                if (framework is { Active: true })
                    Engine.SetActive(framework, active: false);
                Subscribe(f.FrameworkId, f.Description, f.SuppressedRoles, connected: true);
                break;
            case FrameworkUpdated f when framework is not null:
                Engine.SetCapabilities(framework, f.Description.Capabilities);
                Engine.SetRoles(framework, f.Description.Roles, suppressed: null);
                Wishes.Apply(Engine, framework, f.Description);
                break;
            case FrameworkDisconnected when framework is not null: Engine.SetActive(framework, active: false); break;
            case FrameworkSuppressed f when framework is not null: Engine.Suppress(framework, f.Roles); break;
            case FrameworkRevived f when framework is not null: Engine.Revive(framework, f.Roles); break;
            case FrameworkRemoved when framework is not null:
                // Its tasks run until they are killed, and its roles pay for them until then.
                Engine.SetActive(framework, active: false);
                Engine.SetRoles(framework, [], suppressed: null);
                if (framework.Clients.Count == 0)
                    Engine.RemoveFramework(framework);
                break;
            default: break;
        }
    }

    private void Subscribe(AllocatorState state, Framework framework, FrameworkDescription description, IEnumerable<string> suppressed, bool connected)
    {
        Subscribe(framework.Id, description, suppressed, connected);
        Restore(state, framework.Id);
    }

    private void Subscribe(FrameworkId id, FrameworkDescription description, IEnumerable<string> suppressed, bool connected) =>
        Wishes.Apply(
            Engine, Engine.SetFramework(id.Value, description.Roles, description.Capabilities, connected, suppressed), description);

    private void Make(OffersMade f)
    {
        var client = Client(f.FrameworkId, f.Role);
        foreach (var offer in f.Offers)
            Engine.TakeCounted(Of(offer.AgentId), client, Engine.Kinds.Bag(offer.Resources));
    }

    private List<Offer> End(AllocatorState state, ValueList<OfferId> ids)
    {
        var ended = ids.Select(id => state.Offers[id]).ToList();
        foreach (var offer in ended)
            Engine.Release(Of(offer.AgentId), Client(offer.FrameworkId, offer.Role), Engine.Kinds.Bag(offer.Resources));
        return ended;
    }

    private void Change(AllocatorState state, TaskStatusChanged f)
    {
        var task = state.Frameworks[f.FrameworkId].Tasks[f.TaskId];
        if (task.State.IsTerminal() || !f.Update.State.IsTerminal())
            return;
        Engine.Release(Of(task.AgentId), Client(f.FrameworkId, task.Role), Engine.Kinds.Bag(task.Spec.Resources));
        ForgetWhenEmpty(state, f.FrameworkId);
    }

    // A framework that is over is forgotten once nothing of it is left.
    private void ForgetWhenEmpty(AllocatorState state, FrameworkId id)
    {
        if (state.Living(id) is null && Engine.Framework(id.Value) is { Clients.Count: 0 } framework)
            Engine.RemoveFramework(framework);
    }

    private void Refuse(FrameworkId framework, string role, AgentId agent, Resources resources, DateTimeOffset until) =>
        Engine.Refuse(Of(agent), Client(framework, role), Engine.Kinds.Bag(resources), until.UtcTicks);

    private void Add(AgentDescription description, Resources resources)
    {
        var total = Engine.Kinds.Bag(resources);
        if (Engine.Agent(description.Id.Value) is not { } agent)
        {
            Engine.AddAgent(description.Id.Value, total, Describe);
            return;
        }
        Engine.UpdateAgent(agent, total, description.Attributes, Describe);
        Engine.SetPresent(agent, present: true);

        void Describe(AgentSlot slot)
        {
            slot.Hostname = description.Hostname;
            slot.Attributes = slot.Attributes.Count == 0 && slot.Total.IsEmpty ? description.Attributes : slot.Attributes;
            (slot.Region, slot.Zone) = (description.Domain?.Region, description.Domain?.Zone);
        }
    }

    private void SetQuota(RoleQuota quota)
    {
        Engine.SetQuota(quota.Role, Amounts(quota.Guarantee), Amounts(quota.Limit));

        IEnumerable<(int Name, long Amount)> Amounts(ValueList<Quantity> quantities) =>
            quantities.Select(each => (Engine.Names.Of(each.Name), each.Amount.Thousandths));
    }

    private AgentSlot Of(AgentId id) => Engine.Agent(id.Value)!;

    private ClientSlot Client(FrameworkId framework, string role) => Engine.Client(framework.Value, role);
}
