using System.Text;
using Bourse.Allocator.Host.Http.Operator;
using Bourse.Allocator.Host.Http.Scheduler;
using Bourse.Allocator.Host.Registry;
using Bourse.Edge;
using Bourse.Journal;
using Bourse.MesosV1.Maintenance;
using Bourse.MesosV1.Wire;
using Google.Protobuf;
using V1 = Bourse.MesosV1;

namespace Bourse.Allocator.Host.Http.Legacy;

/// <summary><c>/maintenance/*</c> and <c>/machine/*</c>: the maintenance of machines in the form from before v1.</summary>
internal static class MaintenanceEndpoints
{
    public static void MapMaintenance(this IEndpointRouteBuilder app)
    {
        foreach (var prefix in (string[])["", "/master"])
        {
            app.MapGet(prefix + "/maintenance/schedule", (HttpContext context) => Show(context, MaintenanceCalls.Schedule)).RequireAuthorization(Policies.Operator);
            app.MapGet(prefix + "/maintenance/status", (HttpContext context) => Show(context, MaintenanceCalls.Status)).RequireAuthorization(Policies.Operator);
            app.MapPost(prefix + "/maintenance/schedule", Schedule).RequireAuthorization(Policies.Operator);
            app.MapPost(prefix + "/machine/down", Down).RequireAuthorization(Policies.Operator);
            app.MapPost(prefix + "/machine/up", Up).RequireAuthorization(Policies.Operator);
        }
    }

    private static Task Schedule(HttpContext context) => Change<Schedule>(
        context, "{0}", (schedule, registry) => MaintenanceCalls.Update(schedule, registry, context.Caller().Origin, context.RequestAborted));

    private static Task Down(HttpContext context) => Change<V1.Master.Call.Types.StartMaintenance>(
        context, "{{\"machines\":{0}}}", (call, registry) => MaintenanceCalls.Start(call.Machines, registry, context.Caller().Origin, context.RequestAborted));

    private static Task Up(HttpContext context) => Change<V1.Master.Call.Types.StopMaintenance>(
        context, "{{\"machines\":{0}}}", (call, registry) => MaintenanceCalls.Stop(call.Machines, registry, context.Caller().Origin, context.RequestAborted));

    private static async Task Show(HttpContext context, Func<AllocatorState, IMessage> of)
    {
        if (await NotLeading(context))
            return;
        var message = await context.RequestServices.GetRequiredService<IInbox<AllocatorState, AllocatorCommand>>().Read(of, context.RequestAborted);
        await JsonAnswer.Write(context, MesosJson.Format(message));
    }

    private static async Task Change<T>(HttpContext context, string frame, Func<T, IRegistry, Task<MesosAnswer>> change) where T : class, IMessage<T>, new()
    {
        if (await NotLeading(context))
            return;
        using var reader = new StreamReader(context.Request.Body);
        var text = string.Format(System.Globalization.CultureInfo.InvariantCulture, frame, await reader.ReadToEndAsync(context.RequestAborted));
        MesosAnswer answer;
        try
        {
            answer = await change(MesosJson.Parse<T>(Encoding.UTF8.GetBytes(text)), context.RequestServices.GetRequiredService<IRegistry>());
        }
        catch (UnreadableException e)
        {
            answer = MesosAnswer.Bad($"Failed to parse the request body: {e.Message}");
        }
        await answer.Write(context.Response);
    }

    private static async Task<bool> NotLeading(HttpContext context)
    {
        var leadership = context.RequestServices.GetRequiredService<ILeaderView>();
        if (leadership.Leads)
            return false;
        await CallReading.NotLeading(context, leadership.Leader).Write(context.Response);
        return true;
    }
}
