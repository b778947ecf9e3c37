using System.Globalization;
using System.Text.Json;
using Bourse.Allocator.Host.Http.Mapping;
using Bourse.Allocator.Host.Http.Operator;
using Bourse.Allocator.Host.Http.Scheduler;
using Bourse.Contracts;
using V1 = Bourse.MesosV1;

namespace Bourse.Allocator.Host.Http.Legacy;

/// <summary>What a document is made of.</summary>
internal sealed record Material(
    ClusterView View, V1.MasterInfo Master, MasterRecord Record, IReadOnlyList<KeyValuePair<string, string>> Flags, IQueryCollection Query, DateTimeOffset Now,
    FaultDomain? Domain);

/// <summary>The documents that tools read since before v1, member by member.</summary>
internal static class Documents
{
    private const int TaskLimit = 100;

    public static void State(Utf8JsonWriter json, Material m)
    {
        Version(json);
        json.Time("start_time", m.Record.StartedAt);
        if (m.Record.ElectedAt is { } elected)
            json.Time("elected_time", elected);
        json.WriteString("id", m.Master.Id);
        json.WriteString("pid", m.Master.Pid);
        json.WriteString("hostname", m.Master.Hostname);
        json.Texts("capabilities", []);
        Domain(json, m.Domain);
        json.Double("activated_slaves", m.View.Agents.Count(agent => agent.Active));
        json.Double("deactivated_slaves", m.View.Agents.Count(agent => agent.Reachable && !agent.Active));
        json.Double("unreachable_slaves", m.View.Agents.Count(agent => !agent.Reachable));
        // Requests are answered by the leader alone.
        json.WriteString("leader", m.Master.Pid);
        json.Object("leader_info", () =>
        {
            json.WriteString("id", m.Master.Id);
            json.WriteString("pid", m.Master.Pid);
            json.WriteNumber("port", m.Master.Port);
            json.WriteString("hostname", m.Master.Hostname);
            Domain(json, m.Domain);
        });
        FlagsObject(json, m);
        Slaves(json, m, AgentObject.Write);
        Frameworks(json, m);
        json.Texts("orphan_tasks", []);
    }

    private static void Domain(Utf8JsonWriter json, FaultDomain? domain)
    {
        if (domain is not null)
            json.Object("domain", () => AgentObject.Domain(json, domain));
    }

    public static void Slaves(Utf8JsonWriter json, Material m) => Slaves(json, m, AgentObject.WriteFull);

    public static void Frameworks(Utf8JsonWriter json, Material m)
    {
        var wanted = Wanted(m, "framework_id");
        json.Objects("frameworks", m.View.Frameworks.Where(framework => wanted(framework.Id.Value)), FrameworkObject.Write);
        json.Objects("completed_frameworks", m.View.Completed.Where(framework => wanted(framework.Id.Value)), FrameworkObject.Write);
        json.Texts("unregistered_frameworks", []);
    }

    /// <summary>The latest first, unless they are asked for in ascending order.</summary>
    public static void Tasks(Utf8JsonWriter json, Material m)
    {
        var (framework, task) = (Wanted(m, "framework_id"), Wanted(m, "task_id"));
        var all = m.View.Frameworks.Concat(m.View.Completed).Where(each => framework(each.Id.Value))
            .SelectMany(each => each.Tasks.Concat(each.CompletedTasks)).Where(each => task(each.Spec.Id.Value));
        static DateTimeOffset Began(ClusterView.TaskView task) => task.Statuses.Count > 0 ? task.Statuses[0].At : DateTimeOffset.MaxValue;
        var ordered = m.Query["order"] == "asc" ? all.OrderBy(Began) : all.OrderByDescending(Began);
        json.Objects("tasks", ordered.Skip(Number(m, "offset") ?? 0).Take(Number(m, "limit") ?? TaskLimit), TaskObject.Write);
    }

    public static void Roles(Utf8JsonWriter json, Material m) => json.Objects("roles", RoleView.Of(m.View), static (json, role) =>
    {
        json.WriteString("name", role.Name);
        json.Double("weight", role.Weight);
        json.Object("quota", () =>
        {
            json.WriteString("role", role.Name);
            json.Quantities("guarantee", role.Quota.Guarantee);
            json.Quantities("limit", role.Quota.Limit);
            json.Quantities("consumed", role.Consumed);
        });
        json.Quantities("resources", role.Allocated + role.Offered);
        json.Quantities("allocated", role.Allocated);
        json.Quantities("offered", role.Offered);
        json.Quantities("reserved", role.Reserved);
        json.Texts("frameworks", role.Frameworks.Select(id => id.Value));
    });

    public static void StateSummary(Utf8JsonWriter json, Material m)
    {
        json.WriteString("hostname", m.Master.Hostname);
        var all = m.View.Frameworks.Concat(m.View.Completed).SelectMany(framework => framework.Tasks.Concat(framework.CompletedTasks)).ToList();
        var (byAgent, byFramework) = (all.ToLookup(task => task.AgentId), all.ToLookup(task => task.FrameworkId));
        json.Objects("slaves", m.View.Agents, (json, agent) =>
        {
            AgentObject.Write(json, agent);
            Counts(json, byAgent[agent.Description.Id]);
            json.Texts("framework_ids", byAgent[agent.Description.Id].Select(task => task.FrameworkId.Value).Distinct());
        });
        json.Objects("frameworks", m.View.Frameworks, (json, framework) =>
        {
            FrameworkObject.WriteSummary(json, framework);
            Counts(json, byFramework[framework.Id]);
            json.Texts("slave_ids", byFramework[framework.Id].Select(task => task.AgentId.Value).Distinct());
        });
    }

    public static void FlagsObject(Utf8JsonWriter json, Material m) => json.Object("flags", () =>
    {
        foreach (var (name, value) in m.Flags)
            json.WriteString(name, value);
    });

    public static void MetricsSnapshot(Utf8JsonWriter json, Material m)
    {
        foreach (var (name, value) in Metrics.Of(m.View, m.Record, m.Now))
            json.Double(name, value);
    }

    public static void Version(Utf8JsonWriter json)
    {
        var version = GetVersionCall.Version();
        json.WriteString("version", version.Version);
        json.WriteString("build_date", version.BuildDate);
        json.Double("build_time", version.BuildTime);
        json.WriteString("build_user", version.BuildUser);
        json.WriteString("git_tag", version.GitTag);
    }

    private static void Slaves(Utf8JsonWriter json, Material m, Action<Utf8JsonWriter, ClusterView.AgentView> write)
    {
        var wanted = Wanted(m, "slave_id");
        json.Objects("slaves", m.View.Agents.Where(agent => wanted(agent.Description.Id.Value)), write);
        json.Texts("recovered_slaves", []);
    }

    private static void Counts(Utf8JsonWriter json, IEnumerable<ClusterView.TaskView> tasks)
    {
        var byState = tasks.ToLookup(task => task.State);
        foreach (var state in Enum.GetValues<TaskState>().Where(state => state != TaskState.Unknown))
            json.WriteNumber(EnumNames.Of(TaskStatusMapping.State(state)), byState[state].Count());
    }

    private static Func<string, bool> Wanted(Material m, string parameter) =>
        MesosCall.Last(m.Query[parameter]) is { Length: > 0 } id ? each => each == id : static _ => true;

    // What is no number counts as not given, as in Mesos.
    private static int? Number(Material m, string parameter) =>
        int.TryParse(MesosCall.Last(m.Query[parameter]), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
