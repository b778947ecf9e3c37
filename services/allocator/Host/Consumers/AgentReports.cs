using Bourse.Allocator.Host.Http.Streams;
using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Contracts.Messages;
using Bourse.Deciding;
using Bourse.Journal;

namespace Bourse.Allocator.Host.Consumers;

/// <summary>
/// What agents say: hellos and status updates. Acknowledged to the broker only once what follows is stored. A refusal is logged and
/// dropped: agents repeat what matters.
/// </summary>
internal sealed class AgentReports(
    IBus bus, IInbox<AllocatorState, AllocatorCommand> inbox, SchedulerStreams streams, TimeProvider clock, ILogger<AgentReports> log) : BackgroundService
{
    private static readonly Queue Reports = new(
        Topology.ReportsTo(Services.Allocator),
        [
            new Destination(Topology.Reports, "*.hello"), new Destination(Topology.Reports, "*.task"),
            new Destination(Topology.Reports, "*.executor"), new Destination(Topology.Reports, "*.message"),
        ],
        // Reports of one agent are told apart by uuid and command number, so their order does not matter and many share a commit.
        InParallel: 200);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => bus.Listen(Reports, Handle, stoppingToken);

    private async Task<object?> Handle(Delivery delivery, CancellationToken ct)
    {
        switch (delivery.Message)
        {
            case TaskReported report when SentBy(report.AgentId, delivery):
                await Send(new Report(report, clock.GetUtcNow()), delivery, ct);
                break;
            case ExecutorReported report when SentBy(report.AgentId, delivery):
                await Send(new ReportExecutor(report, clock.GetUtcNow()), delivery, ct);
                break;
            case MessageToFramework message when SentBy(message.AgentId, delivery):
                // To whoever listens now: best effort by contract.
                streams.Find(message.FrameworkId)?.Stream?.Post(new StreamItem.Message(message.AgentId, message.ExecutorId, message.Data));
                break;
            case AgentHello hello when SentBy(hello.AgentId, delivery):
                if (await Send(new Greet(hello, clock.GetUtcNow()), delivery, ct))
                    await SendOpenCommands(hello.AgentId, delivery.Origin, ct);
                break;
        }
        return null;
    }

    private async Task<bool> Send(AllocatorCommand command, Delivery delivery, CancellationToken ct)
    {
        var decision = await inbox.Send(command, delivery.Origin with { Causation = delivery.Id }, ct);
        if (decision.Refusal is { } refusal)
            log.LogInformation("Dropped a report of {Sender}: {Refusal}", delivery.Sender, refusal.Message);
        return decision.Refusal is null;
    }

    private async Task SendOpenCommands(AgentId id, Origin origin, CancellationToken ct)
    {
        var open = await inbox.Read(state => state.Agents.TryGetValue(id, out var agent)
            ? new AgentCommands(id, agent.Confirmed, agent.Pending.ToValueList()) : null, ct);
        if (open is not null)
            await bus.Publish(Destination.Agent(id), open, origin, ct);
    }

    // The broker vouches for the sender: an agent speaks for nobody but itself.
    private bool SentBy(AgentId agent, Delivery delivery)
    {
        if (delivery.Sender == agent.Value)
            return true;
        log.LogWarning("Dropped a report in the name of {Agent} sent by {Sender}", agent, delivery.Sender);
        return false;
    }
}
