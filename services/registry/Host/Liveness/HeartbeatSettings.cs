using Microsoft.Extensions.Configuration;

namespace Bourse.Registry.Host;

/// <summary>When an agent counts as unreachable; read from <c>Bourse__Registry__…</c>.</summary>
/// <param name="Timeout">How long an agent may be silent. Agents beat once a second, so five beats by default.</param>
/// <param name="Sweep">How often the registry looks.</param>
/// <param name="Grace">How long after the broker was away nobody is judged: agents reconnect with a back-off of their own.</param>
public sealed record HeartbeatSettings(TimeSpan Timeout, TimeSpan Sweep, TimeSpan Grace)
{
    /// <summary>Reads and checks the settings.</summary>
    /// <exception cref="InvalidOperationException">A duration is not positive.</exception>
    public static HeartbeatSettings From(IConfiguration configuration)
    {
        var section = configuration.GetSection("Bourse:Registry");
        var settings = new HeartbeatSettings(
            section.GetValue("HeartbeatTimeout", TimeSpan.FromSeconds(5)),
            section.GetValue("SweepInterval", TimeSpan.FromMilliseconds(500)),
            section.GetValue("ReconnectGrace", TimeSpan.FromSeconds(15)));
        return settings is { Timeout.Ticks: > 0, Sweep.Ticks: > 0, Grace.Ticks: > 0 }
            ? settings
            : throw new InvalidOperationException("Bourse__Registry__HeartbeatTimeout, SweepInterval and ReconnectGrace must be positive");
    }
}
