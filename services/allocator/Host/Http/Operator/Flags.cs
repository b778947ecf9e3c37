using System.Globalization;
using Bourse.Edge;

namespace Bourse.Allocator.Host.Http.Operator;

/// <summary>What GET_FLAGS and <c>/flags</c> tell: settings in force, under the names of Mesos where it has them. Never a secret or a path to one.</summary>
internal static class Flags
{
    public static IReadOnlyList<KeyValuePair<string, string>> Of(EdgeSettings settings)
    {
        var url = settings.Urls.FirstOrDefault(EdgeSettings.DefaultListen);
        var known = Uri.TryCreate(url, UriKind.Absolute, out var uri);
        string Said(bool value) => value ? "true" : "false";
        return
        [
            .. known ? (KeyValuePair<string, string>[])[new("ip", uri!.Host), new("port", uri.Port.ToString(CultureInfo.InvariantCulture))] : [],
            new("allocation_interval", "1secs"),
            new("authenticate_frameworks", Said(!settings.Open)),
            new("authenticate_http_frameworks", Said(!settings.Open)),
            new("authenticate_http_readonly", Said(!settings.Open)),
            new("authenticate_http_readwrite", Said(!settings.Open)),
            new("max_body_bytes", settings.MaxBodyBytes.ToString(CultureInfo.InvariantCulture)),
            new("max_completed_frameworks", AllocatorState.MaxCompletedFrameworks.ToString(CultureInfo.InvariantCulture)),
            new("max_completed_tasks_per_framework", AllocatorState.MaxCompletedTasksPerFramework.ToString(CultureInfo.InvariantCulture)),
            new("max_operator_event_stream_subscribers", OperatorStreams.MaxSubscribers.ToString(CultureInfo.InvariantCulture)),
        ];
    }
}
