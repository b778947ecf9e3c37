using Bourse.Bus;
using Bourse.Contracts;

namespace Bourse.Allocator.Host.Api;

/// <summary>Hears that another service has committed something, for those who follow the journals.</summary>
internal sealed class Tail(IBus bus, Wakeup wakeup) : BackgroundService
{
    private static readonly Queue Commits = new(
        $"{Topology.Commands(Services.Allocator)}.tail", [.. Services.All.Except([Services.Allocator]).Select(Destination.Commits)]);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => bus.Listen(
        Commits,
        (_, _) =>
        {
            wakeup.Signal();
            return Task.FromResult<object?>(null);
        },
        stoppingToken);
}
