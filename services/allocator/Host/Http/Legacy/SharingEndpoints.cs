using System.Text;
using System.Text.Json;
using Bourse.Allocator.Host.Http.Operator;
using Bourse.Allocator.Host.Http.Scheduler;
using Bourse.Contracts;
using Bourse.Edge;
using Bourse.Journal;
using Bourse.MesosV1.Quota;
using Bourse.MesosV1.Wire;
using Google.Protobuf;
using V1 = Bourse.MesosV1;

namespace Bourse.Allocator.Host.Http.Legacy;

/// <summary><c>/quota</c> and <c>/weights</c> from before v1: the same commands as those of the operator API, as plain JSON.</summary>
internal static class SharingEndpoints
{
    private delegate Task<OperatorAnswer> Change(HttpContext context, string body, IInbox<AllocatorState, AllocatorCommand> allocator, DateTimeOffset now);

    public static void MapSharing(this IEndpointRouteBuilder app)
    {
        foreach (var prefix in (string[])["", "/master"])
        {
            app.MapGet(prefix + "/quota", (HttpContext context) => Show(context, static view => Text(QuotaCalls.Status(view)))).RequireAuthorization(Policies.Operator);
            app.MapPost(prefix + "/quota", (HttpContext context) => Act(context, SetQuota)).RequireAuthorization(Policies.Operator);
            app.MapDelete(prefix + "/quota/{**role}", (HttpContext context, string? role) => Act(context, (_, _, allocator, now) =>
                QuotaCalls.Remove(role ?? "", allocator, context.Caller().Origin, now, context.RequestAborted))).RequireAuthorization(Policies.Operator);
            app.MapGet(prefix + "/weights", (HttpContext context) => Show(context, Weights)).RequireAuthorization(Policies.Operator);
            app.MapPut(prefix + "/weights", (HttpContext context) => Act(context, UpdateWeights)).RequireAuthorization(Policies.Operator);
        }
    }

    private static string Weights(ClusterView view) => $"[{string.Join(',', WeightCalls.Infos(view).Select(Text))}]";

    private static string Text(IMessage message) => Encoding.UTF8.GetString(MesosJson.Format(message));

    private static Task<OperatorAnswer> SetQuota(HttpContext context, string body, IInbox<AllocatorState, AllocatorCommand> allocator, DateTimeOffset now) =>
        QuotaCalls.Set(MesosJson.Parse<QuotaRequest>(Encoding.UTF8.GetBytes(body)), allocator, context.Caller().Origin, now, context.RequestAborted);

    private static Task<OperatorAnswer> UpdateWeights(HttpContext context, string body, IInbox<AllocatorState, AllocatorCommand> allocator, DateTimeOffset now)
    {
        // A bare list, which no message is.
        using var document = JsonDocument.Parse(body);
        if (document.RootElement.ValueKind != JsonValueKind.Array)
            return Task.FromResult<OperatorAnswer>(MesosAnswer.Bad("Expecting a list of weights"));
        var weights = document.RootElement.EnumerateArray().Select(each => MesosJson.Parse<V1.WeightInfo>(Encoding.UTF8.GetBytes(each.GetRawText()))).ToList();
        return WeightCalls.Update(weights, allocator, context.Caller().Origin, now, context.RequestAborted);
    }

    private static async Task Show(HttpContext context, Func<ClusterView, string> write)
    {
        if (await Elsewhere(context))
            return;
        var view = await Allocator(context).Read(ClusterView.Of, context.RequestAborted);
        await JsonAnswer.Write(context, Encoding.UTF8.GetBytes(write(view)));
    }

    private static async Task Act(HttpContext context, Change change)
    {
        if (await Elsewhere(context))
            return;
        OperatorAnswer answer;
        try
        {
            using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
            var body = await reader.ReadToEndAsync(context.RequestAborted);
            answer = await change(context, body, Allocator(context), context.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow());
        }
        catch (Exception e) when (e is UnreadableException or JsonException)
        {
            answer = MesosAnswer.Bad($"Failed to parse the body: {e.Message}");
        }
        await answer.Write(context, WireFormat.Json);
    }

    private static async Task<bool> Elsewhere(HttpContext context)
    {
        if (context.RequestServices.GetRequiredService<ILeaderView>() is not { Leads: false } elsewhere)
            return false;
        await CallReading.NotLeading(context, elsewhere.Leader).Write(context.Response);
        return true;
    }

    private static IInbox<AllocatorState, AllocatorCommand> Allocator(HttpContext context) =>
        context.RequestServices.GetRequiredService<IInbox<AllocatorState, AllocatorCommand>>();
}
