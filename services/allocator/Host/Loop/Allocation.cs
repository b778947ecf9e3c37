using Bourse.Allocator.Host.Registry;
using Bourse.Journal;

namespace Bourse.Allocator.Host.Loop;

internal static class Allocation
{
    public static void AddAllocation(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<Occasions>();
        builder.Services.AddSingleton<ICommitListener<AllocatorState>>(all => all.GetRequiredService<Occasions>());
        builder.Services.AddHostedService<Allocating>();
        builder.Services.AddSingleton<IRegistry, RegistryOverBus>();
        builder.Services.AddHostedService<DrainReports>();
        builder.Services.AddHostedService<WhitelistFile>();
        builder.Services.AddSingleton<IRelayRoutes, AgentRoutes>();
        builder.Services.AddTransient<IInvariants<AllocatorState>, Invariants>();
    }
}
