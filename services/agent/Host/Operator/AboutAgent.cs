using System.Globalization;
using Bourse.Contracts;
using V1 = Bourse.MesosV1;

namespace Bourse.Agent.Host.Operator;

/// <summary>The agent itself: its version, its settings, its numbers.</summary>
internal static class AboutAgent
{
    /// <summary>The release of Mesos whose API this is.</summary>
    public const string ApiVersion = "1.12.0";

    private static readonly string Own = typeof(AboutAgent).Assembly.GetName().Version!.ToString(3);
    private static readonly DateTime Built = File.GetLastWriteTimeUtc(typeof(AboutAgent).Assembly.Location);

    public static V1.VersionInfo Version() => new()
    {
        Version = ApiVersion,
        BuildDate = Built.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
        BuildTime = Math.Floor((Built - DateTime.UnixEpoch).TotalSeconds),
        BuildUser = "bourse",
        GitTag = $"bourse-{Own}",
    };

    /// <summary>Settings under the names of Mesos; nothing secret is among them.</summary>
    public static SortedDictionary<string, string> Flags(AgentRuntime agent) => new(StringComparer.Ordinal)
    {
        ["work_dir"] = agent.Work.Root,
        ["hostname"] = agent.Settings.Hostname,
        ["port"] = agent.Description.Port.ToString(CultureInfo.InvariantCulture),
        ["resources"] = $"{agent.Settings.Resources}",
        ["executor_registration_timeout"] = Text(agent.Settings.Limits.ExecutorRegistration),
        ["executor_reregistration_timeout"] = Text(agent.Settings.Limits.ExecutorReregistration),
        ["executor_shutdown_grace_period"] = Text(agent.Settings.Limits.ExecutorShutdown),
        ["fetcher_cache_size"] = $"{agent.Settings.FetchCacheBytes >> 20}MB",
        ["gc_delay"] = Text(agent.Settings.Limits.SandboxAge),
        ["authenticate_http_executors"] = "true",
    };

    public static SortedDictionary<string, double> Metrics(AgentRuntime agent, AgentViews views)
    {
        var metrics = new SortedDictionary<string, double>(StringComparer.Ordinal)
        {
            ["slave/uptime_secs"] = (DateTimeOffset.UtcNow - agent.StartedAt).TotalSeconds,
            ["slave/registered"] = agent.Admitted ? 1 : 0,
            ["slave/frameworks_active"] = views.Tasks.Select(task => task.FrameworkId).Distinct().Count(),
            ["slave/tasks_staging"] = views.Tasks.Count(task => task.State == TaskState.Staging),
            ["slave/tasks_starting"] = views.Tasks.Count(task => task.State == TaskState.Starting),
            ["slave/tasks_running"] = views.Tasks.Count(task => task.State == TaskState.Running),
            ["slave/tasks_killing"] = views.Tasks.Count(task => task.State == TaskState.Killing),
            ["slave/executors_registering"] = views.Executors.Count(executor => executor is { Phase: not ExecutorPhase.Ended, Subscribed: false, IsDefault: false }),
            ["slave/executors_running"] = views.Executors.Count(executor => executor is { Phase: ExecutorPhase.Running, Subscribed: true } or { Phase: ExecutorPhase.Running, IsDefault: true }),
            ["slave/executors_terminating"] = views.Executors.Count(executor => executor is { Phase: not ExecutorPhase.Ended, Shutdown: not null }),
            ["slave/unacknowledged_updates"] = views.Tasks.Sum(task => task.Updates.Count),
        };
        foreach (var name in (string[])["cpus", "gpus", "mem", "disk"])
        {
            var total = agent.Settings.Resources.Total(name).ToDouble();
            var used = views.Tasks.Where(task => task.Phase != Phase.Ended).Sum(task => task.Spec.Resources.Total(name).ToDouble())
                + views.Executors.Where(executor => executor.Phase != ExecutorPhase.Ended).Sum(executor => executor.Spec.Resources.Total(name).ToDouble());
            metrics[$"slave/{name}_total"] = total;
            metrics[$"slave/{name}_used"] = used;
            metrics[$"slave/{name}_percent"] = total > 0 ? used / total : 0;
        }
        return metrics;
    }

    private static string Text(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds}secs");
}
