using System.Security.Cryptography;
using System.Text.Json;
using Bourse.Contracts;

namespace Bourse.Cli.Cluster;

/// <summary>One agent of a local cluster.</summary>
internal sealed record AgentPlace(string Id, int Port);

/// <summary>What a local cluster is made of; written at <c>up</c>, read by everything else.</summary>
/// <param name="Port">Of the allocator, on 127.0.0.1.</param>
/// <param name="RegistryPort">Of the registry.</param>
/// <param name="SecretsPort">Of the secrets service.</param>
/// <param name="Agents">The agents.</param>
/// <param name="Open">Anonymous callers may come in.</param>
/// <param name="Passwords">Of the central services and agents, at database and broker.</param>
/// <param name="GivenPostgres">Connection string of a PostgreSQL that is not ours; null for a private one.</param>
/// <param name="GivenRabbitMq">AMQP address of a RabbitMQ that is not ours; null for a private one.</param>
/// <param name="GivenManagement">Its management API.</param>
internal sealed record Settings(
    int Port,
    int RegistryPort,
    int SecretsPort,
    IReadOnlyList<AgentPlace> Agents,
    bool Open,
    IReadOnlyDictionary<string, string> Passwords,
    string? GivenPostgres,
    string? GivenRabbitMq,
    string? GivenManagement)
{
    public Uri Master => Local(Port);

    public Uri AddressOf(string process) => process switch
    {
        Services.Allocator => Master,
        Services.Registry => Local(RegistryPort),
        Services.Secrets => Local(SecretsPort),
        _ => Local(Agents.Single(agent => agent.Id == process).Port),
    };

    public static Settings? Load(Home home) => HomeFile.Read<Settings>(home.Settings);

    public void Save(Home home) => HomeFile.WritePrivate(home.Settings, JsonSerializer.Serialize(this, HomeFile.Form));

    /// <summary>The settings for this start: passwords are kept from the last one, ports are chosen anew.</summary>
    public static Settings Create(Settings? last, int port, int agents, bool open)
    {
        var places = Enumerable.Range(1, agents).Select(number => new AgentPlace($"agent-{number}", port + number)).ToList();
        var free = Servers.Ports.Free(2);
        var passwords = Services.All.Concat(places.Select(place => place.Id)).ToDictionary(
            name => name, name => last?.Passwords.GetValueOrDefault(name) ?? RandomNumberGenerator.GetHexString(32, lowercase: true));
        return new Settings(port, free[0], free[1], places, open, passwords, Given("BOURSE_POSTGRES"), Given("BOURSE_RABBITMQ"), Given("BOURSE_RABBITMQ_MANAGEMENT"));
    }

    private static string? Given(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null;

    private static Uri Local(int port) => new($"http://127.0.0.1:{port}");
}
