using System.Collections.Frozen;

namespace Bourse.Allocator.Host.Http;

/// <summary>
/// The calls that are known and not served, each with its reason: the one place that answers them. To serve one, take it out here and
/// give it an arm in its dispatch; docs/mesos-compatibility.md is checked against both.
/// </summary>
internal static class Unsupported
{
    private const string Reservations = "reservations and volumes are not in this release";
    private const string Draining = "agents cannot be drained or taken out of service by a call in this release; stop the agent's process";

    private static readonly FrozenDictionary<string, string> Reasons = new Dictionary<string, string>
    {
        ["RESERVE_RESOURCES"] = Reservations,
        ["UNRESERVE_RESOURCES"] = Reservations,
        ["CREATE_VOLUMES"] = Reservations,
        ["DESTROY_VOLUMES"] = Reservations,
        ["GROW_VOLUME"] = Reservations,
        ["SHRINK_VOLUME"] = Reservations,
        ["UPDATE_MAINTENANCE_SCHEDULE"] = Draining,
        ["START_MAINTENANCE"] = Draining,
        ["STOP_MAINTENANCE"] = Draining,
        ["DRAIN_AGENT"] = Draining,
        ["DEACTIVATE_AGENT"] = Draining,
        ["REACTIVATE_AGENT"] = Draining,
        ["MARK_AGENT_GONE"] = Draining,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>501, with the reason where there is one; UNKNOWN is a call as well, and has none.</summary>
    public static MesosAnswer Call(string name) =>
        MesosAnswer.NotImplemented(Reasons.TryGetValue(name, out var reason) ? $"The call {name} is not implemented: {reason}" : $"The call {name} is not implemented");
}
