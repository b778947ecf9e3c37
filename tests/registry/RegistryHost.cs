using System.Threading.Channels;
using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Contracts.Messages;
using Bourse.Journal;
using Bourse.Registry.Host;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Bourse.Registry.Tests;

/// <summary>The whole registry over a journal and a broker in memory, with a clock that the test moves.</summary>
public sealed class RegistryHost : IAsyncDisposable
{
    private readonly MemoryBroker broker = new();
    private readonly MemoryBus bus;
    private readonly List<IAsyncDisposable> others = [];

    public FakeTimeProvider Clock { get; } = new(Example.Noon);

    public MemoryJournal Journal { get; }

    public JournalLoop<RegistryState, RegistryCommand> Loop { get; }

    public Heartbeats Heartbeats { get; }

    public Sweeper Sweeper { get; }

    public RegistryRequests Requests { get; }

    private RegistryHost(MemoryJournal? journal, TimeSpan timeout)
    {
        var settings = new HeartbeatSettings(timeout, TimeSpan.FromMilliseconds(500), TimeSpan.FromSeconds(15));
        bus = new(broker, Services.Registry);
        Journal = journal ?? new(Services.Registry, FactNames.Registry);
        Heartbeats = new(settings, Clock);
        Loop = new(Example.Core, Journal, [Heartbeats], clock: Clock);
        Requests = new(Loop, Clock, NullLogger<RegistryRequests>.Instance);
        Sweeper = new(Heartbeats, settings, Loop, bus, Clock, NullLogger<Sweeper>.Instance);
    }

    public static async Task<RegistryHost> Start(MemoryJournal? journal = null, bool listening = true, TimeSpan? timeout = null)
    {
        var host = new RegistryHost(journal, timeout ?? Example.Patience);
        await host.Loop.StartAsync(default);
        await host.Loop.WhenLeading(TestContext.Current.CancellationToken);
        var reports = new AgentReports(host.Loop, host.Heartbeats, host.bus, host.Clock, NullLogger<AgentReports>.Instance);
        if (listening)
            await host.bus.Listen(AgentReports.Queue, reports.Handle, default);
        return host;
    }

    public async Task<Speaker> Agent(AgentId id)
    {
        var speaker = new Speaker(new(broker, id.Value));
        others.Add(speaker.Bus);
        await speaker.Bus.Listen(new(Topology.AgentQueue(id), [Destination.Agent(id)]), speaker.Hear, default);
        return speaker;
    }

    /// <summary>Everything that was sent has been handled.</summary>
    public Task Settled() => broker.Idle().WaitAsync(TimeSpan.FromSeconds(30));

    public Task<Agent?> Find(AgentId id) => Loop.Read(state => state.Agents.GetValueOrDefault(id), default);

    public void Reconnect() => bus.Reconnect();

    public async ValueTask DisposeAsync()
    {
        await Loop.StopAsync(default);
        Loop.Dispose();
        Sweeper.Dispose();
        foreach (var other in others)
            await other.DisposeAsync();
        await bus.DisposeAsync();
    }
}

/// <summary>A broker user that reports, as itself or in another's name.</summary>
public sealed record Speaker(MemoryBus Bus)
{
    private readonly Channel<object> heard = Channel.CreateUnbounded<object>();

    public Task Registers(AgentId id, string boot, double cpus = 4) => Publishes(id, "register", new RegisterAgent(Example.Describe(id, cpus), boot));

    public Task Beats(AgentId id, long incarnation) => Publishes(id, "heartbeat", new AgentHeartbeat(id, incarnation));

    public Task Publishes(AgentId id, string report, object message) => Bus.Publish(
        Destination.Report(id, report), message, new("whoever", "correlation-1"), TestContext.Current.CancellationToken);

    public Task<object?> Hear(Delivery delivery, CancellationToken cancellationToken)
    {
        heard.Writer.TryWrite(delivery.Message);
        return Task.FromResult<object?>(null);
    }

    public List<object> Heard()
    {
        var messages = new List<object>();
        while (heard.Reader.TryRead(out var message))
            messages.Add(message);
        return messages;
    }
}
