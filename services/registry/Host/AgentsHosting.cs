using Bourse.Bus;
using Bourse.Journal;

namespace Bourse.Registry.Host;

/// <summary>The registry's own parts in a host.</summary>
public static class AgentsHosting
{
    /// <summary>Hears agents and their silence, while this instance leads.</summary>
    public static IHostApplicationBuilder AddAgents(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(HeartbeatSettings.From(builder.Configuration));
        builder.Services.AddSingleton<Heartbeats>();
        builder.Services.AddSingleton<ICommitListener<RegistryState>>(all => all.GetRequiredService<Heartbeats>());
        builder.Services.AddSingleton<IServiceRequests, RegistryRequests>();
        builder.Services.AddSingleton<IRelayRoutes, StopOrders>();
        builder.Services.AddSingleton<AgentReports>();
        builder.Services.AddHostedService<Listening>();
        builder.Services.AddHostedService<Sweeper>();
        return builder;
    }

    private sealed class Listening(IInbox<RegistryState, RegistryCommand> inbox, IBus bus, AgentReports reports) : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            await inbox.WhenLeading(stoppingToken);
            await bus.Listen(AgentReports.Queue, reports.Handle, stoppingToken);
        }
    }
}
