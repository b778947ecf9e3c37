using System.CommandLine;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Bourse.Cli.Client;
using Bourse.Cli.Cluster;
using Bourse.Cli.Output;

namespace Bourse.Cli.Verbs;

/// <summary>What running tasks use, busiest first: CPU over a moment, memory and disk now.</summary>
internal static class TopVerb
{
    private const double BytesPerMb = 1 << 20;

    private static readonly Option<double> Seconds = new("--seconds")
    {
        Description = "Over how many seconds the CPU is measured",
        DefaultValueFactory = _ => 1,
        HelpName = "N",
    };

    private static readonly Option<bool> Follow = new("--follow", "-f") { Description = "Go on until interrupted" };

    public static Command Create()
    {
        var command = new Command("top", "Show what running tasks use, busiest first") { Seconds, Follow };
        command.SetAction(Run);
        return command;
    }

    private static async Task<int> Run(ParseResult arguments, CancellationToken cancellationToken)
    {
        var screen = arguments.Screen();
        using var master = arguments.Master();
        using var http = new HttpClient();
        if (arguments.TokenOf(Tokens.Operator) is { } token)
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);

        var before = await Measure(master, http, cancellationToken);
        do
        {
            await Task.Delay(TimeSpan.FromSeconds(arguments.GetValue(Seconds)), cancellationToken);
            var now = await Measure(master, http, cancellationToken);
            var rows = now.Values.Select(task => task with { Busy = before.TryGetValue(task.Container, out var earlier) ? task.Since(earlier) : null })
                .OrderByDescending(task => task.Busy ?? 0).ThenByDescending(task => task.MemoryMb).ThenBy(task => task.Task, StringComparer.Ordinal).ToList();
            screen.Result(new { tasks = rows }, () => Show(rows));
            before = now;
        }
        while (arguments.GetValue(Follow));
        return 0;
    }

    private static void Show(List<Use> rows)
    {
        if (rows is [])
        {
            Screen.Line("No task is running.");
            return;
        }

        Screen.Table(
            ["TASK", "FRAMEWORK", "AGENT", "CPUS USED", "CPUS", "MEM MB", "LIMIT MB", "DISK MB", "PROCESSES"],
            [.. rows.Select(task => (string[])
            [
                task.Task, task.Framework, task.Agent, Text(task.Busy, "0.00"), Text(task.Cpus, "0.##"), Text(task.MemoryMb, "0.0"),
                Text(task.LimitMb, "0"), Text(task.DiskMb, "0.0"), Text(task.Processes, "0"),
            ])]);
    }

    private static async Task<Dictionary<string, Use>> Measure(Master master, HttpClient http, CancellationToken cancellationToken)
    {
        var agents = await master.Operator("GET_AGENTS", cancellationToken);
        var found = new Dictionary<string, Use>(StringComparer.Ordinal);
        foreach (var agent in (agents["get_agents"]?["agents"] as JsonArray ?? []).OfType<JsonObject>().Where(one => one["active"]?.GetValue<bool>() is true))
        {
            var address = AgentsVerb.AddressOf(agent);
            try
            {
                var answer = await http.GetStringAsync(new Uri($"http://{address}/monitor/statistics"), cancellationToken);
                foreach (var entry in JsonNode.Parse(answer)!.AsArray().OfType<JsonObject>())
                {
                    var use = Use.Of(entry, Words.Id(agent["agent_info"]?["id"]));
                    found[use.Container] = use;
                }
            }
            catch (HttpRequestException e)
            {
                throw new CliException($"the agent at {address} does not tell what its tasks use: {e.Message}");
            }
        }

        return found;
    }

    private static string Text(double? number, string format) => number?.ToString(format, CultureInfo.InvariantCulture) ?? "-";

    /// <summary>One running task.</summary>
    private sealed record Use(
        string Container, string Task, string Framework, string Agent, double At, double CpuSeconds, double? Cpus, double? MemoryMb, double? LimitMb, double? DiskMb, double? Processes)
    {
        /// <summary>CPUs it kept busy meanwhile.</summary>
        public double? Busy { get; init; }

        public static Use Of(JsonObject entry, string agent)
        {
            var statistics = entry["statistics"];
            return new(
                Words.Text(entry["container_id"]), Words.Text(entry["source"]), Words.Text(entry["framework_id"]), agent,
                Number("timestamp") ?? 0, (Number("cpus_user_time_secs") ?? 0) + (Number("cpus_system_time_secs") ?? 0), Number("cpus_limit"),
                Number("mem_total_bytes") / BytesPerMb, Number("mem_limit_bytes") / BytesPerMb, Number("disk_used_bytes") / BytesPerMb, Number("processes"));

            double? Number(string name) => statistics?[name]?.GetValue<double>();
        }

        public double? Since(Use earlier) => At > earlier.At ? Math.Max(0, (CpuSeconds - earlier.CpuSeconds) / (At - earlier.At)) : null;
    }
}
