using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Contracts.Messages;
using Bourse.Deciding;
using Bourse.Journal;
using Microsoft.Extensions.Logging;

namespace Bourse.Registry.Host;

/// <summary>What agents report to the registry: registrations and heartbeats. Acknowledged once what follows is stored.</summary>
public sealed partial class AgentReports(
    IInbox<RegistryState, RegistryCommand> inbox, Heartbeats heartbeats, IBus bus, TimeProvider clock, ILogger<AgentReports> log,
    HeartbeatSettings? settings = null)
{
    /// <summary>
    /// The queue, with what is bound to it. Many registrations share a commit; two of one agent may change places, which costs it
    /// another registration and nothing else.
    /// </summary>
    public static readonly Queue Queue = new(
        Topology.ReportsTo(Services.Registry), [new(Topology.Reports, "*.register"), new(Topology.Reports, "*.heartbeat")], InParallel: 16);

    /// <summary>Handles one report.</summary>
    public Task<object?> Handle(Delivery delivery, CancellationToken cancellationToken) => delivery.Message switch
    {
        AgentHeartbeat m when m.AgentId == Sweeper.Self => Task.FromResult<object?>(new Done()),
        RegisterAgent { Description: { } description } when IsNotFrom(description.Id, delivery) => Task.FromResult<object?>(null),
        AgentHeartbeat m when IsNotFrom(m.AgentId, delivery) => Task.FromResult<object?>(null),
        RegisterAgent { Description: not null } m => Register(m, delivery, cancellationToken),
        AgentHeartbeat m => Beat(m, delivery, cancellationToken),
        _ => Strange(delivery),
    };

    private async Task<object?> Register(RegisterAgent m, Delivery delivery, CancellationToken cancellationToken)
    {
        var (id, origin) = (m.Description.Id, OriginOf(m.Description.Id, delivery));
        var decision = await inbox.Send(new Register(m.Description, m.Boot, clock.GetUtcNow(), settings?.Policy ?? ReconfigurationPolicy.Additive), origin, cancellationToken);
        if (decision.Refusal is { } refusal)
        {
            LogRefused(log, id, refusal.Code, refusal.Message);
            await Refuse(id, m.Boot, refusal, origin, cancellationToken);
            return null;
        }

        // Answered from what is stored, so that a repeat gets what the first got. A newer run that overtook this one is answered itself.
        var admitted = await inbox.Read(state => state.Agents.GetValueOrDefault(id), cancellationToken);
        if (admitted is not null && admitted.Boot == m.Boot)
        {
            LogAdmitted(log, id, admitted.Incarnation, m.Boot);
            await bus.Publish(Destination.Agent(id), new AgentAdmitted(id, m.Boot, admitted.Incarnation), origin, cancellationToken);
        }
        return null;
    }

    private async Task<object?> Beat(AgentHeartbeat m, Delivery delivery, CancellationToken cancellationToken)
    {
        if (heartbeats.Heard(m.AgentId, m.Incarnation))
            return null;

        var origin = OriginOf(m.AgentId, delivery);
        var decision = await inbox.Send(new Beat(m.AgentId, m.Incarnation, clock.GetUtcNow()), origin, cancellationToken);
        if (decision.Refusal is { } refusal)
        {
            if (refusal.Code == RefusalCode.NotAllowed)
            {
                LogRefused(log, m.AgentId, refusal.Code, refusal.Message);
                await Refuse(m.AgentId, boot: null, refusal, origin, cancellationToken);
                return null;
            }
            LogMustRegister(log, m.AgentId, refusal.Message);
            await bus.Publish(Destination.Agent(m.AgentId), new AgentMustRegister(m.AgentId), origin, cancellationToken);
        }
        return null;
    }

    // An agent that may not be there ends its tasks too; one that is only described wrongly will be back.
    private Task Refuse(AgentId id, string? boot, Refusal refusal, Origin origin, CancellationToken cancellationToken) => bus.Publish(
        Destination.Agent(id), new AgentRefused(id, boot, refusal.Message, EndTasks: refusal.Code == RefusalCode.NotAllowed), origin, cancellationToken);

    // The broker vouches for the sender; the message only claims.
    private bool IsNotFrom(AgentId claimed, Delivery delivery)
    {
        if (delivery.Sender == claimed.Value)
            return false;
        LogForged(log, delivery.Sender, claimed);
        return true;
    }

    private Task<object?> Strange(Delivery delivery)
    {
        LogStrange(log, delivery.Message.GetType().Name, delivery.Sender);
        return Task.FromResult<object?>(null);
    }

    // An agent speaks for itself, whatever its message says about who is behind it.
    private static Origin OriginOf(AgentId agent, Delivery delivery) => new(agent.Value, delivery.Origin.Correlation, delivery.Id);

    [LoggerMessage(Level = LogLevel.Information, Message = "Agent {AgentId} was admitted in incarnation {Incarnation}, boot {Boot}")]
    private static partial void LogAdmitted(ILogger log, AgentId agentId, long incarnation, string boot);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Agent {AgentId} was not admitted, {Code}: {Reason}")]
    private static partial void LogRefused(ILogger log, AgentId agentId, RefusalCode code, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Agent {AgentId} was told to register: {Reason}")]
    private static partial void LogMustRegister(ILogger log, AgentId agentId, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A report that claims to be from {Claimed} was sent by {Sender} and dropped")]
    private static partial void LogForged(ILogger log, string? sender, AgentId claimed);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A {Kind} from {Sender} is nothing the registry expects and was dropped")]
    private static partial void LogStrange(ILogger log, string kind, string? sender);
}
