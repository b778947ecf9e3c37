namespace Bourse.Servers;

/// <summary>A private PostgreSQL and a private RabbitMQ, side by side below one directory.</summary>
public sealed class PrivateServers : IAsyncDisposable
{
    private readonly string directory;

    private PrivateServers(string directory, PrivatePostgres postgres, PrivateRabbitMq rabbitMq) =>
        (this.directory, Postgres, RabbitMq) = (directory, postgres, rabbitMq);

    /// <summary>The database server.</summary>
    public PrivatePostgres Postgres { get; }

    /// <summary>The broker.</summary>
    public PrivateRabbitMq RabbitMq { get; }

    /// <summary>Starts both (a RabbitMQ boot is some seconds, PostgreSQL starts meanwhile) and returns when both are ready.</summary>
    /// <param name="directory">Holds all their state.</param>
    /// <param name="durable">False for tests that kill processes, never machines.</param>
    /// <param name="definitions">Users, permissions and exchanges of the broker besides its administrator.</param>
    /// <param name="management">Run RabbitMQ's management plugin.</param>
    /// <param name="say">Told what takes long.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ServerException">One of them cannot run here, or did not get ready.</exception>
    public static async Task<PrivateServers> Start(
        string directory,
        bool durable = true,
        BrokerDefinitions? definitions = null,
        bool management = false,
        Action<string>? say = null,
        CancellationToken cancellationToken = default)
    {
        await Packages.Ensure(postgres: true, rabbitMq: true, say, cancellationToken).ConfigureAwait(false);
        var rabbitMq = PrivateRabbitMq.Start(Path.Combine(directory, "rabbitmq"), definitions, null, management, say, cancellationToken);
        var postgres = PrivatePostgres.Start(Path.Combine(directory, "postgres"), durable, null, say, cancellationToken);
        await Task.WhenAll(rabbitMq, postgres).ConfigureAwait(false);
        return new PrivateServers(directory, await postgres.ConfigureAwait(false), await rabbitMq.ConfigureAwait(false));
    }

    /// <summary>Ends both; their state stays.</summary>
    public Task Stop(CancellationToken cancellationToken = default) => Task.WhenAll(Postgres.Stop(cancellationToken), RabbitMq.Stop(cancellationToken));

    /// <summary>Removes a directory with the stopped servers in it (<c>postgres</c>, <c>rabbitmq</c>), wherever their state really is.</summary>
    public static void Remove(string directory)
    {
        foreach (var server in new[] { "rabbitmq", "postgres" }.Select(name => Path.Combine(directory, name)).Where(Directory.Exists))
        {
            Account.Remove(server);
        }

        Directory.Delete(directory, recursive: true);
    }

    /// <summary>Ends both and removes all their state.</summary>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(Postgres.Kill(), RabbitMq.Kill()).ConfigureAwait(false);
        await RabbitMq.Stop().ConfigureAwait(false);
        Remove(directory);
    }
}
