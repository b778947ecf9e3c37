using Bourse.Servers;

namespace Bourse.Cli.Cluster;

/// <summary>A process that the supervision keeps running.</summary>
internal abstract class Unit(string name, string address)
{
    /// <summary>Its name, as in <c>status</c> and in the logs.</summary>
    public string Name { get; } = name;

    /// <summary>Where it listens.</summary>
    public string Address { get; } = address;

    /// <summary>The process; null while there is none.</summary>
    public abstract ProcessIdentity? Process { get; }

    /// <summary>What it prints.</summary>
    public abstract string Log { get; }

    /// <summary>Starts it, or finds the one that already runs.</summary>
    public abstract Task Start(CancellationToken cancellationToken);

    /// <summary>Whether it does its work now.</summary>
    public abstract Task<bool> IsReady(CancellationToken cancellationToken);
}

/// <summary>The private database server.</summary>
internal sealed class PostgresUnit(PrivatePostgres server) : Unit("postgres", $"127.0.0.1:{server.Port}")
{
    public override ProcessIdentity? Process => server.Process;

    public override string Log => server.Log;

    public override Task Start(CancellationToken cancellationToken) => server.Start(cancellationToken);

    // Its start returns when it takes connections.
    public override Task<bool> IsReady(CancellationToken cancellationToken) => Task.FromResult(server.Process is not null);
}

/// <summary>The private broker.</summary>
internal sealed class RabbitMqUnit(PrivateRabbitMq broker) : Unit("rabbitmq", $"127.0.0.1:{broker.Port}")
{
    public override ProcessIdentity? Process => broker.Process;

    public override string Log => broker.Log;

    public override Task Start(CancellationToken cancellationToken) => broker.Start(cancellationToken);

    // Its start returns when it takes connections.
    public override Task<bool> IsReady(CancellationToken cancellationToken) => Task.FromResult(broker.Process is not null);
}

/// <summary>A process of Bourse's own: a central service or an agent.</summary>
internal sealed class ServiceUnit(
    string name, Uri address, string assembly, IReadOnlyDictionary<string, string?> environment, Home home, HttpClient http)
    : Unit(name, address.ToString().TrimEnd('/'))
{
    // Several processes share one machine with the tasks: small heaps, no background threads that a laptop does not need.
    private static readonly Dictionary<string, string?> Frugal = new()
    {
        ["DOTNET_gcServer"] = "0",
        ["DOTNET_gcConcurrent"] = "0",
        ["DOTNET_GCConserveMemory"] = "5",
        ["DOTNET_TieredPGO"] = "0",
        ["DOTNET_NOLOGO"] = "1",
    };

    private readonly Uri ready = new(address, "/health/ready");

    public override ProcessIdentity? Process => ProcessIdentity.Saved(home.Running(Name));

    public override string Log => home.Log(Name);

    public override Task Start(CancellationToken cancellationToken)
    {
        if (Process is null)
        {
            Launch.Detached(
                [Binaries.Dotnet, "exec", assembly],
                Log,
                home.Directory,
                Frugal.Concat(environment).ToDictionary(pair => pair.Key, pair => pair.Value)).Save(home.Running(Name));
        }

        return Task.CompletedTask;
    }

    public override async Task<bool> IsReady(CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await http.GetAsync(ready, cancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
        catch (TaskCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false; // its patience ran out
        }
    }
}
