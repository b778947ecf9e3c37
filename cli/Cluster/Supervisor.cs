using System.Globalization;
using Bourse.Contracts;
using Bourse.Servers;

namespace Bourse.Cli.Cluster;

/// <summary>The process behind <c>up</c>: starts the cluster's processes in their order and keeps them running until it is told to end.</summary>
internal sealed class Supervisor(Home home, Settings settings, TextWriter output)
{
    private readonly Lock gate = new();
    private readonly List<Keeper> keepers = [];
    private string? trouble;

    /// <summary>Runs until cancelled, then takes everything down.</summary>
    public async Task Run(CancellationToken ending)
    {
        var self = ProcessIdentity.Of(Environment.ProcessId)!;
        self.Save(home.Supervisor);
        try
        {
            await KeepAll(ending);
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
            Say("asked to end");
        }
        catch (Exception failure)
        {
            // Whoever waits for the cluster reads it there; the processes that run are taken down all the same.
            trouble = failure.Message;
            Say($"giving up: {failure}");
            await Shutdown.Run(home, Say);
            Report();
            throw;
        }

        await Shutdown.Run(home, Say);
        File.Delete(home.Supervisor);
    }

    private async Task KeepAll(CancellationToken ending)
    {
        var postgres = settings.GivenPostgres is null ? await PrivatePostgres.Prepare(home.Postgres, cancellationToken: ending) : null;
        var rabbitMq = settings.GivenRabbitMq is null
            ? await PrivateRabbitMq.Prepare(home.RabbitMq, Provisioning.Broker(settings), cancellationToken: ending)
            : null;
        List<Unit> servers = [];
        if (rabbitMq is not null)
        {
            servers.Add(new RabbitMqUnit(rabbitMq));
        }

        if (postgres is not null)
        {
            servers.Add(new PostgresUnit(postgres));
        }

        var kept = servers.ConvertAll(unit => Keep(unit, ending));
        await FirstReady(servers);

        if (rabbitMq is null)
        {
            await Provisioning.GivenBroker(settings, ending);
        }

        var logins = await Provisioning.Postgres(postgres?.ConnectionString ?? settings.GivenPostgres!, settings, ending);
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(3) };
        var environments = new Environments(home, settings, process => Provisioning.BrokerFor(process, settings, rabbitMq), logins);

        var services = Services.All.Select(name => Unit(name, name, environments.OfService(name))).ToList();
        kept.AddRange(services.Select(unit => Keep(unit, ending)));
        await FirstReady(services);

        kept.AddRange(settings.Agents.Select(agent => Keep(Unit(agent.Id, "agent", environments.OfAgent(agent)), ending)));
        await (await Task.WhenAny(kept)); // none ends before it is told to

        Unit Unit(string name, string service, IReadOnlyDictionary<string, string?> environment) =>
            new ServiceUnit(name, settings.AddressOf(name), Binaries.Of(service), environment, home, http);

        Task FirstReady(IEnumerable<Unit> units)
        {
            // A keeper that fails for good ends its task; waiting for readiness alone would hide that.
            var ready = Task.WhenAll(units.Select(unit => KeeperOf(unit).FirstReady));
            return Task.WhenAny([ready, .. kept]).Unwrap().WaitAsync(ending);
        }
    }

    private Task Keep(Unit unit, CancellationToken ending)
    {
        var keeper = new Keeper(unit, Report, Say);
        lock (gate)
        {
            keepers.Add(keeper);
        }

        return keeper.Keep(ending);
    }

    private Keeper KeeperOf(Unit unit)
    {
        lock (gate)
        {
            return keepers.Single(keeper => keeper.Status.Name == unit.Name);
        }
    }

    private void Report()
    {
        lock (gate)
        {
            new ClusterStatus([.. keepers.Select(keeper => keeper.Status)], DateTimeOffset.UtcNow, trouble).Save(home);
        }
    }

    private void Say(string line)
    {
        lock (gate)
        {
            output.WriteLine($"{DateTimeOffset.UtcNow.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture)} {line}");
            output.Flush();
        }
    }
}
