using Bourse.Allocator.Host.Http.Mapping;
using Bourse.MesosV1.Master;
using Capability = Bourse.MesosV1.AgentInfo.Types.Capability;

namespace Bourse.Allocator.Host.Http.Operator;

/// <summary>GET_AGENTS: every agent that ever joined; one that is unreachable is not active.</summary>
internal static class GetAgentsCall
{
    public static readonly Capability.Types.Type[] Capabilities =
    [
        Capability.Types.Type.MultiRole, Capability.Types.Type.HierarchicalRole, Capability.Types.Type.ReservationRefinement,
        Capability.Types.Type.ResizeVolume, Capability.Types.Type.AgentOperationFeedback, Capability.Types.Type.AgentDraining,
    ];

    public static Response.Types.GetAgents Answer(ClusterView view) => new() { Agents = { view.Agents.Select(Agent) } };

    public static Response.Types.GetAgents.Types.Agent Agent(ClusterView.AgentView view)
    {
        var agent = view.Description;
        return new()
        {
            AgentInfo = OfferMapping.Agent(agent),
            Active = view.Active,
            Deactivated = view.Standing.Deactivated,
            DrainInfo = Drain(view.Standing.Drain),
            EstimatedDrainStartTime = view.Standing.Drain is { } drain ? TaskStatusMapping.Time(drain.Since) : null,
            Version = agent.Version,
            Pid = $"slave(1)@{agent.Address}:{agent.Port}",
            RegisteredTime = TaskStatusMapping.Time(view.RegisteredAt),
            ReregisteredTime = view.ReregisteredAt is { } again ? TaskStatusMapping.Time(again) : null,
            TotalResources = { ResourceWriting.Write(agent.Total, ReservationFormat.Endpoint, allocationInfo: false) },
            AllocatedResources = { ResourceWriting.Write(view.Used, ReservationFormat.Endpoint, allocationInfo: true) },
            OfferedResources = { ResourceWriting.Write(view.Offered, ReservationFormat.Endpoint, allocationInfo: true) },
            Capabilities = { Capabilities.Select(type => new Capability { Type = type }) },
        };
    }

    private static MesosV1.DrainInfo? Drain(Contracts.Drain? drain) => drain is null ? null : new()
    {
        State = drain.Drained ? MesosV1.DrainState.Drained : MesosV1.DrainState.Draining,
        Config = new()
        {
            MaxGracePeriod = drain.MaxGrace is { } grace ? new() { Nanoseconds = grace.Ticks * TimeSpan.NanosecondsPerTick } : null,
            MarkGone = drain.MarkGone,
        },
    };
}
