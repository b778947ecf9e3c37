using Bourse.Contracts;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Bourse.Bus;

/// <summary>The bus in a host.</summary>
public static class Hosting
{
    /// <summary>
    /// Adds the <see cref="IBus"/> of a central service, and an <see cref="IPublisher"/> for its relay, both to the broker of
    /// <c>Bourse__RabbitMq</c>.
    /// </summary>
    /// <param name="builder">The host.</param>
    /// <param name="user">Names the connections; the service's broker user in any real cluster.</param>
    /// <exception cref="InvalidOperationException">No broker is configured.</exception>
    public static IHostApplicationBuilder AddCentralBus(this IHostApplicationBuilder builder, string user)
    {
        var broker = Broker(builder.Configuration);
        builder.Services.AddSingleton<IBus>(services => MassTransitBus.Start(broker, user, services.GetRequiredService<ILoggerFactory>()));
        builder.Services.AddSingleton(services => Publisher(broker, $"{user} relay", services.GetRequiredService<ILoggerFactory>()));
        return builder;
    }

    /// <summary>A publisher with an own connection.</summary>
    public static IPublisher Publisher(Uri broker, string name, ILoggerFactory logs) => new OwnLinkPublisher(new RabbitLink(
        broker, name, logs.CreateLogger<RabbitBus>()));

    private static Uri Broker(IConfiguration configuration) =>
        configuration["Bourse:RabbitMq"] is { Length: > 0 } text && Uri.TryCreate(text, UriKind.Absolute, out var uri)
            ? uri
            : throw new InvalidOperationException("Bourse__RabbitMq must be amqp://user:password@host:port/vhost");

    private sealed class OwnLinkPublisher(RabbitLink link) : IPublisher
    {
        private readonly RabbitPublisher publisher = new(link, window: 1000);

        public ValueTask<Task> Post(Post post, CancellationToken cancellationToken) => publisher.Post(post, cancellationToken);

        public async ValueTask DisposeAsync()
        {
            await publisher.DisposeAsync();
            await link.DisposeAsync();
        }
    }
}
