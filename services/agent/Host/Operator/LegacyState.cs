using System.Globalization;
using System.Text.Json;
using Bourse.Contracts;
using Bourse.MesosEdge;
using Bourse.MesosV1.Wire;

namespace Bourse.Agent.Host.Operator;

/// <summary><c>/state</c> of an agent. The web UI and the command line find the sandboxes of tasks in it, of those that are over as well.</summary>
internal static class LegacyState
{
    private static readonly string[] Amounts = ["cpus", "gpus", "mem", "disk"];

    public static async Task Answer(HttpContext context, AgentRuntime agent)
    {
        var views = await AgentViews.Of(agent, context.RequestAborted);
        var (description, version) = (agent.Description, AboutAgent.Version());
        await JsonAnswer.Write(context, json =>
        {
            json.WriteStartObject();
            json.WriteString("version", version.Version);
            json.WriteString("build_date", version.BuildDate);
            json.Double("build_time", version.BuildTime);
            json.WriteString("build_user", version.BuildUser);
            json.WriteString("git_tag", version.GitTag);
            json.WriteString("id", agent.Id.Value);
            json.WriteString("pid", $"slave(1)@{description.Address}:{description.Port}");
            json.WriteString("hostname", description.Hostname);
            json.Double("start_time", (agent.StartedAt - DateTimeOffset.UnixEpoch).TotalSeconds);
            Resources(json, "resources", description.Total);
            var held = Contracts.Resources.Of(views.Tasks.Where(task => task.Phase != Phase.Ended).SelectMany(task => task.Spec.Resources.Entries)
                .Concat(views.Executors.Where(executor => executor.Phase != ExecutorPhase.Ended).SelectMany(executor => executor.Spec.Resources.Entries)));
            foreach (var (suffix, resources) in ((string, Resources)[])[("", description.Total), ("_allocated", held)])
            {
                json.WriteStartObject($"reserved_resources{suffix}");
                foreach (var reserved in resources.Entries.Where(entry => entry.ReservedFor is not null).GroupBy(entry => entry.ReservedFor!).OrderBy(role => role.Key, StringComparer.Ordinal))
                    Resources(json, reserved.Key, Contracts.Resources.Of(reserved));
                json.WriteEndObject();
                Resources(json, $"unreserved_resources{suffix}", resources.Where(entry => entry.ReservedFor is null));
            }
            json.WriteStartObject("attributes");
            foreach (var attribute in description.Attributes.GroupBy(attribute => attribute.Name).Select(same => same.Last()))
                json.WriteString(attribute.Name, attribute.Text ?? attribute.Scalar?.ToString() ?? Ranges(attribute.Ranges));
            json.WriteEndObject();
            json.WriteStartObject("flags");
            foreach (var (name, value) in AboutAgent.Flags(agent))
                json.WriteString(name, value);
            json.WriteEndObject();
            var living = views.Tasks.Select(task => task.FrameworkId).Concat(views.Executors.Select(executor => executor.FrameworkId)).ToHashSet();
            json.WriteStartArray("frameworks");
            foreach (var framework in living.Order())
                Framework(json, agent, views, framework);
            json.WriteEndArray();
            json.WriteStartArray("completed_frameworks");
            foreach (var framework in views.Left.Select(left => left.FrameworkId).Distinct().Where(id => !living.Contains(id)).Order())
                Framework(json, agent, views, framework);
            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    private static void Framework(Utf8JsonWriter json, AgentRuntime agent, AgentViews views, FrameworkId framework)
    {
        var known = views.Executors.FirstOrDefault(executor => executor.FrameworkId == framework)?.Framework;
        var tasks = views.Tasks.Where(task => task.FrameworkId == framework).ToList();
        json.WriteStartObject();
        json.WriteString("id", framework.Value);
        json.WriteString("name", known?.Name ?? "");
        json.WriteString("user", known?.User ?? tasks.FirstOrDefault()?.User ?? "");
        json.WriteStartArray("roles");
        foreach (var role in tasks.Select(task => RoleOf(task.Spec.Resources)).Distinct().Order(StringComparer.Ordinal))
            json.WriteStringValue(role);
        json.WriteEndArray();
        json.WriteStartArray("executors");
        foreach (var executor in views.Executors.Where(executor => executor.FrameworkId == framework && executor.Phase != ExecutorPhase.Ended))
            Executor(json, agent, new(executor.Spec.Id.Value, executor.Spec.Name, executor.Container, agent.Work.Sandbox(executor.Key.SandboxKey), executor.Spec.Resources)
            {
                Source = executor.Spec.Source ?? "",
                IsDefault = executor.IsDefault,
                Tasks = [.. tasks.Where(task => task.ExecutorKey == executor.Key)],
                Left = [.. views.Left.Where(left => left.FrameworkId == framework && left.Executor == executor.Spec.Id)],
            });
        // The executor of a command bears its task's id.
        foreach (var task in tasks.Where(task => task.Spec.Executor is null))
            Executor(json, agent, new(
                task.Spec.Id.Value, $"Command Executor (Task: {task.Spec.Id})", Containers.IdOf(agent.Id, task), agent.Work.Sandbox(task), task.Spec.Resources)
            {
                Source = task.Spec.Id.Value,
                Tasks = [task],
            });
        json.WriteEndArray();
        json.WriteStartArray("completed_executors");
        foreach (var over in views.Left.Where(left => left.FrameworkId == framework).GroupBy(left => left.Executor?.Value ?? left.TaskId.Value))
        {
            if (views.Executors.Any(executor => executor.FrameworkId == framework && executor.Spec.Id.Value == over.Key && executor.Phase != ExecutorPhase.Ended))
                continue;
            var inside = over.Where(left => left.Executor is not null).ToList();
            // A directory alone is left of it: what it held is the business of the journal.
            Executor(json, agent, new(over.Key, "", "", agent.Work.Sandbox(new TaskKey(framework, new(over.Key))), Contracts.Resources.None)
            {
                IsDefault = inside.Count > 0,
                Left = inside.Count > 0 ? inside : [.. over],
            });
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private sealed record Shown(string Id, string Name, string Container, string Directory, Resources Resources)
    {
        public string Source { get; init; } = "";
        public bool IsDefault { get; init; }
        public IReadOnlyList<AgentTask> Tasks { get; init; } = [];
        public IReadOnlyList<LeftSandbox> Left { get; init; } = [];
    }

    private static void Executor(Utf8JsonWriter json, AgentRuntime agent, Shown executor)
    {
        var tasks = executor.Tasks.ToLookup(task => task.Phase switch
        {
            Phase.Ended => "completed_tasks",
            Phase.Queued or Phase.Starting or Phase.AwaitingSecrets => "queued_tasks",
            _ => "tasks",
        });
        json.WriteStartObject();
        json.WriteString("id", executor.Id);
        json.WriteString("name", executor.Name);
        json.WriteString("source", executor.Source);
        json.WriteString("container", executor.Container);
        json.WriteString("directory", executor.Directory);
        if (executor.IsDefault)
            json.WriteString("type", "DEFAULT");
        json.WriteString("role", RoleOf(executor.Resources));
        Resources(json, "resources", executor.Resources);
        foreach (var list in (string[])["tasks", "queued_tasks", "completed_tasks"])
        {
            json.WriteStartArray(list);
            foreach (var task in tasks[list])
                Task(json, agent, task);
            if (list == "completed_tasks")
                foreach (var left in executor.Left.Where(left => executor.Tasks.All(task => task.Key != left.Key)))
                {
                    json.WriteStartObject();
                    json.WriteString("id", left.TaskId.Value);
                    json.WriteString("framework_id", left.FrameworkId.Value);
                    json.WriteString("slave_id", agent.Id.Value);
                    json.WriteEndObject();
                }
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }

    private static void Task(Utf8JsonWriter json, AgentRuntime agent, AgentTask task)
    {
        json.WriteStartObject();
        json.WriteString("id", task.Spec.Id.Value);
        json.WriteString("name", task.Spec.Name);
        json.WriteString("framework_id", task.FrameworkId.Value);
        json.WriteString("executor_id", task.Spec.Executor?.Value ?? "");
        json.WriteString("slave_id", agent.Id.Value);
        json.WriteString("state", Sentences.State(task.State));
        json.WriteString("role", RoleOf(task.Spec.Resources));
        Resources(json, "resources", task.Spec.Resources);
        if (DiscoveryMapping.Write(task.Spec.Discovery) is { } discovery)
        {
            json.WritePropertyName("discovery");
            json.WriteRawValue(MesosJson.Format(discovery));
        }
        json.WriteStartArray("statuses");
        foreach (var update in task.Updates)
        {
            json.WriteStartObject();
            json.WriteString("state", Sentences.State(update.State));
            json.Double("timestamp", (update.At - DateTimeOffset.UnixEpoch).TotalSeconds);
            if (update.Healthy is { } healthy)
                json.WriteBoolean("healthy", healthy);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string RoleOf(Resources resources) =>
        resources.Entries.Select(entry => entry.AllocationRole).FirstOrDefault(role => role is not null) ?? "*";

    private static void Resources(Utf8JsonWriter json, string name, Resources resources)
    {
        json.WriteStartObject(name);
        foreach (var kind in Amounts)
            json.Double(kind, resources.Total(kind).ToDouble());
        foreach (var ranges in resources.Entries.Where(entry => entry.Ranges.Count > 0).GroupBy(entry => entry.Name))
            json.WriteString(ranges.Key, Ranges(ranges.SelectMany(entry => entry.Ranges)));
        json.WriteEndObject();
    }

    private static string Ranges(IEnumerable<Interval> ranges) => $"[{string.Join(", ", ranges.Select(range => $"{range.Begin}-{range.End}"))}]";

    /// <summary>A number that always has a fraction, as Mesos writes its doubles.</summary>
    public static void Double(this Utf8JsonWriter json, string name, double value)
    {
        json.WritePropertyName(name);
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        json.WriteRawValue(text.AsSpan().ContainsAny('.', 'E') ? text : text + ".0");
    }
}
