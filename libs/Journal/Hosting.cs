using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Deciding;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Bourse.Journal;

/// <summary>The journal in a host.</summary>
public static class Hosting
{
    /// <summary>
    /// Adds a service's journal: store, loop, relay, command queue and health check. Needs <c>AddCentralBus</c> before it. Picks up
    /// every <see cref="ICommitListener{TState}"/>, <see cref="IRelayRoutes"/>, <see cref="IServiceRequests"/> (singletons) and
    /// <see cref="IInvariants{TState}"/> (transient) that is registered.
    /// </summary>
    /// <param name="builder">The host.</param>
    /// <param name="core">The service's rules.</param>
    /// <param name="names">The names of its facts; null for those of the service in <see cref="FactNames"/>.</param>
    /// <exception cref="InvalidOperationException">No database is configured.</exception>
    public static IHostApplicationBuilder AddJournal<TState, TCommand>(
        this IHostApplicationBuilder builder, ICore<TState, TCommand> core, NameTable? names = null) where TState : class
    {
        var postgres = builder.Configuration["Bourse:Postgres"] is { Length: > 0 } given
            ? given
            : throw new InvalidOperationException("Bourse__Postgres must be a connection string");
        var services = builder.Services;
        services.AddOptions<JournalOptions>().Bind(builder.Configuration.GetSection("Bourse:Journal"));
        services.AddSingleton(core);
        services.AddSingleton<IJournalStore>(_ => new MartenJournal(postgres, core.Service, names ?? FactNames.Of(core.Service)));
        services.AddSingleton<IRelay>(all => new Relay(
            all.GetRequiredService<IJournalStore>(), all.GetRequiredService<IPublisher>(), all.GetServices<IRelayRoutes>(),
            log: all.GetService<ILogger<Relay>>()));
        services.AddSingleton(all => new JournalLoop<TState, TCommand>(
            core,
            all.GetRequiredService<IJournalStore>(),
            all.GetServices<ICommitListener<TState>>(),
            all.GetRequiredService<IRelay>(),
            all.GetRequiredService<IOptions<JournalOptions>>().Value,
            all.GetService<TimeProvider>(),
            all.GetService<ILogger<JournalLoop<TState, TCommand>>>(),
            // Its queues would go on taking messages that only the new leader can handle.
            deposed: all.GetRequiredService<IHostApplicationLifetime>().StopApplication));
        services.AddSingleton<IInbox<TState, TCommand>>(all => all.GetRequiredService<JournalLoop<TState, TCommand>>());
        services.AddSingleton(all => new JournalRequests<TState, TCommand>(
            core, all.GetRequiredService<IJournalStore>(), all.GetRequiredService<IInbox<TState, TCommand>>(), all.GetRequiredService<IBus>(),
            all.GetServices<IServiceRequests>(), all.GetServices<IInvariants<TState>>));
        services.AddHostedService(all => all.GetRequiredService<JournalLoop<TState, TCommand>>());
        services.AddHostedService(all => all.GetRequiredService<JournalRequests<TState, TCommand>>());
        services.AddHealthChecks().Add(new HealthCheckRegistration(
            "journal", all => new JournalHealth<TState, TCommand>(all.GetRequiredService<JournalLoop<TState, TCommand>>()), null, ["ready"]));
        return builder;
    }

    /// <summary>
    /// Follows other services' commits; needs <see cref="AddJournal"/>. <paramref name="follow"/> names the senders.
    /// </summary>
    public static IHostApplicationBuilder AddCommitFollower<TState, TCommand>(
        this IHostApplicationBuilder builder, Action<CommitFollower<TState, TCommand>, IServiceProvider> follow) where TState : class
    {
        builder.Services.AddSingleton(all =>
        {
            var loop = all.GetRequiredService<JournalLoop<TState, TCommand>>();
            var service = all.GetRequiredService<ICore<TState, TCommand>>().Service;
            var follower = new CommitFollower<TState, TCommand>(
                loop, service, all.GetRequiredService<IBus>(), all.GetService<TimeProvider>(), all.GetService<ILogger<CommitFollower<TState, TCommand>>>());
            follow(follower, all);
            return follower;
        });
        builder.Services.AddHostedService(all => all.GetRequiredService<CommitFollower<TState, TCommand>>());
        return builder;
    }
}

/// <summary>Ready is who leads and has caught up; anybody else says what it is doing.</summary>
internal sealed class JournalHealth<TState, TCommand>(JournalLoop<TState, TCommand> loop) : IHealthCheck where TState : class
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var data = new Dictionary<string, object>
        {
            ["role"] = loop.Role.ToString().ToLowerInvariant(),
            ["position"] = loop.Head,
        };
        return Task.FromResult(loop.Role == JournalRole.Leading
            ? HealthCheckResult.Healthy("leading", data)
            : HealthCheckResult.Unhealthy(loop.Role.ToString().ToLowerInvariant(), data: data));
    }
}
