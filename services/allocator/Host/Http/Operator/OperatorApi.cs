using Bourse.Edge;
using Bourse.Journal;

namespace Bourse.Allocator.Host.Http.Operator;

/// <summary><c>POST /api/v1</c>: the calls of operators.</summary>
internal static class OperatorApi
{
    public static IServiceCollection AddOperatorApi(this IServiceCollection services)
    {
        services.AddSingleton<MasterRecord>();
        services.AddSingleton<ICommitListener<AllocatorState>>(provider => provider.GetRequiredService<MasterRecord>());
        services.AddSingleton<OperatorStreams>();
        services.AddSingleton<ICommitListener<AllocatorState>>(provider => provider.GetRequiredService<OperatorStreams>());
        services.AddLoggingLevel();
        services.AddSingleton<AttachedFiles>();
        services.AddSingleton<SubscribeCall>();
        services.AddSingleton<OperatorEndpoint>();
        return services;
    }

    /// <summary>Maps the endpoint.</summary>
    public static void MapOperatorApi(this IEndpointRouteBuilder app)
    {
        foreach (var path in (string[])["/api/v1", "/master/api/v1"])
            app.Map(path + "/{**rest}", (HttpContext context, OperatorEndpoint endpoint) => endpoint.Handle(context))
                .RequireAuthorization(Policies.Operator);
    }
}
