using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Contracts.Messages;
using Bourse.Journal;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Bourse.Registry.Host;

/// <summary>
/// Looks for agents that have fallen silent. Before it says so of any it sends a heartbeat of its own through the queue that theirs
/// arrive in: once that has come through, everything sent before it was heard, and the silence is the agent's and not the broker's.
/// </summary>
public sealed partial class Sweeper : BackgroundService
{
    /// <summary>The name under which the registry beats to itself.</summary>
    public static readonly AgentId Self = new(Services.Registry);

    private static readonly Origin Origin = new(Services.Registry, "sweep");

    private readonly Heartbeats heartbeats;
    private readonly HeartbeatSettings settings;
    private readonly IInbox<RegistryState, RegistryCommand> inbox;
    private readonly IBus bus;
    private readonly TimeProvider clock;
    private readonly ILogger<Sweeper> log;
    private int lastHeld;

    /// <summary>A sweeper; it notes from now on when the broker comes back.</summary>
    public Sweeper(
        Heartbeats heartbeats, HeartbeatSettings settings, IInbox<RegistryState, RegistryCommand> inbox, IBus bus, TimeProvider clock,
        ILogger<Sweeper> log)
    {
        (this.heartbeats, this.settings, this.inbox, this.bus, this.clock, this.log) = (heartbeats, settings, inbox, bus, clock, log);
        bus.Reconnected += heartbeats.WasDeaf;
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await inbox.WhenLeading(stoppingToken);
        using var timer = new PeriodicTimer(settings.Sweep, clock);
        var last = clock.GetTimestamp();
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            // A process that was suspended wakes up to old heartbeats only.
            if (clock.GetElapsedTime(last) > settings.Timeout)
                heartbeats.WasDeaf();
            last = clock.GetTimestamp();
            await Sweep(stoppingToken);
        }
    }

    /// <summary>One look.</summary>
    public async Task Sweep(CancellationToken cancellationToken)
    {
        if (heartbeats.Overdue().Count == 0 || !await CanHear(cancellationToken))
            return;
        var overdue = heartbeats.Overdue();
        if (overdue.Count == 0)
            return;
        try
        {
            var sweep = new Sweep(settings.Timeout, overdue, clock.GetUtcNow(), settings.Limits);
            await inbox.Send(sweep, Origin, cancellationToken);
            var held = await inbox.Read(state => Sweeping.Held(state, sweep), cancellationToken);
            // Once, and not at every look while it lasts.
            if (held > 0 && held != lastHeld)
                LogHeld(log, held);
            lastHeld = held;
        }
        catch (JournalUnavailableException e)
        {
            // The silence lasts; the next look says so again.
            LogNotRecorded(log, e.Message, overdue.Count);
        }
    }

    private async Task<bool> CanHear(CancellationToken cancellationToken)
    {
        try
        {
            await bus.Ask<Done>(
                Destination.Queue(Topology.ReportsTo(Services.Registry)), new AgentHeartbeat(Self, 0), Origin, settings.Timeout, cancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            LogDeaf(log, settings.Timeout.TotalSeconds);
            heartbeats.WasDeaf();
            return false;
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        bus.Reconnected -= heartbeats.WasDeaf;
        base.Dispose();
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Own heartbeat did not come through within {Seconds} s; no agent is judged by its silence")]
    private static partial void LogDeaf(ILogger log, double seconds);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Agents} silent agents are not given up: the limits of removal are reached")]
    private static partial void LogHeld(ILogger log, int agents);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Agents} silent agents could not be recorded: {Reason}")]
    private static partial void LogNotRecorded(ILogger log, string reason, int agents);
}
