using System.Diagnostics;
using System.Security.Cryptography;
using Bourse.Servers;

namespace Bourse.Cli.Cluster;

/// <summary>What the caller of <c>up</c> wants.</summary>
internal sealed record Wish(int? Port, int Agents, bool Open, IReadOnlyList<string> Principals);

/// <summary>Brings local clusters up and down.</summary>
internal static class LocalCluster
{
    private const int Hopeless = 5; // deaths of a process that was never ready
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(100);

    /// <summary>Whether its supervision runs.</summary>
    public static bool IsUp(Home home) => ProcessIdentity.Saved(home.Supervisor) is not null;

    /// <summary>Brings it up and waits until all of it is ready.</summary>
    /// <returns>False when it was up already.</returns>
    /// <exception cref="CliException">It cannot run, or did not get ready; nothing is left running then.</exception>
    public static async Task<bool> Up(Home home, Wish wish, Action<string> say, CancellationToken cancellationToken)
    {
        home.Create();
        using var alone = Alone(home);
        var was = Settings.Load(home);
        if (IsUp(home))
        {
            if (was is not null && (was.Agents.Count != wish.Agents || was.Open != wish.Open || (wish.Port ?? was.Port) != was.Port))
            {
                say("the cluster is up with other settings; they hold until `bourse down`");
            }

            AddPrincipals(home, wish);
            await Ready(home, say, cancellationToken);
            return false;
        }

        // What a supervision that was killed left behind would hold the ports.
        await Shutdown.Run(home, say);

        var settings = Settings.Create(was, wish.Port ?? was?.Port ?? Home.DefaultPort, wish.Agents, wish.Open);
        CheckPorts(settings);
        if (settings is { GivenRabbitMq: not null, GivenManagement: null })
        {
            throw new CliException("BOURSE_RABBITMQ needs BOURSE_RABBITMQ_MANAGEMENT beside it, to make a user for each service and agent");
        }

        await Packages.Ensure(settings.GivenPostgres is null, settings.GivenRabbitMq is null, say, cancellationToken);
        settings.Save(home);
        AddPrincipals(home, wish);
        if (!File.Exists(home.MasterKey))
        {
            HomeFile.WritePrivate(home.MasterKey, Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
        }

        var supervisor = Launch.Detached(
            [Binaries.Dotnet, "exec", Binaries.Cli, "supervise", "--home", home.Directory],
            home.Log("supervisor"),
            home.Directory,
            new Dictionary<string, string?> { ["DOTNET_gcConcurrent"] = "0", ["DOTNET_GCConserveMemory"] = "5" });
        supervisor.Save(home.Supervisor);
        try
        {
            await Ready(home, say, cancellationToken);
            return true;
        }
        catch
        {
            await End(home, supervisor, say);
            throw;
        }
    }

    /// <summary>Takes it down.</summary>
    /// <returns>What was done; nothing when it was not up.</returns>
    public static async Task<IReadOnlyList<string>> Down(Home home, Action<string> say, CancellationToken cancellationToken)
    {
        if (!Directory.Exists(home.Directory) || Settings.Load(home) is null)
        {
            return [];
        }

        using var alone = Alone(home);
        List<string> done = [];
        await End(home, ProcessIdentity.Saved(home.Supervisor), step =>
        {
            done.Add(step);
            say(step);
        });
        return done;
    }

    private static async Task End(Home home, ProcessIdentity? supervisor, Action<string> say)
    {
        if (supervisor is { IsRunning: true })
        {
            // It must not start again what is taken down; then the rest is the same as after its death.
            supervisor.Kill();
            await supervisor.WaitForEnd(TimeSpan.FromSeconds(10), CancellationToken.None);
            say("stopped the supervision");
        }

        await Shutdown.Run(home, say);
        File.Delete(home.Supervisor);
    }

    private static async Task Ready(Home home, Action<string> say, CancellationToken cancellationToken)
    {
        var told = new HashSet<string>();
        for (var since = Stopwatch.GetTimestamp(); ; await Task.Delay(Glance, cancellationToken))
        {
            var status = ClusterStatus.Load(home);
            foreach (var process in status?.Processes.Where(process => process.Ready && told.Add(process.Name)) ?? [])
            {
                say($"{process.Name} is ready at {process.Address}");
            }

            if (status is { Ready: true } && Expected(home).IsSubsetOf(told))
            {
                return;
            }

            if (status?.Trouble is { } trouble)
            {
                throw new CliException(trouble);
            }

            if (!IsUp(home))
            {
                throw new CliException($"the supervision ended; see {home.Log("supervisor")}");
            }

            if (status?.Processes.FirstOrDefault(process => process.Restarts >= Hopeless && !told.Contains(process.Name)) is { } dying)
            {
                throw new CliException($"{dying.Name} does not start ({LastWords(dying.Log) ?? dying.Trouble}); see {dying.Log}");
            }

            if (Stopwatch.GetElapsedTime(since) > Patience)
            {
                var late = status?.Processes.Where(process => !process.Ready).Select(process => process.Name) ?? [];
                throw new CliException($"not ready after {Patience.TotalMinutes:0} minutes: {string.Join(", ", late)}; see {home.Logs}");
            }
        }
    }

    private static HashSet<string> Expected(Home home) =>
        Settings.Load(home) is { } settings ? [.. Contracts.Services.All, .. settings.Agents.Select(agent => agent.Id)] : [];

    private static string? LastWords(string log) => File.Exists(log)
        ? File.ReadLines(log).Select(line => line.Trim()).LastOrDefault(line => line.Length > 0 && !line.StartsWith("at ", StringComparison.Ordinal))
        : null;

    private static void AddPrincipals(Home home, Wish wish)
    {
        var tokens = (Tokens.Load(home) ?? new Tokens([])).With(Tokens.Operator, Tokens.Operator).With(Tokens.DefaultPrincipal, Tokens.Framework);
        tokens = wish.Principals.Aggregate(tokens, (all, name) => all.With(name, Tokens.Framework));
        tokens = Settings.Load(home)!.Agents.Aggregate(tokens, (all, agent) => all.With(agent.Id, Tokens.Agent));
        tokens.Save(home);
    }

    private static void CheckPorts(Settings settings)
    {
        if (settings.Agents.Select(agent => agent.Port).Prepend(settings.Port).FirstOrDefault(port => !Ports.IsFree(port)) is > 0 and var taken)
        {
            throw new CliException($"port {taken} is taken by another program; choose others by --port N");
        }
    }

    private static FileStream Alone(Home home)
    {
        try
        {
            return new FileStream(home.Lock, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            throw new CliException($"another `bourse up` or `down` is at work in {home.Directory}");
        }
    }
}
