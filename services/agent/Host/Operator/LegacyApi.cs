using System.Globalization;
using System.Text;
using System.Text.Json;
using Bourse.Agent.Host.Sandboxes;
using Bourse.Agent.Host.Usage;
using Bourse.Contracts;
using Bourse.Edge;
using Bourse.MesosEdge;

namespace Bourse.Agent.Host.Operator;

/// <summary>The read endpoints from before v1 that tools still use on an agent.</summary>
internal static class LegacyApi
{
    public static IEndpointRouteBuilder MapLegacyApi(this IEndpointRouteBuilder app)
    {
        foreach (var prefix in (string[])["", "/slave(1)"])
        {
            app.MapGet(prefix + "/state", LegacyState.Answer).RequireAuthorization(Policies.Operator);
            app.MapGet(prefix + "/state.json", LegacyState.Answer).RequireAuthorization(Policies.Operator);
            app.MapGet(prefix + "/containers", GetContainers).RequireAuthorization(Policies.Operator);
            app.MapGet(prefix + "/flags", Flags).RequireAuthorization(Policies.Operator);
            app.MapGet(prefix + "/health", () => Results.Ok()).AllowAnonymous();
        }
        app.MapGet("/version", Version).AllowAnonymous();
        app.MapGet("/metrics/snapshot", Metrics).RequireAuthorization(Policies.Operator);
        app.MapGet("/files/browse", Browse).RequireAuthorization(Policies.Framework);
        app.MapGet("/files/read", Read).RequireAuthorization(Policies.Framework);
        app.MapGet("/files/download", Download).RequireAuthorization(Policies.Framework);
        app.MapGet("/files/debug", Debug).RequireAuthorization(Policies.Operator);
        return app;
    }

