using System.Text.Json;
using Bourse.Allocator.Host.Http.Mapping;
using Bourse.Allocator.Host.Http.Operator;
using Bourse.Contracts;

namespace Bourse.Allocator.Host.Http.Legacy;

/// <summary>An agent under its old name, slave.</summary>
internal static class AgentObject
{
    /// <summary>What <c>/state</c> and <c>/state-summary</c> tell.</summary>
    public static void Write(Utf8JsonWriter json, ClusterView.AgentView view)
    {
        var agent = view.Description;
        json.WriteString("id", agent.Id.Value);
        json.WriteString("hostname", agent.Hostname);
        json.WriteNumber("port", agent.Port);
        json.Object("attributes", () => Attributes(json, agent.Attributes));
        json.WriteString("pid", $"slave(1)@{agent.Address}:{agent.Port}");
        json.Time("registered_time", view.RegisteredAt);
        if (view.ReregisteredAt is { } again)
            json.Time("reregistered_time", again);
        json.Resources("resources", agent.Total);
        json.Resources("used_resources", view.Used);
        json.Resources("offered_resources", view.Offered);
        json.Reserved("reserved_resources", agent.Total);
        json.Resources("unreserved_resources", agent.Total.Where(entry => entry.ReservedFor is null));
        json.WriteBoolean("active", view.Active);
        json.WriteBoolean("deactivated", view.Standing.Deactivated);
        json.WriteString("version", agent.Version);
        json.Texts("capabilities", GetAgentsCall.Capabilities.Select(EnumNames.Of));
        if (agent.Domain is { } domain)
            json.Object("domain", () => Domain(json, domain));
    }

    /// <summary>What <c>/slaves</c> tells beyond that: resources whole.</summary>
    public static void WriteFull(Utf8JsonWriter json, ClusterView.AgentView view)
    {
        Write(json, view);
        json.Object("reserved_resources_full", () =>
        {
            foreach (var role in LegacyJson.ByRole(view.Description.Total))
                json.Messages(role.Key, ResourceWriting.Write(Resources.Of(role), ReservationFormat.Endpoint, allocationInfo: false));
        });
        var unreserved = view.Description.Total.Where(entry => entry.ReservedFor is null);
        json.Messages("unreserved_resources_full", ResourceWriting.Write(unreserved, ReservationFormat.Endpoint, allocationInfo: false));
        json.Messages("used_resources_full", ResourceWriting.Write(view.Used, ReservationFormat.Endpoint, allocationInfo: true));
        json.Messages("offered_resources_full", ResourceWriting.Write(view.Offered, ReservationFormat.Endpoint, allocationInfo: true));
    }

    private static void Attributes(Utf8JsonWriter json, ValueList<AgentAttribute> attributes)
    {
        // An agent may bear one name twice, an object may not; the last one counts, as with most readers.
        foreach (var attribute in attributes.GroupBy(attribute => attribute.Name, StringComparer.Ordinal).Select(same => same.Last()))
        {
            if (attribute.Scalar is { } scalar)
                json.Double(attribute.Name, scalar.ToDouble());
            else
                json.WriteString(attribute.Name, attribute.Ranges.Count > 0 ? LegacyJson.Ranges(attribute.Ranges) : attribute.Text ?? "");
        }
    }

    /// <summary>A fault domain, as a member.</summary>
    public static void Domain(Utf8JsonWriter json, FaultDomain domain) => json.Object("fault_domain", () =>
    {
        json.Object("region", () => json.WriteString("name", domain.Region));
        json.Object("zone", () => json.WriteString("name", domain.Zone));
    });
}
