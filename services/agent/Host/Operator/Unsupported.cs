using System.Collections.Frozen;
using Bourse.MesosEdge;

namespace Bourse.Agent.Host.Operator;

/// <summary>
/// The calls that are known and not served, each with its reason: the one place that answers them. docs/mesos-compatibility.md is
/// checked against it.
/// </summary>
internal static class Unsupported
{
    private const string Providers = "there are no resource providers: storage is what the agent is told it has";

    private static readonly FrozenDictionary<string, string> Reasons = new Dictionary<string, string>
    {
        ["ADD_RESOURCE_PROVIDER_CONFIG"] = Providers,
        ["UPDATE_RESOURCE_PROVIDER_CONFIG"] = Providers,
        ["REMOVE_RESOURCE_PROVIDER_CONFIG"] = Providers,
        ["MARK_RESOURCE_PROVIDER_GONE"] = Providers,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>501, with the reason where there is one; UNKNOWN is a call as well, and has none.</summary>
    public static MesosAnswer Call(string name) =>
        MesosAnswer.NotImplemented(Reasons.TryGetValue(name, out var reason) ? $"The call {name} is not implemented: {reason}" : $"The call {name} is not implemented");
}
