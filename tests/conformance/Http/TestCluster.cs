using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Bourse.Allocator;
using Bourse.Allocator.Host.Api;
using Bourse.Allocator.Host.Http;
using Bourse.Allocator.Host.Http.Legacy;
using Bourse.Allocator.Host.Http.Operator;
using Bourse.Allocator.Host.Http.Scheduler;
using Bourse.Allocator.Host.Loop;
using Bourse.Allocator.Host.Registry;
using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Contracts.Messages;
using Bourse.Deciding;
using Bourse.Edge;
using Bourse.Journal;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Bourse.Conformance.Http;

/// <summary>
/// The allocator's HTTP edge as it is in production, on a port of its own, over the real rules and the journal's loop; only the journal
/// itself is kept in memory, and time stands still until it is moved.
/// </summary>
public sealed class TestCluster : IAsyncLifetime, ICommitListener<AllocatorState>
{
    public static readonly DateTimeOffset Noon = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    public static readonly AgentId A1 = new("agent-1");

    private static readonly Origin Test = new("test", "test");

    private readonly ConcurrentQueue<Recorded> committed = new();
    private readonly ConcurrentDictionary<string, ConcurrentQueue<IFact>> byCorrelation = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> logged = new();
    private readonly ConcurrentDictionary<Socket, bool> sockets = new();
    private readonly string tokens = Path.GetTempFileName();

    public string TokensFile => tokens;
    private readonly string log = Path.GetTempFileName();
    private readonly long maxBody;
    private readonly ILeaderView? following;
    private readonly (string Certificate, string Key)? tls;
    private WebApplication? app;

    public TestCluster() : this(maxBody: 1 << 20)
    {
    }

    private TestCluster(long maxBody) => this.maxBody = maxBody;

    /// <summary>Over TLS, with a certificate and its key from PEM files.</summary>
    internal TestCluster((string Certificate, string Key) tls) : this(maxBody: 1 << 20) => this.tls = tls;

    /// <summary>An instance that does not lead; <paramref name="leader"/> does, or nobody that is known.</summary>
    internal TestCluster(string? leader) : this(maxBody: 1 << 20) => following = new Following(leader);

    /// <summary>How the allocator is configured.</summary>
    internal AllocatorSettings Settings { get; init; } = new();

    internal string? RateLimits { get; init; }

    public FakeTimeProvider Clock { get; } = new(Noon);

    /// <summary>The bus, with nobody else on it.</summary>
    public MemoryBus Bus { get; } = new(new MemoryBroker(), "allocator");

    public Uri Address { get; private set; } = null!;

    public IInbox<AllocatorState, AllocatorCommand> Allocator => app!.Services.GetRequiredService<IInbox<AllocatorState, AllocatorCommand>>();

    /// <summary>What the service is configured with.</summary>
    public IServiceProvider Services => app!.Services;

    /// <summary>The file that stands for the service's log.</summary>
    public string Log => log;

    /// <summary>What the service itself has logged.</summary>
    public IReadOnlyCollection<string> Logged => logged;

    /// <summary>The accepted connections.</summary>
    public IReadOnlyCollection<Socket> Sockets => [.. sockets.Keys.Where(socket => socket.Connected)];

    /// <summary>Every fact committed so far, those of the journal about itself left out.</summary>
    public IReadOnlyList<IFact> Facts => [.. committed.Select(recorded => recorded.Fact).Where(fact => fact is not IJournalFact)];

