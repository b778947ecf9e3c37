using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Journal;

namespace Bourse.Secrets.Host;

/// <summary>The secrets service's own parts in a host.</summary>
public static class SecretsHosting
{
    /// <summary>The keys of <c>Bourse__MasterKeyFile</c>.</summary>
    /// <exception cref="InvalidOperationException">The file is missing or unusable.</exception>
    public static IHostApplicationBuilder AddVault(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton(new Vault(MasterKeys.Load(builder.Configuration["Bourse:MasterKeyFile"])));
        return builder;
    }

    /// <summary>Answers people and agents, while this instance leads.</summary>
    public static IHostApplicationBuilder AddRequests(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<IServiceRequests, SecretRequests>();
        builder.Services.AddSingleton<ResolveReports>();
        builder.Services.AddTransient<IInvariants<SecretsState>, GivenOnlyWithAGrant>();
        builder.Services.AddHostedService<Listening>();
        return builder;
    }

    /// <summary>Follows the allocator and the registry.</summary>
    public static IHostApplicationBuilder AddLearning(this IHostApplicationBuilder builder) =>
        builder.AddCommitFollower<SecretsState, SecretsCommand>((follower, _) => follower
            .Follow(Services.Allocator, Learning.FromAllocator)
            .Follow(Services.Registry, Learning.FromRegistry));

    private sealed class Listening(IInbox<SecretsState, SecretsCommand> inbox, IBus bus, ResolveReports reports) : BackgroundService
    {
        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            await inbox.WhenLeading(stoppingToken);
            await bus.Listen(ResolveReports.Queue, reports.Handle, stoppingToken);
        }
    }
}
