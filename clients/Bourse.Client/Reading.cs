using System.Collections.Frozen;
using System.Reflection;
using Bourse.MesosV1;
using Google.Protobuf.Reflection;

namespace Bourse.Client;

/// <summary>What every framework asks of the messages it gets.</summary>
public static class Reading
{
    /// <summary>How much of a resource an offer has, whatever it is reserved for.</summary>
    public static double Sum(this Offer offer, string resource) =>
        Math.Round(offer.Resources.Where(one => one.Name == resource && one.Scalar is not null).Sum(one => one.Scalar.Value), 3);

    /// <summary>Where the agent of an offer listens; null when the offer does not say.</summary>
    public static Uri? AgentAddress(this Offer offer)
    {
        if (offer.Url?.Address is not { } address)
            return null;
        var host = address.HasIp ? address.Ip : address.Hostname;
        return host.Length == 0 ? null : new UriBuilder(offer.Url.Scheme, host, address.Port).Uri;
    }

    /// <summary>Whether no other state will follow.</summary>
    public static bool IsTerminal(this TaskState state) => state is TaskState.TaskFinished or TaskState.TaskFailed or TaskState.TaskKilled
        or TaskState.TaskError or TaskState.TaskLost or TaskState.TaskDropped or TaskState.TaskGone or TaskState.TaskGoneByOperator;

    /// <summary>The name on the wire: TASK_RUNNING, REASON_CONTAINER_LIMITATION… Of a value without a name, its number.</summary>
    public static string Name<T>(this T value) where T : struct, Enum => Names<T>.All.GetValueOrDefault(value) ?? value.ToString();

    private static class Names<T> where T : struct, Enum
    {
        public static readonly FrozenDictionary<T, string> All = typeof(T).GetFields(BindingFlags.Public | BindingFlags.Static)
            .DistinctBy(field => (T)field.GetValue(null)!)
            .ToFrozenDictionary(field => (T)field.GetValue(null)!, field => field.GetCustomAttribute<OriginalNameAttribute>()?.Name ?? field.Name);
    }
}
