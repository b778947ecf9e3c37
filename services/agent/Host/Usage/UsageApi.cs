using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Bourse.Edge;
using Bourse.MesosEdge;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Bourse.Agent.Host.Usage;

/// <summary>What tasks use, for operators and for what operators run to watch over it.</summary>
internal static class UsageApi
{
    // The form that Prometheus reads.
    private const string Exposition = "text/plain; version=0.0.4; charset=utf-8";

    public static IEndpointRouteBuilder MapUsage(this IEndpointRouteBuilder app)
    {
        foreach (var path in (string[])["/monitor/statistics", "/monitor/statistics.json", "/slave(1)/monitor/statistics", "/slave(1)/monitor/statistics.json"])
            app.MapGet(path, Statistics).RequireAuthorization(Policies.Operator);
        app.MapGet("/metrics", Metrics).RequireAuthorization(Policies.Operator);
        return app;
    }

    /// <summary>One entry a running task, in the form of Mesos.</summary>
    private static Task Statistics(HttpContext context, AgentRuntime agent)
    {
        var entries = TaskUsage.OfAll(agent, TimeProvider.System).Select(usage => (JsonNode)new JsonObject
        {
            ["framework_id"] = usage.Task.FrameworkId.Value,
            ["executor_id"] = usage.Task.Spec.Executor?.Value ?? usage.Task.Spec.Id.Value,
            ["executor_name"] = usage.Task.Spec.Name,
            ["source"] = usage.Task.Spec.Id.Value,
            ["container_id"] = usage.ContainerId(agent.Id),
            ["statistics"] = usage.Statistics(),
        });
        return JsonAnswer.Write(context, Encoding.UTF8.GetBytes(new JsonArray([.. entries]).ToJsonString()));
    }

    /// <summary>Sums over the agent: no label bears an id, of which there would be ever more.</summary>
    private static IResult Metrics(AgentRuntime agent)
    {
        var usages = TaskUsage.OfAll(agent, TimeProvider.System);
        var (lines, text) = (new SortedDictionary<string, string>(StringComparer.Ordinal), new StringBuilder());
        foreach (var (kind, contained) in ((string, bool)[])[("plain", false), ("container", true)])
        {
            var these = usages.Where(usage => usage.Task.Container is not null == contained).ToList();
            Add("bourse_agent_tasks_running", "Tasks whose processes run.", these.Count);
            Add("bourse_agent_tasks_cpu_seconds", "CPU time of running tasks so far.", these.Sum(usage => usage.Use.CpuSeconds));
            Add("bourse_agent_tasks_memory_bytes", "Memory of running tasks.", these.Sum(usage => usage.Use.MemoryBytes));
            Add("bourse_agent_tasks_disk_bytes", "Disk of running tasks as last measured.", these.Sum(usage => usage.DiskBytes ?? 0));
            Add("bourse_agent_tasks_received_bytes", "What running tasks with a network of their own received.", these.Sum(usage => usage.Use.Network?.Received.Bytes ?? 0));
            Add("bourse_agent_tasks_sent_bytes", "What running tasks with a network of their own sent.", these.Sum(usage => usage.Use.Network?.Sent.Bytes ?? 0));
            Add("bourse_agent_tasks_processes", "Processes of running tasks.", these.Sum(usage => usage.Use.Processes));

            void Add(string name, string help, double value)
            {
                if (!contained)
                    lines[name] = $"# HELP {name} {help}\n# TYPE {name} gauge\n";
                lines[name] += string.Create(CultureInfo.InvariantCulture, $"{name}{{kind=\"{kind}\"}} {value}\n");
            }
        }
        foreach (var name in (string[])["cpus", "mem", "disk", "gpus"])
            text.Append(CultureInfo.InvariantCulture, $"# TYPE bourse_agent_resource_{name} gauge\nbourse_agent_resource_{name} {agent.Settings.Resources.Total(name)}\n");
        return Results.Text(string.Concat(lines.Values) + text, Exposition);
    }
}
