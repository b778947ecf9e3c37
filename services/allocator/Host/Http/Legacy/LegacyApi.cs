using System.Text.Json;
using Bourse.Allocator.Host.Http.Operator;
using Bourse.Allocator.Host.Http.Scheduler;
using Bourse.Edge;
using Bourse.Journal;

namespace Bourse.Allocator.Host.Http.Legacy;

/// <summary>The endpoints from before v1 that tools still read.</summary>
internal static class LegacyApi
{
    private delegate void Document(Utf8JsonWriter json, Material material);

    private static readonly (string Path, Document Write)[] OfTheLeader =
    [
        ("/state", Documents.State), ("/state-summary", Documents.StateSummary), ("/slaves", Documents.Slaves), ("/frameworks", Documents.Frameworks),
        ("/tasks", Documents.Tasks), ("/roles", Documents.Roles),
    ];

    private static readonly (string Path, Document Write)[] OfAnyInstance =
    [
        ("/flags", Documents.FlagsObject), ("/metrics/snapshot", Documents.MetricsSnapshot),
    ];

    /// <summary>Paths at the root alone; the others are there a second time below <c>/master</c>.</summary>
    private static bool OnlyAtTheRoot(string path) => path is "/metrics/snapshot";

    public static void MapLegacyApi(this IEndpointRouteBuilder app)
    {
        foreach (var (documents, leads) in ((IEnumerable<(string Path, Document Write)>, bool)[])[(OfTheLeader, true), (OfAnyInstance, false)])
            foreach (var (path, write) in documents)
                foreach (var prefix in OnlyAtTheRoot(path) ? (string[])[""] : ["", "/master"])
                    app.MapGet(prefix + path + "/{**rest}", (HttpContext context) => Answer(context, write, leads)).RequireAuthorization(Policies.Operator);
        foreach (var path in (string[])["/redirect", "/master/redirect"])
            app.MapGet(path, Redirect).AllowAnonymous();
        foreach (var path in (string[])["/health", "/master/health"])
            app.MapGet(path, static (HttpContext context) => new MesosAnswer(StatusCodes.Status200OK).Write(context.Response)).AllowAnonymous();
        app.MapGet("/version", static (HttpContext context) => Write(context, static json => Documents.Version(json))).AllowAnonymous();
        app.MapFiles();
        app.MapResources();
        app.MapMaintenance();
        app.MapSharing();
    }

    /// <summary>Answers with a JSON object, or with a script that calls a function with it when one is named.</summary>
    public static Task Write(HttpContext context, Action<Utf8JsonWriter> fill) => JsonAnswer.Write(context, json =>
    {
        json.WriteStartObject();
        fill(json);
        json.WriteEndObject();
    });

    private static async Task Answer(HttpContext context, Document write, bool leads)
    {
        var services = context.RequestServices;
        if (leads && services.GetRequiredService<ILeaderView>() is { Leads: false } elsewhere)
        {
            await CallReading.NotLeading(context, elsewhere.Leader).Write(context.Response);
            return;
        }
        var view = await services.GetRequiredService<IInbox<AllocatorState, AllocatorCommand>>().Read(ClusterView.Of, context.RequestAborted);
        var material = new Material(
            view, services.GetRequiredService<MasterIdentity>().Of(context), services.GetRequiredService<MasterRecord>(),
            Flags.Of(services.GetRequiredService<EdgeSettings>(), services.GetRequiredService<AllocatorSettings>()), context.Request.Query,
            services.GetRequiredService<TimeProvider>().GetUtcNow(), services.GetRequiredService<AllocatorSettings>().Domain);
        await Write(context, json => write(json, material));
    }

    /// <summary>To the leader, which may be this instance: then to the address at which it was reached.</summary>
    private static Task Redirect(HttpContext context, ILeaderView leadership, MasterIdentity identity)
    {
        var leader = leadership.Leader;
        if (leadership.Leads)
        {
            var own = identity.Of(context).Address;
            leader = own.Ip.Contains(':', StringComparison.Ordinal) ? $"[{own.Ip}]:{own.Port}" : $"{own.Ip}:{own.Port}";
        }
        if (leader is null)
            return MesosAnswer.Unavailable("No leader elected").Write(context.Response);
        context.Response.Headers.Location = $"//{leader}";
        return new MesosAnswer(StatusCodes.Status307TemporaryRedirect).Write(context.Response);
    }
}
