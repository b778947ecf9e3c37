using System.Text;
using Bourse.Allocator.Host.Http.Mapping;
using Bourse.Allocator.Host.Http.Operator;
using Bourse.Allocator.Host.Http.Scheduler;
using Bourse.Contracts;
using Bourse.Edge;
using Bourse.Journal;
using Bourse.MesosV1.Wire;
using V1 = Bourse.MesosV1;

namespace Bourse.Allocator.Host.Http.Legacy;

/// <summary><c>/reserve</c>, <c>/create-volumes</c>, <c>/teardown</c> and the like: forms from before v1, with JSON in one of the fields.</summary>
internal static class ResourceEndpoints
{
    private static readonly (string Path, OperationType Type, string Field)[] Endpoints =
    [
        ("/reserve", OperationType.Reserve, "resources"), ("/unreserve", OperationType.Unreserve, "resources"),
        ("/create-volumes", OperationType.Create, "volumes"), ("/destroy-volumes", OperationType.Destroy, "volumes"),
    ];

    public static void MapResources(this IEndpointRouteBuilder app)
    {
        foreach (var prefix in (string[])["", "/master"])
        {
            foreach (var (path, type, field) in Endpoints)
                app.MapPost(prefix + path, (HttpContext context) => Operate(context, type, field)).RequireAuthorization(Policies.Operator);
            app.MapPost(prefix + "/teardown", (HttpContext context) => Teardown(context)).RequireAuthorization(Policies.Operator);
        }
    }

    private static async Task Operate(HttpContext context, OperationType type, string field)
    {
        var (form, refusal) = await Form(context, "slaveId", field);
        var answer = refusal;
        if (form is not null)
        {
            try
            {
                var list = MesosJson.Parse<V1.Master.Call.Types.ReserveResources>(
                    Encoding.UTF8.GetBytes($$"""{"agent_id":{"value":""},"resources":{{form[field]}}}""")).Resources;
                answer = await ResourceCalls.Handle(
                    new() { Value = form["slaveId"] }, OperationMapping.Read(type, list), Service<IInbox<AllocatorState, AllocatorCommand>>(context),
                    context.Caller().Origin, Service<TimeProvider>(context).GetUtcNow(), context.RequestAborted);
            }
            catch (UnreadableException e)
            {
                answer = MesosAnswer.Bad($"Error in parsing '{field}' query parameter in the request body: {e.Message}");
            }
        }
        await answer!.Write(context.Response);
    }

    private static async Task Teardown(HttpContext context)
    {
        var (form, answer) = await Form(context, "frameworkId");
        if (form is not null)
        {
            var done = await Operator.TeardownCall.Handle(
                new() { FrameworkId = new() { Value = form["frameworkId"] } }, Service<IInbox<AllocatorState, AllocatorCommand>>(context),
                context.Caller().Origin, Service<TimeProvider>(context).GetUtcNow(), context.RequestAborted);
            answer = done.Status;
        }
        await answer!.Write(context.Response);
    }

    // The type of the body is not looked at, as in Mesos: clients send these forms under any name.
    private static async Task<(Dictionary<string, string>? Form, MesosAnswer? Refusal)> Form(HttpContext context, params string[] fields)
    {
        var leadership = Service<ILeaderView>(context);
        if (!leadership.Leads)
            return (null, CallReading.NotLeading(context, leadership.Leader));
        using var reader = new StreamReader(context.Request.Body);
        var form = Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(await reader.ReadToEndAsync(context.RequestAborted))
            .ToDictionary(pair => pair.Key, pair => pair.Value.ToString(), StringComparer.Ordinal);
        return fields.FirstOrDefault(field => !form.TryGetValue(field, out var value) || value.Length == 0) is { } missing
            ? (null, MesosAnswer.Bad($"Missing '{missing}' query parameter in the request body"))
            : (form, null);
    }

    private static T Service<T>(HttpContext context) where T : notnull => context.RequestServices.GetRequiredService<T>();
}
