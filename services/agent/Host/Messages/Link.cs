using Bourse.Bus;
using Bourse.Contracts;
using Bourse.Contracts.Messages;
using Microsoft.Extensions.Logging;

namespace Bourse.Agent.Host.Messages;

/// <summary>The agent's side of the bus: its queue, its registration, its heartbeat.</summary>
internal sealed partial class Link(IBus bus, AgentDescription description, Inbox inbox, TimeSpan heartbeat, TimeProvider clock, ILogger log)
    : IDisposable
{
    private static readonly TimeSpan FirstPatience = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MostPatience = TimeSpan.FromSeconds(15);

    private readonly string boot = Guid.NewGuid().ToString("N");
    private readonly SemaphoreSlim mustRegister = new(1, 1);
    private TaskCompletionSource admission = NewAdmission();
    private long incarnation;

    /// <summary>The incarnation it was admitted under; 0 before the first.</summary>
    public long Incarnation => Interlocked.Read(ref incarnation);

    public async Task Run(CancellationToken stopping)
    {
        void AfterReconnect() => inbox.Post((now, seed) => new Reconnect(now, seed));
        bus.Reconnected += AfterReconnect;
        try
        {
            var queue = new Queue(
                Topology.AgentQueue(description.Id), [new(Topology.Agents, description.Id.Value)], Pipelined: true);
            await bus.Listen(queue, (delivery, _) => Handle(delivery, stopping), stopping);
            await Task.WhenAll(Register(stopping), Beat(stopping));
        }
        finally
        {
            bus.Reconnected -= AfterReconnect;
        }
    }

    public void Dispose() => mustRegister.Dispose();

    private async Task<object?> Handle(Delivery delivery, CancellationToken stopping)
    {
        switch (delivery.Message)
        {
            case AgentCommands c when c.AgentId == description.Id:
                // All are taken in order; when the last is stored, so are those before it.
                var stored = Task.CompletedTask;
                foreach (var command in c.Commands)
                    stored = inbox.Store((now, seed) => new Do(command, c.Confirmed, command.Correlation ?? delivery.Origin.Correlation, now, seed), stopping);
                await stored;
                break;

            // An answer to an earlier run of this agent is not for this one.
            case AgentAdmitted c when c.AgentId == description.Id && c.Boot == boot:
                await inbox.Store((now, seed) => new Admit(c.Incarnation, now, seed), stopping);
                if (Interlocked.Exchange(ref incarnation, c.Incarnation) != c.Incarnation)
                    LogAdmitted(log, description.Id, c.Incarnation);
                admission.TrySetResult();
                break;

            case AgentMustRegister c when c.AgentId == description.Id:
                if (mustRegister.CurrentCount == 0)
                    mustRegister.Release();
                break;

            case SecretsAnswered c when c.AgentId == description.Id:
                await inbox.Store((now, seed) => new HearSecrets(c, now, seed), stopping);
                break;

            case AgentRefused c when c.AgentId == description.Id && (c.Boot is null || c.Boot == boot):
                await inbox.Store((now, seed) => new Stop(c.Reason, c.EndTasks, now, seed), stopping);
                break;

            case MessageToExecutor c when c.AgentId == description.Id:
                inbox.Post((now, seed) => new PassMessage(new(c.FrameworkId, c.ExecutorId), c.Data, now, seed));
                break;

            case AgentAdmitted or AgentRefused:
                break;

            default:
                throw new InvalidOperationException($"agent {description.Id} does not understand {delivery.Message.GetType().Name}");
        }
        return null;
    }

    /// <summary>At the start, and whenever the registry wants it: asks until it is admitted.</summary>
    private async Task Register(CancellationToken stopping)
    {
        while (true)
        {
            await mustRegister.WaitAsync(stopping);
            admission = NewAdmission();
            var origin = new Origin(description.Id.Value, Guid.NewGuid().ToString("N"));
            for (var patience = FirstPatience; ; patience = patience * 2 < MostPatience ? patience * 2 : MostPatience)
            {
                await bus.Publish(Destination.Report(description.Id, "register"), new RegisterAgent(description, boot), origin, stopping);
                try
                {
                    await admission.Task.WaitAsync(patience, clock, stopping);
                    break;
                }
                catch (TimeoutException)
                {
                    LogWaiting(log, description.Id);
                }
            }
        }
    }

    private async Task Beat(CancellationToken stopping)
    {
        var origin = new Origin(description.Id.Value, Guid.NewGuid().ToString("N"));
        using var timer = new PeriodicTimer(heartbeat, clock);
        while (await timer.WaitForNextTickAsync(stopping))
        {
            if (Incarnation is var current and > 0)
                await bus.Publish(
                    Destination.Report(description.Id, "heartbeat"), new AgentHeartbeat(description.Id, current), origin, stopping);
        }
    }

    private static TaskCompletionSource NewAdmission() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(Level = LogLevel.Information, Message = "Agent {Agent} was admitted as incarnation {Incarnation}")]
    private static partial void LogAdmitted(ILogger log, AgentId agent, long incarnation);

    [LoggerMessage(Level = LogLevel.Information, Message = "Agent {Agent} awaits its admission by the registry")]
    private static partial void LogWaiting(ILogger log, AgentId agent);
}
