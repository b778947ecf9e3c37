using System.Globalization;
using System.Text.Json.Nodes;
using Bourse.Contracts;
using Bourse.Edge;

namespace Bourse.Allocator.Host.Http.Operator;

/// <summary>What GET_FLAGS and <c>/flags</c> tell: settings in force, under the names of Mesos where it has them. Never a secret or a path to one.</summary>
internal static class Flags
{
    public static IReadOnlyList<KeyValuePair<string, string>> Of(EdgeSettings settings, AllocatorSettings allocator)
    {
        var url = settings.Urls.FirstOrDefault(EdgeSettings.DefaultListen);
        var known = Uri.TryCreate(url, UriKind.Absolute, out var uri);
        string Said(bool value) => value ? "true" : "false";
        KeyValuePair<string, string>[] flags =
        [
            .. known ? (KeyValuePair<string, string>[])[new("ip", uri!.Host), new("port", uri.Port.ToString(CultureInfo.InvariantCulture))] : [],
            new("allocation_interval", "1secs"),
            .. allocator.Domain is { } domain ? (KeyValuePair<string, string>[])[new("domain", Domain(domain))] : [],
            .. allocator.FairSharingExcluded.Count > 0
                ? (KeyValuePair<string, string>[])[new("fair_sharing_excluded_resource_names", string.Join(',', allocator.FairSharingExcluded))] : [],
            new("allocator_agent_recovery_factor", allocator.AgentRecoveryFactor.ToString(CultureInfo.InvariantCulture)),
            new("allocator_recovery_timeout", Seconds(allocator.RecoveryTimeout)),
            new("root_submissions", Said(allocator.RootSubmissions)),
            new("role_sorter", allocator.RandomRoles ? "random" : "drf"),
            new("framework_sorter", allocator.RandomFrameworks ? "random" : "drf"),
            new("filter_gpu_resources", Said(allocator.FilterGpuResources)),
            new("min_allocatable_resources", string.Join('|', allocator.MinAllocatable.Select(all => string.Join(';', all)))),
            .. allocator.OfferTimeout is { } timeout ? (KeyValuePair<string, string>[])[new("offer_timeout", Seconds(timeout))] : [],
            new("authenticate_frameworks", Said(!settings.Open)),
            new("authenticate_http_frameworks", Said(!settings.Open)),
            new("authenticate_http_readonly", Said(!settings.Open)),
            new("authenticate_http_readwrite", Said(!settings.Open)),
            new("max_body_bytes", settings.MaxBodyBytes.ToString(CultureInfo.InvariantCulture)),
            new("max_completed_frameworks", AllocatorState.MaxCompletedFrameworks.ToString(CultureInfo.InvariantCulture)),
            new("max_completed_tasks_per_framework", AllocatorState.MaxCompletedTasksPerFramework.ToString(CultureInfo.InvariantCulture)),
            new("max_operator_event_stream_subscribers", OperatorStreams.MaxSubscribers.ToString(CultureInfo.InvariantCulture)),
        ];
        return [.. flags.OrderBy(flag => flag.Key, StringComparer.Ordinal)];
    }

    private static string Domain(FaultDomain domain) => new JsonObject
    {
        ["fault_domain"] = new JsonObject
        {
            ["region"] = new JsonObject { ["name"] = domain.Region },
            ["zone"] = new JsonObject { ["name"] = domain.Zone },
        },
    }.ToJsonString();

    private static string Seconds(TimeSpan time) => FormattableString.Invariant($"{time.TotalSeconds}secs");
}
