using Bourse.Bus;
using RabbitMQ.Client;

namespace Bourse.Journal.Tests.Bus;

/// <summary>What provisioning declares in a real cluster.</summary>
internal static class Exchanges
{
    public static async Task Declare(Uri broker)
    {
        await using var connection = await new ConnectionFactory { Uri = broker }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        foreach (var name in (string[])[Topology.Events, Topology.Commits, Topology.Agents, Topology.Reports])
            await channel.ExchangeDeclareAsync(name, ExchangeType.Topic, durable: true);
    }
}
