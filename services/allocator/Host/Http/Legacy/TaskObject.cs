using System.Text.Json;
using Bourse.Allocator.Host.Http.Mapping;
using Bourse.Allocator.Host.Http.Operator;
using Bourse.Contracts;
using Bourse.MesosV1.Wire;

namespace Bourse.Allocator.Host.Http.Legacy;

/// <summary>A task.</summary>
internal static class TaskObject
{
    public static void Write(Utf8JsonWriter json, ClusterView.TaskView view)
    {
        json.WriteString("id", view.Spec.Id.Value);
        json.WriteString("name", view.Spec.Name);
        json.WriteString("framework_id", view.FrameworkId.Value);
        // Empty for the task of a command.
        json.WriteString("executor_id", view.Spec.Executor?.Value ?? "");
        json.WriteString("slave_id", view.AgentId.Value);
        json.WriteString("state", EnumNames.Of(TaskStatusMapping.State(view.State)));
        json.Resources("resources", view.Spec.Resources);
        json.WriteString("role", view.Spec.Resources.Entries.Select(entry => entry.AllocationRole).FirstOrDefault(role => role is not null) ?? "*");
        json.Objects("statuses", view.Statuses, Status);
        json.WriteString("user", view.User);
        json.Labels(view.Spec.Labels);
        // As they are in v1: what came late was never given an older form.
        if (DiscoveryMapping.Write(view.Spec.Discovery) is { } discovery)
        {
            json.WritePropertyName("discovery");
            json.WriteRawValue(MesosJson.Format(discovery));
        }
        if (view.Spec.Limits.Count > 0)
            json.Object("limits", () =>
            {
                foreach (var limit in view.Spec.Limits)
                    if (limit.Amount is { } amount)
                        json.Double(limit.Name, amount.ToDouble());
                    else
                        json.WriteString(limit.Name, "Infinity");
            });
    }

    private static void Status(Utf8JsonWriter json, TaskUpdate update)
    {
        json.WriteString("state", EnumNames.Of(TaskStatusMapping.State(update.State)));
        json.Time("timestamp", update.At);
        if (update.Healthy is { } healthy)
            json.WriteBoolean("healthy", healthy);
    }
}
