using Bourse.Bus;
using Bourse.Contracts.Messages;
using Bourse.Servers;
using RabbitMQ.Client;
using static Bourse.Agent.Tests.Example;

namespace Bourse.Agent.Tests.Host;

/// <summary>
/// A real broker between a test's cluster and an agent that is a process of its own: a private one, or the one whose address with an
/// almighty user is in BOURSE_TEST_RABBITMQ.
/// </summary>
internal sealed class Broker : IAsyncDisposable
{
    private readonly string servers = Directory.CreateTempSubdirectory("bourse-agent-broker-").FullName;
    private PrivateRabbitMq? own;
    private RabbitBus? bus;

    private Broker()
    {
    }

    public Uri Uri { get; private set; } = null!;

    public static async Task<Broker> Start()
    {
        var broker = new Broker();
        if (Environment.GetEnvironmentVariable("BOURSE_TEST_RABBITMQ") is { Length: > 0 } given)
            broker.Uri = new(given);
        else
        {
            // As rabbitmq sees it, when the tests run as root.
            File.SetUnixFileMode(broker.servers, File.GetUnixFileMode(broker.servers) | UnixFileMode.OtherExecute | UnixFileMode.GroupExecute);
            broker.own = await PrivateRabbitMq.Start(Path.Combine(broker.servers, "rabbitmq"), cancellationToken: CancellationToken.None);
            broker.Uri = broker.own.Uri;
        }
        return broker;
    }

    /// <summary>Lets a cluster and one agent talk to each other here.</summary>
    public async Task Join(FakeBus cluster)
    {
        await using (var connection = await new ConnectionFactory { Uri = Uri }.CreateConnectionAsync())
        await using (var channel = await connection.CreateChannelAsync())
        {
            foreach (var exchange in (string[])[Topology.Agents, Topology.Reports])
                await channel.ExchangeDeclareAsync(exchange, ExchangeType.Topic, durable: true);
            await channel.QueueDeleteAsync(Topology.AgentQueue(A1));
        }
        bus = new RabbitBus(Uri);
        await cluster.Listen(null!, async (delivery, stopping) =>
        {
            await bus.Publish(Destination.Agent(A1), delivery.Message, delivery.Origin, stopping);
            return null;
        }, CancellationToken.None);
        var queue = new Queue($"test.{Guid.NewGuid():N}", [new(Topology.Reports, "agent-1.#")]);
        await bus.Listen(queue, async (delivery, stopping) =>
        {
            var report = delivery.Message is RegisterAgent ? "register" : "any";
            await cluster.Publish(Destination.Report(A1, report), delivery.Message, delivery.Origin, stopping);
            return null;
        }, TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (bus is not null)
            await bus.DisposeAsync();
        if (own is not null)
            await own.Stop(CancellationToken.None);
        PrivateServers.Remove(servers);
    }
}
