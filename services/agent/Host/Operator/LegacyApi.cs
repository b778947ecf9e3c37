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
            app.MapGet(prefix + "/state", State).RequireAuthorization(Policies.Operator);
            app.MapGet(prefix + "/state.json", State).RequireAuthorization(Policies.Operator);
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

    private static async Task State(HttpContext context, AgentRuntime agent)
    {
        var views = await AgentViews.Of(agent, context.RequestAborted);
        var description = agent.Description;
        await JsonAnswer.Write(context, json =>
        {
            json.WriteStartObject();
            json.WriteString("version", AboutAgent.ApiVersion);
            json.WriteString("id", agent.Id.Value);
            json.WriteString("pid", $"slave(1)@{description.Address}:{description.Port}");
            json.WriteString("hostname", description.Hostname);
            Double(json, "start_time", Seconds(agent.StartedAt));
            Resources(json, "resources", description.Total);
            json.WriteStartObject("attributes");
            foreach (var attribute in description.Attributes)
                json.WriteString(attribute.Name, attribute.Text ?? attribute.Scalar?.ToString() ?? $"{attribute.Ranges}");
            json.WriteEndObject();
            json.WriteStartObject("flags");
            foreach (var (name, value) in AboutAgent.Flags(agent))
                json.WriteString(name, value);
            json.WriteEndObject();
            json.WriteStartArray("frameworks");
            foreach (var framework in views.Tasks.Select(task => task.FrameworkId).Concat(views.Executors.Select(executor => executor.FrameworkId)).Distinct().Order())
                Framework(json, agent, views, framework);
            json.WriteEndArray();
            json.WriteStartArray("completed_frameworks");
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    private static void Framework(Utf8JsonWriter json, AgentRuntime agent, AgentViews views, FrameworkId framework)
    {
        var known = views.Executors.FirstOrDefault(executor => executor.FrameworkId == framework)?.Framework;
        json.WriteStartObject();
        json.WriteString("id", framework.Value);
        json.WriteString("name", known?.Name ?? "");
        json.WriteString("user", known?.User ?? "");
        json.WriteStartArray("executors");
        foreach (var executor in views.Executors.Where(executor => executor.FrameworkId == framework && executor.Phase != ExecutorPhase.Ended))
            Executor(json, agent, executor.Spec.Id.Value, executor.Spec.Name, executor.Spec.Source ?? "", executor.Container,
                agent.Work.Sandbox(executor.Key.SandboxKey), executor.Spec.Resources, views.Tasks.Where(task => task.ExecutorKey == executor.Key));
        // The executor of a command bears its task's id.
        foreach (var task in views.Tasks.Where(task => task.FrameworkId == framework && task.Spec.Executor is null))
            Executor(json, agent, task.Spec.Id.Value, $"Command Executor (Task: {task.Spec.Id})", task.Spec.Id.Value, Containers.IdOf(agent.Id, task),
                agent.Work.Sandbox(task), task.Spec.Resources, [task]);
        json.WriteEndArray();
        json.WriteStartArray("completed_executors");
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void Executor(
        Utf8JsonWriter json, AgentRuntime agent, string id, string name, string source, string container, string directory, Resources resources, IEnumerable<AgentTask> tasks)
    {
        var all = tasks.ToLookup(task => task.Phase switch
        {
            Phase.Ended => "completed_tasks",
            Phase.Queued or Phase.Starting or Phase.AwaitingSecrets => "queued_tasks",
            _ => "tasks",
        });
        json.WriteStartObject();
        json.WriteString("id", id);
        json.WriteString("name", name);
        json.WriteString("source", source);
        json.WriteString("container", container);
        json.WriteString("directory", directory);
        Resources(json, "resources", resources);
        foreach (var list in (string[])["tasks", "queued_tasks", "completed_tasks"])
        {
            json.WriteStartArray(list);
            foreach (var task in all[list])
            {
                json.WriteStartObject();
                json.WriteString("id", task.Spec.Id.Value);
                json.WriteString("name", task.Spec.Name);
                json.WriteString("framework_id", task.FrameworkId.Value);
                json.WriteString("executor_id", task.Spec.Executor?.Value ?? "");
                json.WriteString("slave_id", agent.Id.Value);
                json.WriteString("state", Sentences.State(task.State));
                Resources(json, "resources", task.Spec.Resources);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        json.WriteEndObject();
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
                Double(json, name, value);
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

    private static void Resources(Utf8JsonWriter json, string name, Resources resources)
    {
        json.WriteStartObject(name);
        foreach (var kind in (string[])["cpus", "gpus", "mem", "disk"])
            Double(json, kind, resources.Total(kind).ToDouble());
        foreach (var ranges in resources.Entries.Where(entry => entry.Ranges.Count > 0).GroupBy(entry => entry.Name))
            json.WriteString(ranges.Key, $"[{string.Join(", ", ranges.SelectMany(entry => entry.Ranges).Select(range => $"{range.Begin}-{range.End}"))}]");
        json.WriteEndObject();
    }

    private static double Seconds(DateTimeOffset at) => (at - DateTimeOffset.UnixEpoch).TotalSeconds;

    private static void Double(Utf8JsonWriter json, string name, double value)
    {
        json.WritePropertyName(name);
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        json.WriteRawValue(text.AsSpan().ContainsAny('.', 'E') ? text : text + ".0");
    }
}
