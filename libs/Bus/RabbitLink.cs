using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Bourse.Bus;

/// <summary>One connection to the broker that comes back by itself.</summary>
internal sealed partial class RabbitLink : IAsyncDisposable
{
    private readonly ConnectionFactory factory;
    private readonly ILogger log;
    private readonly ResiliencePipeline connecting;
    private readonly CancellationTokenSource closing = new();
    private readonly SemaphoreSlim gate = new(1, 1);
    private IConnection? connection;
    private bool connectedBefore;
    private Task coming = Task.CompletedTask;

    public RabbitLink(Uri broker, string name, ILogger log)
    {
        this.log = log;
        factory = new ConnectionFactory
        {
            Uri = broker,
            ClientProvidedName = name,
            // Our own reconnect: the client's recovery replays a topology that an agent may not declare, and hides what it lost.
            AutomaticRecoveryEnabled = false,
            TopologyRecoveryEnabled = false,
            RequestedHeartbeat = TimeSpan.FromSeconds(10),
        };
        connecting = new ResiliencePipelineBuilder()
            .AddRetry(new RetryStrategyOptions
            {
                MaxRetryAttempts = int.MaxValue,
                Delay = TimeSpan.FromMilliseconds(100),
                MaxDelay = TimeSpan.FromSeconds(3),
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                OnRetry = retry =>
                {
                    LogAway(log, factory.Endpoint.ToString(), retry.AttemptNumber + 1, retry.Outcome.Exception?.Message);
                    return default;
                },
            })
            .Build();
    }

    public event Action? Reconnected;

    public string User => factory.UserName;

    public CancellationToken Closing => closing.Token;

    /// <summary>The open connection; waits until there is one.</summary>
    public async Task<IConnection> Connection(CancellationToken cancellationToken)
    {
        if (connection is { IsOpen: true } open)
            return open;

        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, closing.Token);
        var again = false;
        await gate.WaitAsync(either.Token);
        try
        {
            if (connection is { IsOpen: true } meanwhile)
                return meanwhile;
            if (connection is not null)
                await connection.DisposeAsync();
            connection = await connecting.ExecuteAsync(async token => await factory.CreateConnectionAsync(token), either.Token);
            connection.ConnectionShutdownAsync += ComeBack;
            again = connectedBefore;
            connectedBefore = true;
        }
        finally
        {
            gate.Release();
        }
        if (again)
        {
            LogBack(log, factory.Endpoint.ToString());
            Reconnected?.Invoke();
        }
        return connection;
    }

    public async ValueTask DisposeAsync()
    {
        if (closing.IsCancellationRequested)
            return;
        await closing.CancelAsync();
        await coming.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await gate.WaitAsync();
        if (connection is not null)
            await connection.DisposeAsync();
        closing.Dispose();
        gate.Dispose();
    }

    // Not only whoever wants to send: those that wait for messages must hear of the reconnect too.
    private Task ComeBack(object sender, ShutdownEventArgs why)
    {
        if (!closing.IsCancellationRequested)
        {
            LogLost(log, factory.Endpoint.ToString(), why.ReplyText);
            // Not awaited here: the client tells the connection's channels of the end only after this handler has returned, and
            // those waiting for a confirm or a message would never hear of it.
            coming = Task.Run(ConnectAgain, CancellationToken.None);
        }
        return Task.CompletedTask;
    }

    private async Task ConnectAgain()
    {
        try
        {
            await Connection(closing.Token);
        }
        catch (OperationCanceledException) when (closing.IsCancellationRequested)
        {
            // The bus was disposed while the broker was away.
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The broker at {Endpoint} is away, attempt {Attempt}: {Reason}")]
    private static partial void LogAway(ILogger log, string endpoint, int attempt, string? reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The connection to the broker at {Endpoint} ended: {Reason}")]
    private static partial void LogLost(ILogger log, string endpoint, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Connected to the broker at {Endpoint} again")]
    private static partial void LogBack(ILogger log, string endpoint);
}
