using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Contracts.Messages;
using Bourse.Journal;
using Bourse.Secrets.Host;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Bourse.Secrets.Tests;

/// <summary>The whole secrets service over a journal and a broker in memory; keeps everything that was logged and sent.</summary>
public sealed class SecretsHost : IAsyncDisposable, ILoggerProvider
{
    private readonly MemoryBroker broker = new();
    private readonly MemoryBus bus;
    private readonly MemoryBus edge;
    private readonly MemoryBus agent;
    private readonly string keyFile = Path.GetTempFileName();
    private readonly ILoggerFactory logs;
    private readonly Channel<SecretsAnswered> answers = Channel.CreateUnbounded<SecretsAnswered>();
    private readonly JournalRequests<SecretsState, SecretsCommand> requests;
    private readonly SecretRequests secretRequests;

    public ECDiffieHellman AgentKey { get; } = Sealing.NewKeyPair();

    public MemoryJournal Journal { get; } = new(Services.Secrets, FactNames.Secrets);

    public JournalLoop<SecretsState, SecretsCommand> Loop { get; }

    /// <summary>Every line that was logged, exceptions included.</summary>
    public StringBuilder Log { get; } = new();

    /// <summary>Every body that was sent to the agent or answered to the edge.</summary>
    public List<object> Seen { get; } = [];

    private SecretsHost()
    {
        (bus, edge, agent) = (new(broker, Services.Secrets), new(broker, Services.Allocator), new(broker, "agent-1"));
        logs = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(this));
        File.WriteAllText(keyFile, Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
        var vault = new Vault(MasterKeys.Load(keyFile));
        Loop = new(Example.Core, Journal, log: logs.CreateLogger<JournalLoop<SecretsState, SecretsCommand>>());
        secretRequests = new(Loop, vault, new ConfigurationBuilder().Build(), TimeProvider.System, logs.CreateLogger<SecretRequests>());
        requests = new(Example.Core, Journal, Loop, bus, [secretRequests], () => [new GivenOnlyWithAGrant()]);
        Reports = new(Loop, vault, bus, TimeProvider.System, logs.CreateLogger<ResolveReports>());
    }

    private ResolveReports Reports { get; }

    public static async Task<SecretsHost> Start()
    {
        var host = new SecretsHost();
        await host.Loop.StartAsync(default);
        await host.Loop.WhenLeading(TestContext.Current.CancellationToken);
        await host.requests.StartAsync(default);
        await host.bus.Listen(ResolveReports.Queue, host.Reports.Handle, default);
        await host.agent.Listen(new(Topology.AgentQueue(Example.A1), [Destination.Agent(Example.A1)]), host.Hear, default);
        return host;
    }

    /// <summary>What the follower would send for facts of the allocator and the registry.</summary>
    public async Task Learns(params IFact[] facts)
    {
        var recorded = facts.Select((fact, i) => new Recorded(i + 1, "", fact, new("allocator", "c"), Example.Noon, 1)).ToArray();
        if (Learning.FromAllocator(recorded) is { } command)
            await Loop.Send(command, new("allocator", "c"), TestContext.Current.CancellationToken);
    }

    public async Task<TAnswer> Asks<TAnswer>(string principal, object question, IBus? by = null) where TAnswer : class
    {
        var answer = await (by ?? edge).Ask<TAnswer>(
            Destination.Service(Services.Secrets), question, new(principal, "correlation-1"), TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Seen.Add(answer);
        return answer;
    }

    public MemoryBus As(string user) => new(broker, user);

    /// <summary>Seals and puts a value as the edge does.</summary>
    public async Task Puts(string principal, string secret, string value)
    {
        var list = await Asks<SecretList>(principal, new ListSecrets());
        await Asks<Done>(principal, new PutSecret(secret, Sealing.Seal(list.PublicKey, Encoding.UTF8.GetBytes(value), SealingContexts.Put(secret))));
    }

    public async Task<SecretsAnswered> Resolves(params string[] secrets)
    {
        await agent.Publish(
            Destination.Report(Example.A1, "resolve"), new ResolveSecrets(Example.A1, "request-1", Example.F1, Example.T1, [.. secrets]),
            new("agent-1", "correlation-1"), TestContext.Current.CancellationToken);
        return await answers.Reader.ReadAsync(TestContext.Current.CancellationToken);
    }

    public string Open(SealedSecret box, AgentId agentId) =>
        Encoding.UTF8.GetString(Sealing.Open(AgentKey, box.Box, SealingContexts.Give(box.Secret, box.Version, agentId)));

    public async Task<List<Entry>> Entries()
    {
        var entries = new List<Entry>();
        await foreach (var entry in Journal.Read(1, Loop.Head, TestContext.Current.CancellationToken))
            entries.Add(entry);
        return entries;
    }

    private Task<object?> Hear(Delivery delivery, CancellationToken cancellationToken)
    {
        Seen.Add(delivery.Message);
        answers.Writer.TryWrite((SecretsAnswered)delivery.Message);
        return Task.FromResult<object?>(null);
    }

    ILogger ILoggerProvider.CreateLogger(string categoryName) => new Line(Log);

    void IDisposable.Dispose()
    {
    }

    public async ValueTask DisposeAsync()
    {
        await Loop.StopAsync(default);
        await requests.StopAsync(default);
        await edge.DisposeAsync();
        await agent.DisposeAsync();
        await bus.DisposeAsync();
        Loop.Dispose();
        requests.Dispose();
        secretRequests.Dispose();
        AgentKey.Dispose();
        logs.Dispose();
        File.Delete(keyFile);
    }

    private sealed class Line(StringBuilder log) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (log)
                log.AppendLine(formatter(state, exception)).AppendLine(exception?.ToString());
        }
    }
}