    private static async Task GetContainers(HttpContext context, AgentRuntime agent)
    {
        var all = (await AgentViews.Of(agent, context.RequestAborted)).GetContainers(agent.Id, agent.Nested, showNested: false, showStandalone: false);
        var uses = TaskUsage.OfAll(agent, TimeProvider.System).ToDictionary(usage => usage.ContainerId(agent.Id));
        await JsonAnswer.Write(context, json =>
        {
            json.WriteStartArray();
            foreach (var container in all.Containers.Where(Wanted))
            {
                json.WriteStartObject();
                json.WriteString("container_id", container.ContainerId.Value);
                json.WriteString("executor_id", container.ExecutorId.Value);
                json.WriteString("executor_name", container.ExecutorName);
                json.WriteString("framework_id", container.FrameworkId.Value);
                json.WriteString("source", container.ExecutorId.Value);
                json.WriteStartObject("status");
                if (container.ContainerStatus is { } status)
                    json.WriteNumber("executor_pid", status.ExecutorPid);
                json.WriteEndObject();
                json.WritePropertyName("statistics");
                json.WriteRawValue(uses.TryGetValue(container.ContainerId.Value, out var usage) ? usage.Statistics().ToJsonString() : "{}");
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });

        bool Wanted(MesosV1.Agent.Response.Types.GetContainers.Types.Container container) =>
            Fits("container_id", container.ContainerId.Value) && Fits("framework_id", container.FrameworkId.Value) && Fits("executor_id", container.ExecutorId.Value);

        bool Fits(string name, string value) => Query(context, name) is not { } asked || asked == value;
    }

    private static Task Flags(HttpContext context, AgentRuntime agent) => JsonAnswer.Write(context, json =>
    {
        json.WriteStartObject();
        json.WriteStartObject("flags");
        foreach (var (name, value) in AboutAgent.Flags(agent))
            json.WriteString(name, value);
        json.WriteEndObject();
        json.WriteEndObject();
    });

    private static Task Version(HttpContext context) => JsonAnswer.Write(context, json => json.WriteRawValue(MesosV1.Wire.MesosJson.Format(AboutAgent.Version())));

    private static async Task Metrics(HttpContext context, AgentRuntime agent)
    {
        var views = await AgentViews.Of(agent, context.RequestAborted);
        await JsonAnswer.Write(context, json =>
        {
            json.WriteStartObject();
            foreach (var (name, value) in AboutAgent.Metrics(agent, views))
                json.Double(name, value);
            json.WriteEndObject();
        });
    }

    private static async Task Browse(HttpContext context, AgentRuntime agent)
    {
        if (await Find(context, agent) is not var (path, root, inside))
            return;
        if (SandboxTree.List(root, inside, path) is not { } found)
        {
            await Missing(context);
            return;
        }
        await JsonAnswer.Write(context, json =>
        {
            json.WriteStartArray();
            foreach (var file in found)
            {
                json.WriteStartObject();
                json.WriteString("gid", file.Gid);
                json.WriteString("mode", Mode(file.Mode));
                json.WriteNumber("mtime", file.Mtime.Nanoseconds / 1_000_000_000);
                json.WriteNumber("nlink", file.Nlink);
                json.WriteString("path", file.Path);
                json.WriteNumber("size", file.Size);
                json.WriteString("uid", file.Uid);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });
    }

    private static async Task Read(HttpContext context, AgentRuntime agent)
    {
        if (await Find(context, agent) is not var (_, root, inside))
            return;
        if (Number(context, "offset") is not { } offset || Number(context, "length") is not { } length)
        {
            await MesosAnswer.Bad("Expecting 'offset' and 'length' to be -1 or a number of bytes").Write(context.Response);
            return;
        }
        if (SandboxTree.Read(root, inside, Math.Max(0, offset), offset < 0 ? 0 : length < 0 ? null : length) is not var (size, data))
        {
            await Missing(context);
            return;
        }
        await JsonAnswer.Write(context, json =>
        {
            json.WriteStartObject();
            // As text, whatever it is: whoever wants the bytes takes READ_FILE.
            json.WriteString("data", Encoding.UTF8.GetString(data));
            json.WriteNumber("offset", offset < 0 ? size : offset);
            json.WriteEndObject();
        });
    }

    private static async Task Download(HttpContext context, AgentRuntime agent)
    {
        if (await Find(context, agent) is not var (_, root, inside))
            return;
        if (SandboxTree.OpenFile(root, inside) is not { } handle)
        {
            await Missing(context);
            return;
        }
        await using var file = new FileStream(handle, FileAccess.Read);
        context.Response.ContentType = "application/octet-stream";
        var name = new Microsoft.Net.Http.Headers.ContentDispositionHeaderValue("attachment");
        name.SetHttpFileName(inside.Split('/')[^1]);
        context.Response.Headers.ContentDisposition = name.ToString();
        await file.CopyToAsync(context.Response.Body, context.RequestAborted);
    }

    private static Task Debug(HttpContext context, AgentRuntime agent) => JsonAnswer.Write(context, json =>
    {
        json.WriteStartObject();
        foreach (var path in agent.Sandboxes.All.Select(sandbox => sandbox.Path).Distinct().Order(StringComparer.Ordinal))
            json.WriteString(path, path);
        json.WriteEndObject();
    });

    private static async Task<(string Path, string Root, string Inside)?> Find(HttpContext context, AgentRuntime agent)
    {
        if (Query(context, "path") is not { } path)
        {
            await MesosAnswer.Bad("Expecting 'path=value' in query.\n").Write(context.Response);
            return null;
        }
        if (SandboxPaths.Find(agent, (await Visitor.Of(context, agent))!, path) is var (root, inside))
            return (path, root, inside);
        await Missing(context);
        return null;
    }

    private static string? Query(HttpContext context, string name) => MesosCall.Last(context.Request.Query[name]) is { Length: > 0 } value ? value : null;

    private static long? Number(HttpContext context, string name) =>
        Query(context, name) is not { } text ? -1
        : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= -1 ? number
        : null;

    private static string Mode(uint mode) =>
        string.Concat(Enumerable.Range(0, 9).Select(bit => (mode & (0x100u >> bit)) != 0 ? "rwx"[bit % 3] : '-')
            .Prepend((mode & 0xF000) switch { 0x4000 => 'd', 0xA000 => 'l', _ => '-' }));

    private static Task Missing(HttpContext context) => MesosAnswer.NotFound("No such file or directory").Write(context.Response);
}
