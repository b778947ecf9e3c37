using System.Text.Json;
using Bourse.Allocator.Host.Http.Operator;
using Bourse.Contracts;

namespace Bourse.Allocator.Host.Http.Legacy;

/// <summary>A framework.</summary>
internal static class FrameworkObject
{
    /// <summary>What <c>/state-summary</c> tells, too.</summary>
    public static void WriteSummary(Utf8JsonWriter json, ClusterView.FrameworkView view)
    {
        var description = view.Description;
        json.WriteString("id", view.Id.Value);
        json.WriteString("name", description.Name);
        json.Resources("used_resources", Used(view));
        json.Resources("offered_resources", Offered(view));
        json.Texts("capabilities", description.Capabilities);
        json.WriteString("hostname", description.Hostname ?? "");
        json.WriteString("webui_url", description.WebUiUrl ?? "");
        json.WriteBoolean("active", view.Connected);
        json.WriteBoolean("connected", view.Connected);
        json.WriteBoolean("recovered", false);
    }

    /// <summary>All of it, with its tasks and offers.</summary>
    public static void Write(Utf8JsonWriter json, ClusterView.FrameworkView view)
    {
        var description = view.Description;
        WriteSummary(json, view);
        json.WriteString("user", description.User);
        json.Double("failover_timeout", description.FailoverTimeout.TotalSeconds);
        json.WriteBoolean("checkpoint", description.Checkpoint);
        json.Time("registered_time", view.RegisteredAt);
        if (view.RemovedAt is { } removed)
            json.Time("unregistered_time", removed);
        else
            json.Double("unregistered_time", 0);
        if (view.ReregisteredAt is { } again)
            json.Time("reregistered_time", again);
        json.WriteString("principal", description.Principal);
        json.Resources("resources", Used(view) + Offered(view));
        if (description.Capabilities.Contains("MULTI_ROLE"))
            json.Texts("roles", description.Roles);
        else
            json.WriteString("role", description.Roles[0]);
        json.Objects("tasks", view.Tasks.Where(task => task.State != TaskState.Unreachable), TaskObject.Write);
        json.Objects("unreachable_tasks", view.Tasks.Where(task => task.State == TaskState.Unreachable), TaskObject.Write);
        json.Objects("completed_tasks", view.CompletedTasks, TaskObject.Write);
        json.Objects("offers", view.Offers.Select(offered => offered.Offer), Offer);
        json.Texts("executors", []);
        json.Labels(description.Labels);
    }

    private static Resources Used(ClusterView.FrameworkView view) =>
        Resources.Of(view.Tasks.Where(task => !task.State.IsTerminal()).SelectMany(task => task.Spec.Resources.Entries));

    private static Resources Offered(ClusterView.FrameworkView view) => Resources.Of(view.Offers.SelectMany(offered => offered.Offer.Resources.Entries));

    private static void Offer(Utf8JsonWriter json, Offer offer)
    {
        json.WriteString("id", offer.Id.Value);
        json.WriteString("framework_id", offer.FrameworkId.Value);
        json.Object("allocation_info", () => json.WriteString("role", offer.Role));
        json.WriteString("slave_id", offer.AgentId.Value);
        json.Resources("resources", offer.Resources);
    }
}
