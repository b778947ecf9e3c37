namespace Bourse.Cli.Cluster;

/// <summary>The configuration of each process, as environment variables.</summary>
internal sealed class Environments(
    Home home, Settings settings, Func<string, Uri> brokerFor, IReadOnlyDictionary<string, string> databaseLogins)
{
    /// <summary>Of a central service.</summary>
    public IReadOnlyDictionary<string, string?> OfService(string service) => new Dictionary<string, string?>(Common(service))
    {
        ["Bourse__Postgres"] = databaseLogins[service],
        ["Bourse__Domain"] = service == Contracts.Services.Allocator ? "local/zone-1" : null,
        ["Bourse__MasterKeyFile"] = service == Contracts.Services.Secrets ? home.MasterKey : null,
    };

    /// <summary>Of an agent. It gets no database, and it knows the broker only as itself.</summary>
    public IReadOnlyDictionary<string, string?> OfAgent(AgentPlace agent)
    {
        var work = Path.Combine(home.Agents, agent.Id);
        Directory.CreateDirectory(work);
        var number = settings.Agents.ToList().IndexOf(agent);
        return new Dictionary<string, string?>(Common(agent.Id))
        {
            ["Bourse__Agent__Id"] = agent.Id,
            ["Bourse__Agent__Work"] = work,
            // A local cluster plays machines of a usual size; their sum may well be more than this machine has.
            ["Bourse__Agent__Resources"] = $"cpus:4;mem:4096;disk:10000;ports:[{31000 + (number * 1000)}-{31999 + (number * 1000)}]",
            ["Bourse__Agent__Attributes"] = $"rack:r{1 + (number % 2)}",
            ["Bourse__Agent__Domain"] = $"local/zone-{1 + (number % 3)}",
            ["Bourse__Agent__Hostname"] = "127.0.0.1",
        };
    }

    private Dictionary<string, string?> Common(string process) => new()
    {
        ["Bourse__RabbitMq"] = brokerFor(process).ToString(),
        ["Bourse__Listen"] = settings.AddressOf(process).ToString().TrimEnd('/'),
        ["Bourse__Tokens"] = home.Tokens,
        ["Bourse__Open"] = settings.Open ? "true" : "false",
    };
}
