using System.Text.Json.Serialization;

namespace Bourse.Contracts;

/// <summary>Where an agent stands, for spreading over failures.</summary>
/// <param name="Region">Machines whose links to others are slow.</param>
/// <param name="Zone">Machines that may fail together, inside a region.</param>
public sealed record FaultDomain(string Region, string Zone);

/// <summary>A typed property of an agent; exactly one of the three values is given.</summary>
/// <param name="Name">For example <c>rack</c>; may repeat.</param>
/// <param name="Text">A word.</param>
/// <param name="Scalar">A number.</param>
/// <param name="Ranges">Intervals of numbers.</param>
public sealed record AgentAttribute(string Name, string? Text = null, Scalar? Scalar = null, ValueList<Interval> Ranges = default)
{
    /// <summary>Whether the agent found it out itself, so that it changes when its machine does: <see cref="Observed"/>.</summary>
    [JsonIgnore]
    public bool IsObserved => Observed.Contains(Name);

    /// <summary>Names of what an agent says of its own means: how it runs containers, and what it cannot enforce.</summary>
    public static IReadOnlyCollection<string> Observed { get; } = ["containerizer", "cgroups", "unenforced"];
}

/// <summary>What a service tells about a machine that offers resources.</summary>
/// <param name="Id">The agent's id.</param>
/// <param name="Hostname">Name shown to frameworks.</param>
/// <param name="Address">IP address or name under which the agent's HTTP API is reached.</param>
/// <param name="Port">TCP port of the agent's HTTP API.</param>
/// <param name="Total">Everything the agent pools, reservations of its configuration included.</param>
/// <param name="Attributes">Typed properties.</param>
/// <param name="Domain">Fault domain, when configured.</param>
/// <param name="Version">Version of the agent's software.</param>
/// <param name="SealingKey">Public key (base64 of a P-256 SubjectPublicKeyInfo) that secrets for this agent are sealed to.</param>
public sealed record AgentDescription(
    AgentId Id,
    string Hostname,
    string Address,
    int Port,
    Resources Total,
    ValueList<AgentAttribute> Attributes,
    FaultDomain? Domain,
    string Version,
    string SealingKey);
