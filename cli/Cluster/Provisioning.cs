using System.Net.Http.Headers;
using System.Text;
using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Servers;
using Npgsql;
using RabbitMQ.Client;

namespace Bourse.Cli.Cluster;

/// <summary>Who may do what at the broker and in the database: every process has its own login with only the permissions it needs.</summary>
internal static class Provisioning
{
    private const string Database = "bourse";
    private static readonly string[] Exchanges = [Topology.Events, Topology.Commits, Topology.Agents, Topology.Reports];

    /// <summary>Users, permissions and exchanges of the broker.</summary>
    public static BrokerDefinitions Broker(Settings settings)
    {
        var users = settings.Passwords.Select(login => BrokerUser.Create(login.Key, login.Value)).ToList();
        var services = Services.All;
        var agents = settings.Agents.Select(agent => agent.Id).ToList();
        return new BrokerDefinitions(
            users,
            [.. services.Select(OfService), .. agents.Select(OfAgent)],
            [.. services.Select(CommitsOf), .. agents.SelectMany(TopicsOf)],
            [.. Exchanges.Select(name => new BrokerExchange(name))]);
    }

    /// <summary>The database, and a login and schema for each central service; returns their connection strings.</summary>
    public static async Task<IReadOnlyDictionary<string, string>> Postgres(string superuser, Settings settings, CancellationToken cancellationToken)
    {
        await PostgresSetup.Database(superuser, Database, cancellationToken);
        var logins = new Dictionary<string, string>();
        foreach (var service in Services.All)
        {
            var login = await PostgresSetup.Login(superuser, Database, service, settings.Passwords[service], cancellationToken);
            logins[service] = new NpgsqlConnectionStringBuilder(login) { ApplicationName = $"bourse-{service}", MaxPoolSize = 20 }.ConnectionString;
        }

        return logins;
    }

    /// <summary>A broker that is not ours: by its management API like our own; without it, only the exchanges.</summary>
    public static async Task GivenBroker(Settings settings, CancellationToken cancellationToken)
    {
        var broker = new Uri(settings.GivenRabbitMq!);
        if (settings.GivenManagement is { } management)
        {
            using var http = new HttpClient { BaseAddress = new Uri(management) };
            var login = Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(broker.UserInfo)));
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", login);
            using var body = new StringContent(Broker(settings).ToJson(), Encoding.UTF8, "application/json");
            using var answer = await http.PostAsync(new Uri("api/definitions", UriKind.Relative), body, cancellationToken);
            answer.EnsureSuccessStatusCode();
            return;
        }

        var factory = new ConnectionFactory { Uri = broker };
        await using var connection = await factory.CreateConnectionAsync(cancellationToken);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
        foreach (var exchange in Exchanges)
        {
            await channel.ExchangeDeclareAsync(exchange, ExchangeType.Topic, durable: true, autoDelete: false, cancellationToken: cancellationToken);
        }
    }

    /// <summary>The broker's address for a process.</summary>
    public static Uri BrokerFor(string process, Settings settings, PrivateRabbitMq? ours) => (ours, settings) switch
    {
        ({ } broker, _) => broker.UriOf(process, settings.Passwords[process]),
        (null, { GivenManagement: not null }) => new UriBuilder(settings.GivenRabbitMq!) { UserName = process, Password = settings.Passwords[process] }.Uri,
        _ => new Uri(settings.GivenRabbitMq!),
    };

    // A service has its own queues, and queues with random names for the answers it awaits. It writes events, commits and commands
    // for agents, and into queues of others (the default exchange) to ask and to answer. It may declare what is provisioned, for
    // the transport says it again before each use.
    private static BrokerPermission OfService(string service)
    {
        var own = $@"bourse\.{service}(\..*)?|bourse\.bus\.{service}\..*|bourse\.answers\..*";
        return new(
            service,
            Configure: $"^({own}|{Any(Exchanges)})$",
            Write: $"^({own}|{Any(Topology.Events, Topology.Commits, Topology.Agents)}|amq\\.default)$",
            Read: $"^({own}|{Any(Topology.Events, Topology.Commits, Topology.Reports)})$");
    }

    private static BrokerTopicPermission CommitsOf(string service) => new(service, Topology.Commits, Write: $"^{service}$", Read: ".*");

    // An agent has its own queue and nothing else; write on the queue is what binding it takes.
    private static BrokerPermission OfAgent(string agent)
    {
        var own = $@"{Pattern(Topology.AgentQueue(new AgentId(agent)))}(\..*)?";
        return new(agent, Configure: $"^{own}$", Write: $"^({own}|{Pattern(Topology.Reports)})$", Read: $"^({own}|{Pattern(Topology.Agents)})$");
    }

    private static IEnumerable<BrokerTopicPermission> TopicsOf(string agent) =>
    [
        new(agent, Topology.Reports, Write: $@"^{Pattern(agent)}\..*", Read: "^$"),
        new(agent, Topology.Agents, Write: "^$", Read: $"^{Pattern(agent)}$"),
    ];

    private static string Any(params string[] names) => string.Join('|', names.Select(Pattern));

    private static string Pattern(string name) => name.Replace(".", @"\.", StringComparison.Ordinal);
}
