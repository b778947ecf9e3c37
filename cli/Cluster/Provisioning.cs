using System.Net.Http.Headers;
using System.Text;
using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Servers;
using Npgsql;

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

    /// <summary>A broker that is not ours gets the same, by its management API.</summary>
    public static async Task GivenBroker(Settings settings, CancellationToken cancellationToken)
    {
        using var http = new HttpClient { BaseAddress = new Uri(settings.GivenManagement!) };
        var login = Uri.UnescapeDataString(new Uri(settings.GivenRabbitMq!).UserInfo);
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(login)));
        using var body = new StringContent(Broker(settings).ToJson(), Encoding.UTF8, "application/json");
        using var answer = await http.PostAsync(new Uri("api/definitions", UriKind.Relative), body, cancellationToken);
        if (!answer.IsSuccessStatusCode)
        {
            throw new CliException($"{settings.GivenManagement} answered {(int)answer.StatusCode} to the definitions of users: {await answer.Content.ReadAsStringAsync(cancellationToken)}");
        }
    }

    /// <summary>The broker's address for a process, as its own user.</summary>
    public static Uri BrokerFor(string process, Settings settings, PrivateRabbitMq? ours) =>
        ours?.UriOf(process, settings.Passwords[process])
        ?? new UriBuilder(settings.GivenRabbitMq!) { UserName = process, Password = settings.Passwords[process] }.Uri;

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
