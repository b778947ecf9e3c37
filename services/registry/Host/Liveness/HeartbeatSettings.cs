using Microsoft.Extensions.Configuration;

namespace Bourse.Registry.Host;

/// <summary>When an agent counts as unreachable; read from <c>Bourse__Registry__…</c>.</summary>
/// <param name="Timeout">How long an agent may be silent. Agents beat once a second, so five beats by default.</param>
/// <param name="Sweep">How often the registry looks.</param>
/// <param name="Grace">How long after the broker was away nobody is judged: agents reconnect with a back-off of their own.</param>
public sealed record HeartbeatSettings(TimeSpan Timeout, TimeSpan Sweep, TimeSpan Grace)
{
    /// <summary>How many agents may be given up: <c>AgentRemovalRateLimit</c>, such as <c>1/00:10:00</c>, and <c>AgentRemovalLimit</c>, a part from 0 to 1.</summary>
    public RemovalLimits Limits { get; init; } = new(Most: null, Per: TimeSpan.Zero, Share: 1);

    /// <summary>How much an agent may change between two registrations: <c>Reconfiguration</c>.</summary>
    public ReconfigurationPolicy Policy { get; init; } = ReconfigurationPolicy.Additive;

    /// <summary>Reads and checks the settings.</summary>
    /// <exception cref="InvalidOperationException">A duration is not positive.</exception>
    public static HeartbeatSettings From(IConfiguration configuration)
    {
        var section = configuration.GetSection("Bourse:Registry");
        var settings = new HeartbeatSettings(
            section.GetValue("HeartbeatTimeout", TimeSpan.FromSeconds(5)),
            section.GetValue("SweepInterval", TimeSpan.FromMilliseconds(500)),
            section.GetValue("ReconnectGrace", TimeSpan.FromSeconds(15)))
        {
            Limits = LimitsFrom(section["AgentRemovalRateLimit"], section.GetValue("AgentRemovalLimit", 1.0)),
            Policy = section.GetValue("Reconfiguration", ReconfigurationPolicy.Additive),
        };
        return settings is { Timeout.Ticks: > 0, Sweep.Ticks: > 0, Grace.Ticks: > 0 }
            ? settings
            : throw new InvalidOperationException("Bourse__Registry__HeartbeatTimeout, SweepInterval and ReconnectGrace must be positive");
    }

    private static RemovalLimits LimitsFrom(string? rate, double share)
    {
        if (share is not (> 0 and <= 1))
            throw new InvalidOperationException("Bourse__Registry__AgentRemovalLimit must be above 0 and at most 1");
        if (string.IsNullOrEmpty(rate))
            return new(null, TimeSpan.Zero, share);
        return rate.Split('/', 2) is [var most, var per] && int.TryParse(most, out var count) && count > 0 && TimeSpan.TryParse(per, out var time) && time > TimeSpan.Zero
            ? new(count, time, share)
            : throw new InvalidOperationException($"Bourse__Registry__AgentRemovalRateLimit: '{rate}' is not NUMBER/HH:MM:SS");
    }
}
