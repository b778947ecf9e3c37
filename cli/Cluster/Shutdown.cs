using Bourse.Servers;

namespace Bourse.Cli.Cluster;

/// <summary>Takes a cluster's processes down in their order, from what is written in its home: it works after any crash.</summary>
internal static class Shutdown
{
    private static readonly TimeSpan ServicePatience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan ServerPatience = TimeSpan.FromSeconds(30);

    public static async Task Run(Home home, Action<string> say)
    {
        var none = CancellationToken.None;
        var agents = Named(home, name => name.StartsWith("agent-", StringComparison.Ordinal));
        await End("agents", agents, ServicePatience);

        // Only when no agent is left that could report their end as something that happened to them.
        if (await Tasks.End(home, none) is > 0 and var tasks)
        {
            say($"ended {tasks} {(tasks == 1 ? "task" : "tasks")}");
        }

        await End("services", Named(home, _ => true), ServicePatience);
        await End("RabbitMQ", [At(home.RabbitMq, "process.json")], ServerPatience);
        await End("RabbitMQ's port mapper", [At(home.RabbitMq, "epmd.json")], ServicePatience);
        if (ProcessIdentity.Saved(Path.Combine(home.Postgres, "process.json")) is not null)
        {
            await (await PrivatePostgres.Prepare(home.Postgres, cancellationToken: none)).Stop(none);
            say("stopped PostgreSQL");
        }

        File.Delete(home.Status);

        async Task End(string what, IReadOnlyList<ProcessIdentity?> processes, TimeSpan patience)
        {
            var running = processes.OfType<ProcessIdentity>().ToList();
            if (running is not [])
            {
                await Task.WhenAll(running.Select(process => process.End(patience, none)));
                say($"stopped {what}");
            }
        }
    }

    private static List<ProcessIdentity?> Named(Home home, Func<string, bool> fits) =>
        [.. Directory.EnumerateFiles(Path.GetDirectoryName(home.Running("x"))!, "*.json")
            .Where(file => fits(Path.GetFileNameWithoutExtension(file)))
            .Select(ProcessIdentity.Saved)];

    private static ProcessIdentity? At(string directory, string file) => ProcessIdentity.Saved(Path.Combine(directory, file));
}
