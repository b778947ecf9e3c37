using Npgsql;

namespace Bourse.Journal;

/// <summary>
/// Leadership as a lock that the database holds for a connection: who loses the connection leads no more. The lock only keeps
/// instances from disturbing each other; what makes two leaders impossible is the expected position of every append.
/// </summary>
internal sealed class AdvisoryLeadership : ILeadership
{
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(300);

    private readonly NpgsqlConnection connection;
    private readonly CancellationTokenSource lost = new();
    private readonly CancellationTokenSource closing = new();
    private readonly Task watching;

    private AdvisoryLeadership(NpgsqlConnection connection)
    {
        this.connection = connection;
        watching = Task.Run(Watch);
    }

    public CancellationToken Lost => lost.Token;

    public static async Task<AdvisoryLeadership> Take(string connectionString, string schema, Action waiting, CancellationToken cancellationToken)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            Pooling = false,
            KeepAlive = 5,
            ApplicationName = $"bourse {schema} leadership",
        };
        var connection = new NpgsqlConnection(settings.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            var told = false;
            while (!await TryLock(connection, schema, cancellationToken))
            {
                if (!told)
                    waiting();
                told = true;
                // The database has no event for a lock that becomes free without waiting for it, which would hold a snapshot open.
                await Task.Delay(Poll, cancellationToken);
            }
            return new AdvisoryLeadership(connection);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await closing.CancelAsync();
        await watching;
        await connection.DisposeAsync();
        closing.Dispose();
        lost.Dispose();
    }

    private static async Task<bool> TryLock(NpgsqlConnection connection, string schema, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select pg_try_advisory_lock(hashtextextended($1, 0))", connection);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = $"bourse journal {schema}" });
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private async Task Watch()
    {
        try
        {
            while (true)
                await connection.WaitAsync(closing.Token);
        }
        catch (OperationCanceledException) when (closing.IsCancellationRequested)
        {
            // Given up by ourselves.
        }
        catch (Exception)
        {
            // The connection is gone, and with it the lock; the loop logs why it stops.
            await lost.CancelAsync();
        }
    }
}
