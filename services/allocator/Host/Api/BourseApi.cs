using Bourse.Edge;
using Bourse.Journal;

namespace Bourse.Allocator.Host.Api;

/// <summary>The Bourse API below /bourse/v1: journal, replay, explanations and secrets; for operators.</summary>
internal static class BourseApi
{
    public static void AddBourseApi(this IServiceCollection services)
    {
        services.AddSingleton<Wakeup>();
        services.AddSingleton<ICommitListener<AllocatorState>>(all => all.GetRequiredService<Wakeup>());
        services.AddSingleton<EventLog>();
        services.AddHostedService<Tail>();
    }

    public static void MapBourseApi(this IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("/bourse/v1").RequireAuthorization(Policies.Operator);
        api.MapGet("/events", EventsCall.Handle);
        api.MapGet("/state", StateCalls.State);
        api.MapPost("/verify", StateCalls.Verify);
        api.MapGet("/explain/task/{id}", ExplainTaskCall.Handle);
        api.MapGet("/frameworks/{id}/offers/explain", ExplainOffersCall.Handle);
        api.MapPost("/tasks/{framework}/{task}/kill", KillTaskCall.Handle);
        api.MapGet("/secrets", SecretsCalls.List);
        api.MapPut("/secrets/{**name}", SecretsCalls.Put);
        api.MapPost("/secrets/{**path}", SecretsCalls.Grant);
        api.MapDelete("/secrets/{**path}", SecretsCalls.Revoke);
    }
}
