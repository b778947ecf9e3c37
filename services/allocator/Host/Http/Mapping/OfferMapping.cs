using Bourse.Contracts;
using V1 = Bourse.MesosV1;

namespace Bourse.Allocator.Host.Http.Mapping;

/// <summary>Offers and the agents behind them.</summary>
internal static class OfferMapping
{
    /// <summary>An offer in the form its framework's capabilities ask for.</summary>
    public static V1.Offer Write(
        OfferId id, FrameworkId framework, string role, Resources resources, AgentDescription agent, ValueList<string> capabilities,
        MaintenanceWindow? window = null, IEnumerable<ExecutorId>? executors = null)
    {
        var multiRole = capabilities.Contains("MULTI_ROLE");
        var format = capabilities.Contains("RESERVATION_REFINEMENT") ? ReservationFormat.New : ReservationFormat.Old;
        return new()
        {
            Id = new() { Value = id.Value },
            FrameworkId = new() { Value = framework.Value },
            AgentId = new() { Value = agent.Id.Value },
            Hostname = agent.Hostname,
            Url = Url(agent),
            Domain = Domain(agent.Domain),
            Resources = { ResourceWriting.Write(resources, format, allocationInfo: multiRole) },
            Attributes = { agent.Attributes.Select(Attribute) },
            AllocationInfo = multiRole ? new() { Role = role } : null,
            ExecutorIds = { (executors ?? []).Select(executor => new V1.ExecutorID { Value = executor.Value }) },
            Unavailability = window is null ? null : Operator.MaintenanceCalls.Unavailability(window.Start, window.Duration),
        };
    }

    /// <summary>A request to leave an agent; that it names no resources means all of them.</summary>
    public static V1.InverseOffer Write(InverseOffered offer, FrameworkId framework, AgentDescription agent) => new()
    {
        Id = new() { Value = offer.Id.Value },
        Url = Url(agent),
        FrameworkId = new() { Value = framework.Value },
        AgentId = new() { Value = agent.Id.Value },
        Unavailability = Operator.MaintenanceCalls.Unavailability(offer.Start, offer.Duration),
    };

    /// <summary>An agent as it registered.</summary>
    public static V1.AgentInfo Agent(AgentDescription agent) => new()
    {
        Id = new() { Value = agent.Id.Value },
        Hostname = agent.Hostname,
        Port = agent.Port,
        Domain = Domain(agent.Domain),
        Resources = { ResourceWriting.Write(agent.Total, ReservationFormat.Endpoint, allocationInfo: false) },
        Attributes = { agent.Attributes.Select(Attribute) },
    };

    // The Node client reads the address's ip without looking whether it is there.
    private static V1.URL Url(AgentDescription agent) => new()
    {
        Scheme = "http",
        Address = new() { Hostname = agent.Hostname, Ip = agent.Address, Port = agent.Port },
        Path = "/slave(1)",
    };

    /// <summary>A fault domain as it is sent; null for none.</summary>
    public static V1.DomainInfo? Domain(FaultDomain? domain) => domain is null ? null : new()
    {
        FaultDomain = new() { Region = new() { Name = domain.Region }, Zone = new() { Name = domain.Zone } },
    };

    private static V1.Attribute Attribute(AgentAttribute attribute)
    {
        var written = new V1.Attribute { Name = attribute.Name };
        if (attribute.Scalar is { } scalar)
        {
            written.Type = V1.Value.Types.Type.Scalar;
            written.Scalar = new() { Value = scalar.ToDouble() };
        }
        else if (attribute.Ranges.Count > 0)
        {
            written.Type = V1.Value.Types.Type.Ranges;
            written.Ranges = new() { Range = { attribute.Ranges.Select(i => new V1.Value.Types.Range { Begin = i.Begin, End = i.End }) } };
        }
        else
        {
            written.Type = V1.Value.Types.Type.Text;
            written.Text = new() { Value = attribute.Text ?? "" };
        }
        return written;
    }
}
