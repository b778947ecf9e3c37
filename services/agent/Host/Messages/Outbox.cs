using System.Diagnostics;
using System.Threading.Channels;
using Bourse.Bus;
using Bourse.Contracts;

namespace Bourse.Agent.Host.Messages;

/// <summary>
/// Sends what the agent has to say. Many messages are under way at a time, but never two of one task, so that its updates arrive in
/// order; and a hello never together with anything, because it tells what is held at that point of the sequence: a report from
/// behind it that arrived before would make its task look lost.
/// </summary>
internal sealed class Outbox(IBus bus, AgentId agent)
{
    private const int MostUnderWay = 200;

    private readonly Channel<Effect> waiting = Channel.CreateUnbounded<Effect>(new() { SingleReader = true });

    public void Send(Effect effect) => waiting.Writer.TryWrite(effect);

    public async Task Run(CancellationToken stopping)
    {
        var underWay = new List<Task>();
        var tasks = new HashSet<TaskKey>();
        while (await waiting.Reader.WaitToReadAsync(stopping))
        {
            while (waiting.Reader.TryRead(out var next))
            {
                var alone = next is SayHello;
                var repeat = next is SendReport(var report, _) && !tasks.Add(new(report.FrameworkId, report.TaskId));
                if (alone || repeat || underWay.Count == MostUnderWay)
                    await Settle();
                if (repeat)
                    tasks.Add(KeyOf((SendReport)next));
                underWay.Add(Publish(next, stopping));
                if (alone)
                    await Settle();
            }
            await Settle();
        }

        async Task Settle()
        {
            await Task.WhenAll(underWay);
            underWay.Clear();
            tasks.Clear();
        }
    }

    private static TaskKey KeyOf(SendReport send) => new(send.Report.FrameworkId, send.Report.TaskId);

    private Task Publish(Effect effect, CancellationToken stopping) => effect switch
    {
        SayHello(var hello) => Publish("hello", hello, Guid.NewGuid().ToString("N"), stopping),
        SendReport(var report, var correlation) => Publish("task", report, correlation, stopping),
        SendExecutorEnd(var report, var correlation) => Publish("executor", report, correlation, stopping),
        SendToFramework(var message) => Publish("message", message, Guid.NewGuid().ToString("N"), stopping),
        AskSecrets(var question, var correlation) => Publish("resolve", question, correlation, stopping),
        _ => throw new UnreachableException($"{effect}"),
    };

    private Task Publish(string report, object message, string correlation, CancellationToken stopping) =>
        bus.Publish(Destination.Report(agent, report), message, new(agent.Value, correlation), stopping);
}
