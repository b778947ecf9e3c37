using Bourse.Agent.Host.Settings;
using Bourse.Bus;
using Bourse.MesosEdge;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Bourse.Agent.Host;

/// <summary>The agent as part of a host.</summary>
internal static class Hosting
{
    public static WebApplicationBuilder AddAgent(this WebApplicationBuilder builder)
    {
        var settings = AgentSettings.From(builder.Configuration);
        var broker = builder.Configuration["Bourse:RabbitMq"] is { Length: > 0 } url
            ? new Uri(url)
            : throw new InvalidOperationException("Bourse__RabbitMq is not set");

        builder.Services.AddSingleton(settings);
        builder.Services.AddLoggingLevel();
        builder.Services.AddSingleton<IBus>(services => new RabbitBus(broker, services.GetRequiredService<ILogger<RabbitBus>>()));
        builder.Services.AddSingleton(services => new AgentRuntime(
            settings, services.GetRequiredService<IBus>(), TimeProvider.System, services.GetRequiredService<ILogger<AgentRuntime>>()));
        builder.Services.AddHostedService<AgentService>();
        builder.Services.AddHealthChecks().AddCheck<Admission>("admitted");
        return builder;
    }

    /// <summary>Runs the agent for as long as the host runs; its failure ends the process, whose supervision starts it again.</summary>
    private sealed class AgentService(
        AgentRuntime agent, AgentSettings settings, IServer server, IHostApplicationLifetime lifetime, ILogger<AgentService> log) : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            // The port is known once the server listens.
            var started = new TaskCompletionSource();
            await using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
            await started.Task.WaitAsync(stoppingToken);

            var listening = new Uri(server.Features.Get<IServerAddressesFeature>()!.Addresses.First()
                .Replace("://[::]", "://0.0.0.0", StringComparison.Ordinal).Replace("://*", "://0.0.0.0", StringComparison.Ordinal));
            var address = listening.Host is "0.0.0.0" ? settings.Hostname : listening.Host;
            try
            {
                await agent.Start(address, listening.Port).WaitAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested)
            {
                log.LogCritical(e, "Agent {Agent} cannot go on", settings.Id);
                Environment.ExitCode = 1;
                lifetime.StopApplication();
            }
        }
    }

    private sealed class Admission(AgentRuntime agent) : IHealthCheck
    {
        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
            Task.FromResult(agent.Admitted ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("the registry has not admitted this agent"));
    }
}