    /// <summary>What followed from one request, found by the correlation id that the answer names.</summary>
    public IReadOnlyList<IFact> FactsOf(HttpResponseMessage response)
    {
        var correlation = response.Headers.GetValues(Edges.CorrelationHeader).Single();
        return byCorrelation.TryGetValue(correlation, out var facts) ? [.. facts] : [];
    }

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(tokens, """
            {"tokens":[{"principal":"alice","kind":"framework","secret":"alice-0123456789-secret"},{"principal":"bob","kind":"framework","secret":"bob-0123456789-secret"},
            {"principal":"operator","kind":"operator","secret":"operator-0123456789-secret"},{"principal":"agent-1","kind":"agent","secret":"agent-0123456789-secret"}]}
            """);
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Bourse:Listen"] = tls is null ? "http://127.0.0.1:0" : "https://127.0.0.1:0",
            ["Kestrel:Certificates:Default:Path"] = tls?.Certificate,
            ["Kestrel:Certificates:Default:KeyPath"] = tls?.Key,
            ["Bourse:Tokens"] = tokens,
            ["Bourse:Allocator:RateLimits"] = RateLimits,
            ["Bourse:Log"] = log,
            ["Bourse:MaxBodyBytes"] = maxBody.ToString(),
        });
        builder.AddEdge();
        builder.Logging.ClearProviders().AddProvider(new Listening(logged));
        builder.Services.AddSingleton<TimeProvider>(Clock);
        builder.Services.AddSingleton(Settings);
        builder.Services.AddSingleton<ICommitListener<AllocatorState>>(this);
        builder.Services.AddSingleton(provider => new JournalLoop<AllocatorState, AllocatorCommand>(
            new AllocatorCore(Settings), new MemoryJournal(Contracts.Services.Allocator, FactNames.Allocator),
            provider.GetServices<ICommitListener<AllocatorState>>(), clock: Clock));
        builder.Services.AddSingleton<IInbox<AllocatorState, AllocatorCommand>>(provider =>
            provider.GetRequiredService<JournalLoop<AllocatorState, AllocatorCommand>>());
        builder.Services.AddHostedService(provider => provider.GetRequiredService<JournalLoop<AllocatorState, AllocatorCommand>>());
        builder.Services.AddSingleton<Occasions>();
        builder.Services.AddSingleton<ICommitListener<AllocatorState>>(all => all.GetRequiredService<Occasions>());
        builder.Services.AddSingleton<IRegistry, TestRegistry>();
        builder.Services.AddSingleton<IBus>(Bus);
        builder.Services.AddSchedulerApi(builder.Configuration);
        builder.Services.AddOperatorApi();
        if (following is not null)
            builder.Services.AddSingleton(following);

        app = builder.Build();
        app.Use((context, next) =>
        {
            if (context.Features.Get<IConnectionSocketFeature>()?.Socket is { } socket)
                sockets.TryAdd(socket, true);
            return next(context);
        });
        app.UseEdge();
        app.MapSchedulerApi();
        app.MapOperatorApi();
        app.MapLegacyApi();
        app.MapGet("/bourse/v1/frameworks/{id}/offers/explain", static (
            HttpContext context, IInbox<AllocatorState, AllocatorCommand> allocator, TimeProvider clock, string id) =>
            ExplainOffersCall.Handle(context, allocator, clock, id)).RequireAuthorization(Policies.Operator);
        await app.StartAsync();
        Address = new Uri(app.Urls.Single());
        await app.Services.GetRequiredService<JournalLoop<AllocatorState, AllocatorCommand>>().WhenLeading(TestContext.Current.CancellationToken);
        var occasions = app.Services.GetRequiredService<Occasions>();
        await Command(occasions.LeadingSince!);
        occasions.TookOver(occasions.LeadingSince!);
    }

    public async ValueTask DisposeAsync()
    {
        if (app is not null)
            await app.DisposeAsync();
        File.Delete(tokens);
        File.Delete(log);
    }

    /// <summary>Commands the allocator as the rest of its service would.</summary>
    public Task<Decision> Command(AllocatorCommand command) => Allocator.Send(command, Test, TestContext.Current.CancellationToken);

    /// <summary>An agent of 4 cpus, 4096 MB and ports 31000 to 31099 joins.</summary>
    public Task AgentJoins() => Command(new AgentJoined(
        new AgentDescription(A1, "a1.example", "10.0.0.7", 5051,
            Resources.Of(Resource.Of("cpus", 4), Resource.Of("mem", 4096), Resource.Of("ports", new Interval(31000, 31099))),
            [new("rack", Text: "r1")], new("eu", "eu-1"), "1", ""),
        Incarnation: 1, Clock.GetUtcNow()));

    /// <summary>The registry says that the agent cannot be reached, or that it is heard again.</summary>
    public Task AgentIs(bool reachable) => Command(reachable ? new AgentHeard(A1, 1, Clock.GetUtcNow()) : new AgentSilent(A1, 1, Clock.GetUtcNow()));

    /// <summary>An allocation cycle.</summary>
    public Task Allocates() => Command(new Allocate(Clock.GetUtcNow()));

    /// <summary>The agent reports a status update.</summary>
    public Task Reports(string framework, string task, TaskState state, string uuid, string? message = null) => Command(new Report(
        new TaskReported(A1, 1, new(framework), new(task),
            new TaskUpdate(state, Clock.GetUtcNow(), "SOURCE_EXECUTOR", Message: message, Uuid: uuid), LastCommand: 0),
        Clock.GetUtcNow()));

    /// <summary>A request as the named principal; an empty name is nobody.</summary>
    public HttpRequestMessage Request(string path, string? body, string principal = "alice", string? contentType = "application/json", string method = "POST")
    {
        var request = new HttpRequestMessage(new HttpMethod(method), new Uri(Address, path));
        if (principal.Length > 0)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", principal + "-0123456789-secret");
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            if (contentType is not null)
                request.Content.Headers.TryAddWithoutValidation("Content-Type", contentType);
        }
        return request;
    }

    void ICommitListener<AllocatorState>.Leading(AllocatorState state, long epoch)
    {
    }

    void ICommitListener<AllocatorState>.Committed(AllocatorState state, IReadOnlyList<Recorded> events)
    {
        foreach (var recorded in events)
        {
            committed.Enqueue(recorded);
            byCorrelation.GetOrAdd(recorded.Origin.Correlation, _ => new()).Enqueue(recorded.Fact);
        }
    }

    private sealed record Following(string? Leader) : ILeaderView
    {
        public bool Leads => false;
    }

    /// <summary>Takes log entries of any level, and keeps those of our own that people are to see.</summary>
    private sealed class Listening(ConcurrentQueue<string> logged, string category = "") : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => new Listening(logged, categoryName);

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel >= LogLevel.Information && category.StartsWith("Bourse", StringComparison.Ordinal))
                logged.Enqueue(formatter(state, exception));
        }

        public void Dispose()
        {
        }
    }
}
