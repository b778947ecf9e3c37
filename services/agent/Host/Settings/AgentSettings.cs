using System.Reflection;
using Bourse.Contracts;
using Microsoft.Extensions.Configuration;

namespace Bourse.Agent.Host.Settings;

/// <summary>What an agent is told by its configuration, section <c>Bourse:Agent</c>.</summary>
internal sealed record AgentSettings
{
    public required AgentId Id { get; init; }

    /// <summary>Its work directory.</summary>
    public required string Work { get; init; }

    public required Resources Resources { get; init; }

    public ValueList<AgentAttribute> Attributes { get; init; }

    public FaultDomain? Domain { get; init; }

    public required string Hostname { get; init; }

    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(1);

    public AgentLimits Limits { get; init; } = new();

    public ContainerSettings Containers { get; init; } = new();

    /// <summary>A task's output is rotated when it is longer than this.</summary>
    public long LogBytes { get; init; } = 100L << 20;

    /// <summary>So many rotated outputs are kept.</summary>
    public int LogsKept { get; init; } = 2;

    /// <summary>So much of what was fetched is kept for other tasks (Mesos: 2 GB).</summary>
    public long FetchCacheBytes { get; init; } = 2L << 30;

    /// <summary>Reads and checks the settings.</summary>
    /// <exception cref="InvalidOperationException">One is missing or unreadable; the message names it.</exception>
    public static AgentSettings From(IConfiguration configuration)
    {
        var section = configuration.GetSection("Bourse:Agent");
        var work = Required("Work");
        var defaults = new AgentLimits();
        try
        {
            return new()
            {
                Id = new(Required("Id")),
                Work = work,
                Resources = Machine.Complete(ResourcesText.Parse(section["Resources"] ?? ""), work),
                Attributes = AttributesText.Parse(section["Attributes"] ?? ""),
                Domain = section["Domain"] is { Length: > 0 } domain ? ParseDomain(domain) : null,
                Hostname = section["Hostname"] is { Length: > 0 } hostname ? hostname : Environment.MachineName,
                Heartbeat = TimeSpan.FromSeconds(section.GetValue("HeartbeatSeconds", 1.0)),
                Containers = ContainerSettings.From(section),
                LogBytes = section.GetValue("LogMb", 100L) << 20,
                LogsKept = section.GetValue("LogsKept", 2),
                FetchCacheBytes = section.GetValue("FetchCacheMb", 2048L) << 20,
                Limits = defaults with
                {
                    ExecutorRegistration = TimeSpan.FromSeconds(section.GetValue("ExecutorRegistrationSeconds", defaults.ExecutorRegistration.TotalSeconds)),
                    ExecutorReregistration = TimeSpan.FromSeconds(section.GetValue("ExecutorReregistrationSeconds", defaults.ExecutorReregistration.TotalSeconds)),
                    ExecutorShutdown = TimeSpan.FromSeconds(section.GetValue("ExecutorShutdownSeconds", defaults.ExecutorShutdown.TotalSeconds)),
                    SandboxesKept = section.GetValue("SandboxesKept", defaults.SandboxesKept),
                    SandboxAge = TimeSpan.FromHours(section.GetValue("SandboxAgeHours", defaults.SandboxAge.TotalHours)),
                },
            };
        }
        catch (FormatException e)
        {
            throw new InvalidOperationException($"the settings in Bourse__Agent__* cannot be used: {e.Message}", e);
        }

        string Required(string name) =>
            section[name] is { Length: > 0 } value ? value : throw new InvalidOperationException($"Bourse__Agent__{name} is not set");
    }

    /// <summary>The agent as the registry gets to know it.</summary>
    /// <param name="address">Where it is reached.</param>
    /// <param name="port">Its port.</param>
    /// <param name="sealingKey">What is for it alone is sealed with this.</param>
    /// <param name="found">What it found out about its machine; an operator's own word for the same comes first.</param>
    public AgentDescription Describe(string address, int port, string sealingKey, IEnumerable<AgentAttribute> found) => new(
        Id, Hostname, address, port, Resources,
        [.. Attributes, .. found.Where(each => Attributes.All(own => own.Name != each.Name))], Domain,
        Assembly.GetExecutingAssembly().GetName().Version?.ToString(3) ?? "0.0.0", sealingKey);

    private static FaultDomain ParseDomain(string text) =>
        text.Split('/') is [{ Length: > 0 } region, { Length: > 0 } zone]
            ? new(region, zone)
            : throw new FormatException($"Domain '{text}' is not REGION/ZONE");
}
