using Bourse.Contracts;
using Bourse.Journal;

namespace Bourse.Allocator.Host.Consumers;

internal static class Consuming
{
    public static void AddConsumers(this IHostApplicationBuilder builder)
    {
        builder.AddCommitFollower<AllocatorState, AllocatorCommand>((follower, _) => follower.Follow(Services.Registry, FromRegistry.Translate));
        builder.Services.AddHostedService<AgentReports>();
    }
}
