using Bourse.Journal.Tests;
using Bourse.Servers;

[assembly: AssemblyFixture(typeof(TestServers))]

namespace Bourse.Journal.Tests;

/// <summary>
/// Where the servers of these tests come from; the only place that knows. One pair for all tests, given by the environment or started
/// here; tests that kill servers start their own.
/// </summary>
public sealed class TestServers : IAsyncLifetime
{
    private static string? postgres = Given("BOURSE_TEST_POSTGRES");
    private static string? rabbitMq = Given("BOURSE_TEST_RABBITMQ");
    private PrivateServers? started;

    public static string Postgres => postgres ?? throw new InvalidOperationException("no database yet");

    public static Uri RabbitMq => new(rabbitMq ?? throw new InvalidOperationException("no broker yet"));

    /// <summary>An own pair; disposing removes it.</summary>
    /// <param name="durable">True for a test that kills the database: otherwise the last commits are in its memory only.</param>
    public static Task<PrivateServers> StartOwn(bool durable) => PrivateServers.Start(
        Directory.CreateTempSubdirectory("bourse-journal-").FullName, durable, cancellationToken: TestContext.Current.CancellationToken);

    public async ValueTask InitializeAsync()
    {
        if (postgres is null || rabbitMq is null)
        {
            started = await StartOwn(durable: false);
            (postgres, rabbitMq) = (started.Postgres.ConnectionString, started.RabbitMq.Uri.OriginalString);
        }
        await Bus.Exchanges.Declare(RabbitMq);
    }

    public async ValueTask DisposeAsync()
    {
        if (started is not null)
            await started.DisposeAsync();
    }

    private static string? Given(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
